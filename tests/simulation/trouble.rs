//! Failures of the processes and the database.

use std::time::Duration;

use crate::world::{Event, World};

impl World {
    /// Lets a process or the database fail, every few minutes.
    pub(crate) fn injects_failure(&mut self) {
        let next = self.rng.between(10_000, 600_000);
        self.after(next, Event::Failure);
        match self.rng.between(0, 9) {
            0..5 => {
                let process = self.rng.index(self.processes.len());
                self.crashes(process);
            }
            5..8 => {
                let away = self.rng.between(100, 40_000);
                self.store.unavailable_until = self.now + away;
            }
            8 => self.fails_over(),
            _ => self.loses_power(),
        }
    }

    /// Kills a process, with its connections and its memory.
    pub(crate) fn crashes(&mut self, process: usize) {
        if self.processes[process].is_up {
            self.watch.tally.crashes += 1;
            self.processes[process].crashes();
            let down = self.rng.between(200, 20_000);
            self.after(down, Event::Starts(process));
        }
    }

    /// Makes the database unavailable for a short time, with the loss of its last commits.
    /// Everything else continues.
    fn fails_over(&mut self) {
        self.watch.tally.power_losses += 1;
        self.store.unavailable_until = self.now + self.rng.between(1, 5_000);
        self.loses_commits();
    }

    /// Stops all machines, including the database, which loses its last commits.
    fn loses_power(&mut self) {
        self.watch.tally.power_losses += 1;
        let down = self.rng.between(1, 60_000);
        self.store.unavailable_until = self.now + down;
        for process in 0..self.processes.len() {
            self.processes[process].crashes();
            self.after(down, Event::Starts(process));
        }
        self.loses_commits();
    }

    fn loses_commits(&mut self) {
        for session in self.store.lose_power(self.now, &mut self.rng) {
            self.watch.loses_power(session);
        }
    }

    /// Removes rows a day after their end, and checks that only sign-ins added rows.
    pub(crate) fn purges(&mut self) {
        self.after(3_600_000, Event::Purge);
        let day = Duration::from_secs(86_400);
        self.store.purge(self.clock(0) - day);
        let live = self.watch.count_recent(day.as_secs() * 1_000);
        assert!(self.store.count() <= live, "rows without a session");
    }
}
