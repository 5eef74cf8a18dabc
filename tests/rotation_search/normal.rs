//! The normal form of a state: its generations are numbered anew, and what can
//! make no difference any more is made the same.
//!
//! The rules ask of a generation whether it is the row's or newer, by how much,
//! and whether it is the row's parent. So the row's generation is moved to
//! [`CURRENT`]; what is older than any row that a power loss may bring back is
//! closed up, keeping its order, for how far apart two of them are is nowhere
//! asked; and new generations come above all of those.

use crate::{
    network::Kind,
    state::{Note, Party, Row, State, Stolen, Token},
};

/// Where the row's generation is moved to: far enough from 0 for what is older,
/// and from [`GENERATIONS`] for what a power loss made newer.
pub(crate) const CURRENT: u8 = 24;
/// Generations of one state are below this.
pub(crate) const GENERATIONS: usize = 32;

/// The new number of each generation that a state has.
pub(crate) type Numbers = [Option<u8>; GENERATIONS];

impl State {
    /// Brings the state into its normal form. Returns the new numbers.
    pub(crate) fn normalise(&mut self) -> Numbers {
        if self.power_losses_left == 0 {
            self.past = [None; _];
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

    /// The oldest generation that the row has or may have again.
    fn floor(&self) -> u8 {
        let rows = self.rows().map(|row| row.token.generation);
        rows.min().unwrap_or_default()
    }

    fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.past.iter().flatten().copied().chain([self.row])
    }

    fn is_parent(&self, generation: u8) -> bool {
        self.rows().any(|row| row.token.parent == Some(generation))
    }

    /// Every generation of the state, each wherever it stands.
    fn visit(&mut self, mut visit: impl FnMut(&mut u8)) {
        let mut token = |token: &mut Token| {
            visit(&mut token.generation);
            token.parent.iter_mut().for_each(&mut visit);
        };
        token(&mut self.row.token);
        for row in self.past.iter_mut().flatten() {
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
        self.note
            .iter_mut()
            .for_each(|note| visit(&mut note.generation));
        self.ahead
            .iter_mut()
            .for_each(|ahead| visit(&mut ahead.generation));
    }

    fn numbers(&mut self) -> Numbers {
        let mut is_there = [false; GENERATIONS];
        self.visit(|generation| is_there[usize::from(*generation)] = true);
        let floor = usize::from(self.floor());
        let current = usize::from(self.row.token.generation);
        let mut numbers = [None; GENERATIONS];
        let number = |generation: usize| u8::try_from(generation).expect("below 32");
        for generation in (floor..GENERATIONS).filter(|at| is_there[*at]) {
            let moved = generation + usize::from(CURRENT) - current;
            assert!(moved < GENERATIONS, "the frame is too small");
            numbers[generation] = Some(number(moved));
        }
        let mut free = floor + usize::from(CURRENT) - current;
        for generation in (0..floor).rev().filter(|at| is_there[*at]) {
            free -= 1;
            numbers[generation] = Some(number(free));
        }
        numbers
    }

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

    /// Presenting one superseded token or another is all the same. The newest of
    /// all is kept, for THEFT asks for it.
    fn forget_stolen(&mut self) {
        let floor = self.floor();
        let (superseded, good): (Vec<_>, Vec<_>) = self
            .stolen
            .iter()
            .partition(|token| token.generation < floor && !self.is_parent(token.generation));
        self.stolen = Stolen::default();
        for token in good.into_iter().chain(superseded.into_iter().max()) {
            self.stolen.put(token);
        }
    }

    /// A token's parent is asked for in healing alone, which is for what is newer
    /// than the row, or than what it may become.
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

    /// The use of an access token from before the parent says nothing; of those
    /// that are void one is as good as another.
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
        if let Some(note) = &mut self.note {
            note.generation = forget(note.generation);
        }
        let is_moot = |note: &Note| {
            self.rows().all(|row| {
                row.token
                    .parent
                    .is_some_and(|parent| note.generation <= parent)
            })
        };
        self.note = self.note.filter(|note| !is_moot(note));
    }
}
