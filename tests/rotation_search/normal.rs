//! The normal form of a state: its generations are renumbered, and differences that can
//! no longer matter are removed.
//!
//! The rules ask whether a generation is the row's, whether it is newer and by how
//! much, and whether it is the row's parent. Therefore the row's generation is moved to
//! [`CURRENT`]. Generations that are older than any row that a power loss may restore
//! are renumbered without gaps, in the same order, because no rule asks for the
//! distance between two of them. New generations are above all of these.

use crate::{
    network::Kind,
    state::{Party, PendingUse, Row, State, Stolen, Token},
};

/// The number of the row's generation in the normal form: far enough from 0 for older
/// generations, and from [`GENERATIONS`] for those that a power loss made newer.
pub(crate) const CURRENT: u8 = 24;
/// All generations of a state are below this number.
pub(crate) const GENERATIONS: usize = 32;

/// The new number of each generation that occurs in a state.
pub(crate) type Numbers = [Option<u8>; GENERATIONS];

impl State {
    /// Brings the state into its normal form. Returns the new numbers.
    pub(crate) fn normalise(&mut self) -> Numbers {
        if self.power_losses_left == 0 {
            self.previous_rows = [None; _];
        }
        self.forget();
        let numbers = self.numbers();
        self.visit(|generation| {
            let number = numbers[usize::from(*generation)];
            *generation = number.expect("every generation has a number");
        });
        let stolen = self.stolen;
        self.stolen = Stolen::default();
        for token in stolen.iter() {
            self.stolen.put(token);
        }
        self.network.refill(Some);
        numbers
    }

    /// Returns the oldest generation that the row has or may have again.
    fn floor(&self) -> u8 {
        let rows = self.rows().map(|row| row.token.generation);
        rows.min().unwrap_or_default()
    }

    fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.previous_rows
            .iter()
            .flatten()
            .copied()
            .chain([self.row])
    }

    fn is_parent(&self, generation: u8) -> bool {
        self.rows().any(|row| row.token.parent == Some(generation))
    }

    /// Calls `visit` for every occurrence of a generation in the state.
    fn visit(&mut self, mut visit: impl FnMut(&mut u8)) {
        let mut token = |token: &mut Token| {
            visit(&mut token.generation);
            token.parent.iter_mut().for_each(&mut visit);
        };
        token(&mut self.row.token);
        for row in self.previous_rows.iter_mut().flatten() {
            token(&mut row.token);
        }
        token(&mut self.jar.refresh);
        for message in self.network.iter_mut() {
            token(&mut message.token);
            if matches!(message.kind, Kind::Judged(_)) {
                token(&mut message.judged.token);
                token(&mut message.granted);
            }
        }
        self.stolen.iter_mut().for_each(token);
        visit(&mut self.jar.access);
        self.pending_use
            .iter_mut()
            .for_each(|pending| visit(&mut pending.generation));
        self.ahead
            .iter_mut()
            .for_each(|ahead| visit(&mut ahead.generation));
    }

    fn numbers(&mut self) -> Numbers {
        let mut is_present = [false; GENERATIONS];
        self.visit(|generation| is_present[usize::from(*generation)] = true);
        let floor = usize::from(self.floor());
        let current = usize::from(self.row.token.generation);
        let mut numbers = [None; GENERATIONS];
        let number = |generation: usize| u8::try_from(generation).expect("below 32");
        for generation in (floor..GENERATIONS).filter(|at| is_present[*at]) {
            let moved = generation + usize::from(CURRENT) - current;
            assert!(moved < GENERATIONS, "GENERATIONS is too small");
            numbers[generation] = Some(number(moved));
        }
        let mut free = floor + usize::from(CURRENT) - current;
        for generation in (0..floor).rev().filter(|at| is_present[*at]) {
            free -= 1;
            numbers[generation] = Some(number(free));
        }
        numbers
    }

    /// Removes the differences that can no longer matter.
    fn forget(&mut self) {
        self.forget_parents();
        self.forget_access();
        self.ahead = self.ahead.filter(|ahead| {
            let held = match ahead.by {
                Party::Browser => self.stolen.newest(),
                Party::Thief => self.jar.refresh.generation,
            };
            ahead.generation > held
        });
        self.forget_stolen();
    }

    /// Keeps only the newest of the superseded stolen tokens. To present one or another
    /// makes no difference, but THEFT asks for the newest.
    fn forget_stolen(&mut self) {
        let floor = self.floor();
        let (superseded, usable): (Vec<_>, Vec<_>) = self
            .stolen
            .iter()
            .partition(|token| token.generation < floor && !self.is_parent(token.generation));
        self.stolen = Stolen::default();
        for token in usable.into_iter().chain(superseded.into_iter().max()) {
            self.stolen.put(token);
        }
    }

    /// Removes the parents of tokens that cannot lead to *heal*. Only *heal* asks for a
    /// token's parent, and it is for tokens that are newer than the row, or than a row
    /// that a power loss may restore.
    fn forget_parents(&mut self) {
        let floor = self.floor();
        let forget = |token: &mut Token| {
            token.parent = token.parent.filter(|_| token.generation > floor);
        };
        forget(&mut self.jar.refresh);
        for message in self.network.iter_mut() {
            forget(&mut message.token);
            if matches!(message.kind, Kind::Judged(_)) {
                forget(&mut message.granted);
            }
        }
        let stolen = self.stolen;
        self.stolen = Stolen::default();
        for mut token in stolen.iter() {
            forget(&mut token);
            self.stolen.put(token);
        }
    }

    /// Merges equivalent access tokens. The use of one that is older than the parent has
    /// no effect, and all void ones have the same effect.
    fn forget_access(&mut self) {
        let oldest = self
            .rows()
            .map(|row| row.token.parent.unwrap_or(row.token.generation));
        let oldest = oldest.min().unwrap_or_default();
        let is_settled = self.power_losses_left == 0;
        let (current, parent) = (self.row.token.generation, self.row.token.parent);
        let forget = |generation: u8| {
            let is_void = generation < current && parent.is_some_and(|parent| parent < generation);
            if is_void && is_settled {
                current - 1
            } else {
                generation.max(oldest)
            }
        };
        self.jar.access = forget(self.jar.access);
        for message in self.network.iter_mut() {
            if message.kind == Kind::Access {
                message.token.generation = forget(message.token.generation);
            }
        }
        if let Some(pending) = &mut self.pending_use {
            pending.generation = forget(pending.generation);
        }
        let is_moot = |pending: &PendingUse| {
            self.rows().all(|row| {
                row.token
                    .parent
                    .is_some_and(|parent| pending.generation <= parent)
            })
        };
        self.pending_use = self.pending_use.filter(|pending| !is_moot(pending));
    }
}
