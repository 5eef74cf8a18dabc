//! One state of the model: the row, the cookie jar, what is under way, and what
//! a thief holds. Times are ages in ticks, generations stand relative to the
//! row's, so that two states that differ in nothing but the date, or in how
//! often the session was renewed before, are one.

use crate::{
    model::Bounds,
    network::{Kind, Network},
};

/// Where a normalised state puts the row's generation: far enough from 0 for
/// what is older, and from [`GENERATIONS`] for what a power loss made newer.
pub(crate) const CURRENT: u8 = 8;
/// Generations of one state are below this.
pub(crate) const GENERATIONS: u8 = 16;
/// The most commits that one power loss takes back.
pub(crate) const MOST_LOST: usize = 2;

/// What the database holds of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Row {
    pub(crate) generation: u8,
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
    /// The generation of the refresh token.
    pub(crate) refresh: u8,
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
    /// The refresh tokens that the thief holds, a bit a generation; none before
    /// the theft.
    pub(crate) stolen: u16,
    pub(crate) ahead: Option<Ahead>,
}

impl State {
    /// Just signed in.
    pub(crate) fn signed_in(bounds: &Bounds) -> Self {
        Self {
            row: Row {
                generation: CURRENT,
                handed: bounds.skew,
                confirmed: None,
            },
            past: [None; MOST_LOST],
            power_losses_left: bounds.power_losses,
            jar: Jar {
                refresh: CURRENT,
                access: CURRENT,
            },
            network: Network::EMPTY,
            note: None,
            stolen: 0,
            ahead: None,
        }
    }

    pub(crate) fn is_stolen(&self) -> bool {
        self.stolen != 0
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

    /// The newest refresh token that a party holds or is about to receive.
    pub(crate) fn newest_of(&self, party: Party) -> u8 {
        match party {
            Party::Browser => self
                .network
                .iter()
                .filter(|message| message.kind == Kind::Tokens)
                .map(|message| message.generation)
                .fold(self.jar.refresh, u8::max),
            Party::Thief => self.newest_stolen(),
        }
    }

    fn newest_stolen(&self) -> u8 {
        self.stolen
            .checked_ilog2()
            .map_or(0, |bit| bit.try_into().expect("below 16"))
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

    /// Moves the generations so that the row's is [`CURRENT`], and drops what
    /// cannot matter any more. Returns by how much the generations moved.
    pub(crate) fn normalise(&mut self) -> i16 {
        let by = i16::from(CURRENT) - i16::from(self.row.generation);
        if by != 0 {
            self.shift(by);
        }
        if self.power_losses_left == 0 {
            self.past = [None; MOST_LOST];
            self.forget_the_inert();
        }
        self.ahead = self.ahead.filter(|ahead| {
            let held = match ahead.by {
                Party::Browser => self.newest_stolen(),
                Party::Thief => self.jar.refresh,
            };
            ahead.generation > held
        });
        by
    }

    fn shift(&mut self, by: i16) {
        let moved = |generation: u8| {
            let moved = i16::from(generation) + by;
            assert!(moved < i16::from(GENERATIONS), "the frame is too small");
            // What is that old is refused like everything older than the
            // predecessor, wherever a power loss may take the row.
            u8::try_from(moved.max(0)).expect("between 0 and 16")
        };
        self.row.generation = CURRENT;
        for row in self.past.iter_mut().flatten() {
            row.generation = moved(row.generation);
        }
        self.jar.refresh = moved(self.jar.refresh);
        self.jar.access = moved(self.jar.access);
        self.network.shift(moved);
        if let Some(note) = &mut self.note {
            note.generation = moved(note.generation);
        }
        if let Some(ahead) = &mut self.ahead {
            ahead.generation = moved(ahead.generation);
        }
        self.stolen = if by < 0 {
            self.stolen >> by.unsigned_abs()
        } else {
            self.stolen << by.unsigned_abs()
        };
    }

    /// Where no power loss can come any more, the row's generation never falls:
    /// the use of an older access token says nothing, and how much older than
    /// the predecessor's predecessor a refresh token is makes no difference.
    fn forget_the_inert(&mut self) {
        const OLD: u8 = CURRENT - 1;
        self.jar.access = self.jar.access.max(OLD);
        self.network.forget_older_access(OLD);
        self.note = self.note.filter(|note| note.generation >= CURRENT);
        self.jar.refresh = self.jar.refresh.max(OLD - 1);
        let oldest = 1_u16 << (OLD - 1);
        if self.stolen & (oldest - 1) != 0 {
            self.stolen = self.stolen & !(oldest - 1) | oldest;
        }
    }
}
