//! One state of the model: the row, the cookie jar, what is under way, and what
//! a thief holds. Times are ages in ticks, generations stand relative to the
//! row's (`normal.rs`), so that two states that differ in nothing but the date,
//! or in how often the session was renewed before, are one.

use crate::{
    model::Bounds,
    network::{Kind, Network},
    normal::CURRENT,
};

/// The most commits that one power loss takes back.
pub(crate) const MOST_LOST: usize = 2;
/// The most refresh tokens that the thief keeps, after those that are all the
/// same to it are one.
const MOST_STOLEN: usize = 8;

/// A refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Token {
    pub(crate) generation: u8,
    /// The generation that was presented for it.
    pub(crate) parent: Option<u8>,
}

/// What the database holds of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Row {
    pub(crate) token: Token,
    /// How long ago the current generation was last handed out. The ages of a
    /// row have [`Bounds::skew`](crate::model::Bounds::skew) added to them: a
    /// time read from a clock that is ahead may be yet to come.
    pub(crate) handed: u8,
    /// How long ago it was first used.
    pub(crate) confirmed: Option<u8>,
}

/// The browser's cookies: one jar for all of its tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Jar {
    pub(crate) refresh: Token,
    /// The generation of the access token.
    pub(crate) access: u8,
}

/// A use of an access token that the server remembers and has not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Note {
    pub(crate) by: Party,
    pub(crate) generation: u8,
    pub(crate) age: u8,
    /// The age of the time that was read, as a row would have it.
    pub(crate) stamp: u8,
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Party {
    Browser,
    Thief,
}

impl Token {
    pub(crate) const fn first(generation: u8) -> Self {
        Self {
            generation,
            parent: None,
        }
    }
}

impl Row {
    pub(crate) fn grow_older(&mut self, older: impl Fn(u8) -> u8) {
        self.handed = older(self.handed);
        self.confirmed = self.confirmed.map(older);
    }
}

impl Party {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Browser => Self::Thief,
            Self::Thief => Self::Browser,
        }
    }
}

/// One party uses a token newer than all that the other holds: the start of
/// what THEFT promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ahead {
    pub(crate) by: Party,
    pub(crate) generation: u8,
    /// Since when.
    pub(crate) age: u8,
}

/// The refresh tokens that the thief holds, in order; none before the theft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Stolen([Option<Token>; MOST_STOLEN]);

impl Stolen {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Token> + '_ {
        self.0.iter().flatten().copied()
    }

    /// To change them; they are to be put into order again.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Token> {
        self.0.iter_mut().flatten()
    }

    pub(crate) fn put(&mut self, token: Token) {
        if self.iter().any(|held| held == token) {
            return;
        }
        let room = self.0.iter_mut().find(|slot| slot.is_none());
        *room.expect("a thief holds few tokens") = Some(token);
        // Nothing comes before something; the empty slots go last.
        self.0.sort_unstable_by_key(|slot| (slot.is_none(), *slot));
    }

    pub(crate) fn newest(&self) -> u8 {
        let generations = self.iter().map(|token| token.generation);
        generations.max().unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) row: Row,
    /// The rows before the last commits, the newest first: what a power loss
    /// may bring back.
    pub(crate) past: [Option<Row>; MOST_LOST],
    pub(crate) power_losses_left: u8,
    pub(crate) jar: Jar,
    pub(crate) network: Network,
    pub(crate) note: Option<Note>,
    pub(crate) stolen: Stolen,
    pub(crate) ahead: Option<Ahead>,
}

impl State {
    /// Just signed in.
    pub(crate) fn signed_in(bounds: &Bounds) -> Self {
        Self {
            row: Row {
                token: Token::first(CURRENT),
                handed: bounds.skew,
                confirmed: None,
            },
            past: [None; MOST_LOST],
            power_losses_left: bounds.power_losses,
            jar: Jar {
                refresh: Token::first(CURRENT),
                access: CURRENT,
            },
            network: Network::EMPTY,
            note: None,
            stolen: Stolen::default(),
            ahead: None,
        }
    }

    pub(crate) fn is_stolen(&self) -> bool {
        self.stolen != Stolen::default()
    }

    /// Replaces the row, and remembers the one before as long as a power loss
    /// may come.
    pub(crate) fn commit(&mut self, row: Row) {
        if self.power_losses_left > 0 && row != self.row {
            self.past.copy_within(..MOST_LOST - 1, 1);
            self.past[0] = Some(self.row);
        }
        self.row = row;
    }

    /// The refresh tokens that a party holds or is about to receive.
    fn held_by(&self, party: Party) -> impl Iterator<Item = u8> + '_ {
        let is_browser = party == Party::Browser;
        let on_the_way = self.network.iter();
        let on_the_way = on_the_way.filter(|message| message.kind == Kind::Tokens);
        let browser = on_the_way.map(|message| message.token);
        let browser = browser
            .chain([self.jar.refresh])
            .filter(move |_| is_browser);
        let thief = self.stolen.iter().filter(move |_| !is_browser);
        browser.chain(thief).map(|token| token.generation)
    }

    pub(crate) fn holds(&self, party: Party, generation: u8) -> bool {
        self.held_by(party).any(|held| held == generation)
    }

    /// The newest of them.
    fn newest_of(&self, party: Party) -> u8 {
        self.held_by(party).max().unwrap_or_default()
    }

    /// Notes that the server knows of a use by `by`, `age` ago.
    pub(crate) fn mark_ahead(&mut self, by: Party, generation: u8, age: u8) {
        let other = self.newest_of(by.other());
        if !self.is_stolen() || generation <= other {
            return;
        }
        let since = self
            .ahead
            .filter(|ahead| ahead.by == by && ahead.generation > other);
        self.ahead = Some(Ahead {
            by,
            generation: since.map_or(generation, |ahead| ahead.generation.max(generation)),
            age: since.map_or(age, |ahead| ahead.age.max(age)),
        });
    }

    /// For how long the other party has been ahead of this one.
    pub(crate) fn behind_for(&self, party: Party) -> Option<u8> {
        let ahead = self.ahead.filter(|ahead| ahead.by != party)?;
        (ahead.generation > self.newest_of(party)).then_some(ahead.age)
    }
}
