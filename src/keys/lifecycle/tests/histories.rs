//! The guarantees of the life cycle, in random histories of three processes. Each process
//! has its own clock, settings and delays.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A process.
#[derive(Debug)]
struct Process {
    /// By how many seconds its clock is ahead.
    ahead: i64,
    policy: KeyPolicy,
    /// The keys of its last read, and when it read them by its own clock.
    keys: Vec<KeyLife>,
    read_at: Timestamp,
    /// The steps that it is about to perform.
    due: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Pass(u64),
    /// Reads the keys and computes the due steps.
    Read(usize),
    /// Performs the computed steps, possibly after other processes did.
    PerformDue(usize),
    /// Reads and performs due steps until none is left.
    ApplyDueSteps(usize),
    Sign(usize),
    Rotate(usize),
    Revoke(usize),
    /// Restarts the process with other settings.
    Restart(usize, KeyPolicy),
}

#[derive(Debug, Default)]
struct World {
    now: u64,
    database: Database,
    processes: Vec<Process>,
    /// When the last token that each key has signed expires.
    tokens: BTreeMap<i64, Timestamp>,
    /// Each key with the true time of its creation, and whether it was created by a
    /// revocation.
    created: Vec<(KeyLife, u64, bool)>,
}

impl World {
    fn new(clocks: &[i64]) -> Self {
        let mut world = Self::default();
        for &ahead in clocks {
            world.processes.push(Process {
                ahead,
                policy: POLICY,
                keys: Vec::new(),
                read_at: at(0),
                due: Vec::new(),
            });
            world.apply_due_steps(world.processes.len() - 1);
        }
        world
    }

    fn clock(&self, process: usize) -> Timestamp {
        let ahead = self.processes[process].ahead * 1_000_000;
        Timestamp::from_micros(at(self.now).as_micros() + ahead)
    }

    fn read(&mut self, process: usize) {
        let now = self.clock(process);
        let keys = self.database.0.clone();
        let process = &mut self.processes[process];
        process.due = due_steps(&keys, &process.policy, now);
        (process.keys, process.read_at) = (keys, now);
    }

    fn perform_due(&mut self, process: usize) {
        let now = self.clock(process);
        for step in std::mem::take(&mut self.processes[process].due) {
            // The statements of the store time out before.
            let is_late =
                matches!(step, Step::Create(key) if key.created_at + MAX_COMMIT_DELAY < now);
            if !is_late {
                self.database.perform(step);
            }
        }
        self.record_new_keys(false);
    }

    fn apply_due_steps(&mut self, process: usize) {
        for _ in 0..MAX_ROUNDS {
            self.read(process);
            if self.processes[process].due.is_empty() {
                let longest = self.processes[process].policy.max_token_lifetime;
                assert_eq!(self.sign(process), longest, "all steps are done");
                return;
            }
            self.perform_due(process);
        }
        panic!("steps are still due after {MAX_ROUNDS} rounds: {self:?}");
    }

    fn record_new_keys(&mut self, by_revocation: bool) {
        for key in &self.database.0 {
            let mut known = self.created.iter();
            if known.all(|(known, ..)| known.number != key.number) {
                self.created.push((*key, self.now, by_revocation));
            }
        }
    }

    /// Signs as the ring does: with the keys that the process has read, and never a token
    /// that expires later than the key has to verify. Returns the lifetime of the token.
    fn sign(&mut self, process: usize) -> Duration {
        let now = self.clock(process);
        let Process { policy, keys, .. } = &self.processes[process];
        let key = signer(keys, now).expect("a key");
        let ends = key.verifies_until.min(now + policy.max_token_lifetime);
        let mut created = self.created.iter();
        let created = created.find(|(created, ..)| created.number == key.number);
        let (_, created, by_revocation) = created.expect("a key that was created");
        let published = seconds(self.now - created) + MAX_CLOCK_SKEW * 2;
        let prepublish = if *by_revocation {
            EMERGENCY_PREPUBLISH
        } else {
            PREPUBLISH
        };
        assert!(
            key.number == 1 || published >= prepublish,
            "{key:?} signs too early"
        );
        let last = self.tokens.entry(key.number).or_insert(ends);
        *last = ends.max(*last);
        ends.since(now)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Pass(time) => self.now += time,
            Event::Read(process) => self.read(process),
            Event::PerformDue(process) => self.perform_due(process),
            Event::ApplyDueSteps(process) => self.apply_due_steps(process),
            Event::Sign(process) => _ = self.sign(process),
            Event::Rotate(process) => {
                let now = self.clock(process);
                if successor(&self.database.0, now).is_none() {
                    let policy = &self.processes[process].policy;
                    self.database
                        .add(next(&self.database.0, PREPUBLISH, policy, now));
                }
                self.record_new_keys(false);
            }
            Event::Revoke(process) => {
                let now = self.clock(process);
                let policy = &self.processes[process].policy;
                let key = next(&self.database.0, EMERGENCY_PREPUBLISH, policy, now);
                self.database.replace(key);
                self.record_new_keys(true);
            }
            Event::Restart(process, policy) => {
                self.processes[process].policy = policy;
                self.apply_due_steps(process);
            }
        }
    }

    /// Checks that no user is signed out: no process would reject a token that has not
    /// expired because of its key.
    fn check(&self) {
        for (index, process) in self.processes.iter().enumerate() {
            let now = self.clock(index);
            let is_fresh = now.since(process.read_at) <= MAX_RING_AGE;
            for (&token, _) in self.tokens.iter().filter(|(_, ends)| now < **ends) {
                let is = |key: &KeyLife| key.number == token;
                let in_database = self.database.0.iter().any(is);
                assert!(in_database, "a token outlives its key, {token}");
                let is_known = process.keys.iter().any(is);
                assert!(
                    is_known || !is_fresh,
                    "process {index} treats a token of key {token} as forged"
                );
            }
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let process = || 0..3_usize;
    let policy = (HOUR..100 * DAY, HOUR..30 * DAY).prop_map(|(key_age, longest)| KeyPolicy {
        key_age: seconds(key_age),
        max_token_lifetime: seconds(longest),
    });
    prop_oneof![
        4 => (0..15_u64).prop_map(Event::Pass),
        2 => (0..HOUR).prop_map(Event::Pass),
        2 => (0..20 * DAY).prop_map(Event::Pass),
        4 => process().prop_map(Event::Read),
        4 => process().prop_map(Event::PerformDue),
        4 => process().prop_map(Event::ApplyDueSteps),
        4 => process().prop_map(Event::Sign),
        1 => process().prop_map(Event::Rotate),
        1 => process().prop_map(Event::Revoke),
        1 => (process(), policy).prop_map(|(process, policy)| Event::Restart(process, policy)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_token_outlives_its_key_or_seems_forged(
        events in prop::collection::vec(event(), 0..120),
        clocks in prop::array::uniform3(-5..=5_i64),
    ) {
        let mut world = World::new(&clocks);
        for event in events {
            world.happen(event);
            world.check();
        }
    }

    #[test]
    fn expired_keys_are_retired(
        events in prop::collection::vec(event(), 0..120),
        clocks in prop::array::uniform3(-5..=5_i64),
    ) {
        let mut world = World::new(&clocks);
        for event in events {
            world.happen(event);
            world.apply_due_steps(0);
            let now = world.clock(0);
            let keys = world.database.0.iter();
            let signs = signer(&world.database.0, now).expect("a key").number;
            for key in keys.filter(|key| key.number < signs) {
                prop_assert!(key.verifies_until > now - MAX_CLOCK_SKEW, "{key:?}");
            }
        }
    }
}
