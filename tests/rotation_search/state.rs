//! One state of the model: the row, the cookie jar, the messages under way, and the
//! thief's tokens. Times are ages in ticks, and generations are relative to the row's
//! (`normal.rs`). Two states that differ only in the date, or in how often the session
//! has rotated, are therefore equal.

use crate::{
    model::Bounds,
    network::{Kind, Network},
    normal::CURRENT,
};

/// The largest number of commits that one power loss reverts.
pub(crate) const MAX_LOST_COMMITS: usize = 2;
/// The largest number of refresh tokens that the thief keeps, after equivalent tokens
/// were merged.
const MAX_STOLEN_TOKENS: usize = 8;

/// A refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Token {
    pub(crate) generation: u8,
    /// The generation that was presented to get the token.
    pub(crate) parent: Option<u8>,
}

/// The session's row in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Row {
    pub(crate) token: Token,
    /// How long ago the current generation was last issued. To the ages of a row,
    /// [`Bounds::skew`](crate::model::Bounds::skew) is added, because a time read from
    /// a clock that is ahead may be in the future.
    pub(crate) issued: u8,
    /// How long ago an access token of the current generation was first used.
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
pub(crate) struct PendingUse {
    pub(crate) by: Party,
    pub(crate) generation: u8,
    pub(crate) age: u8,
    /// The age of the time that the server read, with the skew added as in a row.
    pub(crate) stamp: u8,
}

/// The party that acts.
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
        self.issued = older(self.issued);
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

/// The use of a token newer than any that the other party holds. The promise THEFT
/// counts from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ahead {
    pub(crate) by: Party,
    pub(crate) generation: u8,
    /// How long ago the token was used.
    pub(crate) age: u8,
}

/// The refresh tokens that the thief holds, sorted; empty before the theft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Stolen([Option<Token>; MAX_STOLEN_TOKENS]);

impl Stolen {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Token> + '_ {
        self.0.iter().flatten().copied()
    }

    /// Returns the tokens for a change. The caller has to sort them again.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Token> {
        self.0.iter_mut().flatten()
    }

    pub(crate) fn put(&mut self, token: Token) {
        if self.iter().any(|held| held == token) {
            return;
        }
        let room = self.0.iter_mut().find(|slot| slot.is_none());
        *room.expect("at most MAX_STOLEN_TOKENS tokens") = Some(token);
        // `None` sorts before `Some`; the empty slots go last.
        self.0.sort_unstable_by_key(|slot| (slot.is_none(), *slot));
    }

    pub(crate) fn newest(&self) -> u8 {
        let generations = self.iter().map(|token| token.generation);
        generations.max().unwrap_or_default()
    }
}

/// A state of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) row: Row,
    /// The rows before the last commits, the newest first: a power loss may restore
    /// them.
    pub(crate) previous_rows: [Option<Row>; MAX_LOST_COMMITS],
    pub(crate) power_losses_left: u8,
    pub(crate) jar: Jar,
    pub(crate) network: Network,
    pub(crate) pending_use: Option<PendingUse>,
    pub(crate) stolen: Stolen,
    pub(crate) ahead: Option<Ahead>,
}

impl State {
    /// Returns the state just after sign-in.
    pub(crate) fn signed_in(bounds: &Bounds) -> Self {
        Self {
            row: Row {
                token: Token::first(CURRENT),
                issued: bounds.skew,
                confirmed: None,
            },
            previous_rows: [None; MAX_LOST_COMMITS],
            power_losses_left: bounds.power_losses,
            jar: Jar {
                refresh: Token::first(CURRENT),
                access: CURRENT,
            },
            network: Network::EMPTY,
            pending_use: None,
            stolen: Stolen::default(),
            ahead: None,
        }
    }

    pub(crate) fn is_stolen(&self) -> bool {
        self.stolen != Stolen::default()
    }

    /// Replaces the row, and keeps the previous row if a power loss may still happen.
    pub(crate) fn commit(&mut self, row: Row) {
        if self.power_losses_left > 0 && row != self.row {
            self.previous_rows.copy_within(..MAX_LOST_COMMITS - 1, 1);
            self.previous_rows[0] = Some(self.row);
        }
        self.row = row;
    }

    /// Returns the generations of the refresh tokens that a party holds or is about to
    /// receive.
    fn held_by(&self, party: Party) -> impl Iterator<Item = u8> + '_ {
        let is_browser = party == Party::Browser;
        let under_way = self.network.iter();
        let under_way = under_way.filter(|message| message.kind == Kind::Tokens);
        let browser = under_way.map(|message| message.token);
        let browser = browser
            .chain([self.jar.refresh])
            .filter(move |_| is_browser);
        let thief = self.stolen.iter().filter(move |_| !is_browser);
        browser.chain(thief).map(|token| token.generation)
    }

    pub(crate) fn holds(&self, party: Party, generation: u8) -> bool {
        self.held_by(party).any(|held| held == generation)
    }

    /// Returns the newest of these generations.
    fn newest_of(&self, party: Party) -> u8 {
        self.held_by(party).max().unwrap_or_default()
    }

    /// Records that the server knows of a use by `by`, `age` ticks ago.
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

    /// Returns for how long the other party has been ahead of `party`.
    pub(crate) fn behind_for(&self, party: Party) -> Option<u8> {
        let ahead = self.ahead.filter(|ahead| ahead.by != party)?;
        (ahead.generation > self.newest_of(party)).then_some(ahead.age)
    }
}
