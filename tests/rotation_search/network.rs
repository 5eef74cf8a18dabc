//! What is under way between the browser and the server: requests, requests
//! that were judged and not yet carried out, and answers. A bag, kept in order
//! so that two bags with the same content are equal.

use crate::state::{Row, Token};

/// Room for messages, copies included.
pub(crate) const SLOTS: usize = 4;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A refresh on its way to the server.
    Request,
    /// A refresh that the server has judged and is about to carry out; only
    /// where reading and writing are two steps.
    Judged(Verdict),
    /// An answer that sets both cookies.
    Tokens,
    /// An answer that sets the access cookie alone.
    Access,
    /// No message.
    Empty,
}

/// `rotation::Decision` without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Verdict {
    Rotate,
    Renew,
    Replay,
    Heal,
    Reuse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    /// What is presented or handed out. Of an access token the generation alone
    /// counts.
    pub(crate) token: Token,
    /// How long the message is under way. The clock of an answer starts when
    /// the server reads the time, so that its own work counts as delay.
    pub(crate) age: u8,
    /// Of a judged request: what it was judged by, what its grant would hand
    /// out, and how long it had been under way.
    pub(crate) judged: Row,
    pub(crate) granted: Token,
    pub(crate) waited: u8,
}

impl Message {
    const EMPTY: Self = Self::new(Kind::Empty, Token::first(0), 0);

    pub(crate) const fn new(kind: Kind, token: Token, age: u8) -> Self {
        Self {
            kind,
            token,
            age,
            judged: Row {
                token: Token::first(0),
                handed: 0,
                confirmed: None,
            },
            granted: Token::first(0),
            waited: 0,
        }
    }
}

/// The bag, in order, empty slots last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network {
    slots: [Message; SLOTS],
    len: u8,
}

impl Network {
    pub(crate) const EMPTY: Self = Self {
        slots: [Message::EMPTY; SLOTS],
        len: 0,
    };

    pub(crate) fn len(&self) -> usize {
        usize::from(self.len)
    }

    pub(crate) fn has_room(&self) -> bool {
        self.len() < SLOTS
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.slots[..self.len()].iter()
    }

    /// To change what is in it; [`Network::refill`] puts it in order again.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.slots[..usize::from(self.len)].iter_mut()
    }

    pub(crate) fn get(&self, at: usize) -> Message {
        self.slots[at]
    }

    /// Whether the message before is the same: then a step with this one leads
    /// nowhere else.
    pub(crate) fn is_twin(&self, at: usize) -> bool {
        at > 0 && self.slots[at - 1] == self.slots[at]
    }

    pub(crate) fn put(&mut self, message: Message) {
        let mut at = self.len();
        while at > 0 && self.slots[at - 1] > message {
            self.slots[at] = self.slots[at - 1];
            at -= 1;
        }
        self.slots[at] = message;
        self.len += 1;
    }

    pub(crate) fn take(&mut self, at: usize) -> Message {
        let taken = self.slots[at];
        let len = self.len();
        self.slots.copy_within(at + 1..len, at);
        self.len -= 1;
        self.slots[self.len()] = Message::EMPTY;
        taken
    }

    /// Keeps what `keep` returns of each message.
    pub(crate) fn refill(&mut self, keep: impl Fn(Message) -> Option<Message>) {
        let before = *self;
        *self = Self::EMPTY;
        for message in before.iter() {
            if let Some(kept) = keep(*message) {
                self.put(kept);
            }
        }
    }
}
