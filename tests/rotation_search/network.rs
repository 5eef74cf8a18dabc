//! The messages under way between the browser and the server: requests, requests that
//! were judged but not yet carried out, and responses. They are a bag, kept sorted so
//! that two bags with the same content are equal.

use crate::state::{Row, Token};

/// The largest number of messages under way, including copies.
pub(crate) const MAX_MESSAGES: usize = 4;

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A refresh on its way to the server.
    Request,
    /// A refresh that the server has judged and is about to carry out; only if
    /// reading and writing are two steps.
    Judged(Verdict),
    /// A response that sets both cookies.
    Tokens,
    /// A response that sets only the access cookie.
    Access,
    /// No message.
    Empty,
}

/// `rotation::Decision` without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Verdict {
    Rotate,
    Keep,
    Replay,
    Heal,
    Reuse,
}

/// A message under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    /// The presented or issued token. Of an access token, only the generation matters.
    pub(crate) token: Token,
    /// How long the message has been under way. For a response this counts from when
    /// the server reads the time, so that the server's work counts as delay.
    pub(crate) age: u8,
    /// Of a judged request: the row by which it was judged.
    pub(crate) judged: Row,
    /// Of a judged request: the token that it would be issued.
    pub(crate) granted: Token,
    /// Of a judged request: how long it had been under way before.
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
                issued: 0,
                confirmed: None,
            },
            granted: Token::first(0),
            waited: 0,
        }
    }
}

/// The bag of messages, sorted, with the empty slots last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network {
    slots: [Message; MAX_MESSAGES],
    len: u8,
}

impl Network {
    pub(crate) const EMPTY: Self = Self {
        slots: [Message::EMPTY; MAX_MESSAGES],
        len: 0,
    };

    pub(crate) fn len(&self) -> usize {
        usize::from(self.len)
    }

    pub(crate) fn has_room(&self) -> bool {
        self.len() < MAX_MESSAGES
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.slots[..self.len()].iter()
    }

    /// Returns the messages for a change. [`Network::refill`] sorts them again.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.slots[..usize::from(self.len)].iter_mut()
    }

    pub(crate) fn get(&self, at: usize) -> Message {
        self.slots[at]
    }

    /// Returns whether the message before is equal: then a step with this message leads
    /// to the same state.
    pub(crate) fn is_duplicate(&self, at: usize) -> bool {
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

    /// Replaces each message by the result of `keep`, and sorts the messages again.
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
