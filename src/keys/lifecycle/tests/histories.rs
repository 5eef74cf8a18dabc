//! The promises of a key's life, in random histories of three processes with
//! clocks, settings and delays of their own.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A process: its clock, what it has read and when by its clock, and what it is
/// about to do.
#[derive(Debug)]
struct Process {
    ahead: i64,
    terms: Terms,
    keys: Vec<KeyLife>,
    read_at: Timestamp,
    judged: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Pass(u64),
    /// Reads and judges.
    Read(usize),
    /// Does what it judged, after others did.
    CarryOut(usize),
    /// Reads, judges and does it, until nothing is left.
    Follow(usize),
    Sign(usize),
    Rotate(usize),
    Revoke(usize),
    /// With other settings.
    Restart(usize, Terms),
}

#[derive(Debug, Default)]
struct World {
    now: u64,
    database: Database,
    processes: Vec<Process>,
    /// When the last token ends that each key has signed.
    tokens: BTreeMap<i64, Timestamp>,
    /// When each key was made, really, and whether in need.
    made: Vec<(KeyLife, u64, bool)>,
}

impl World {
    fn new(clocks: &[i64]) -> Self {
        let mut world = Self::default();
        for &ahead in clocks {
            world.processes.push(Process {
                ahead,
                terms: TERMS,
                keys: Vec::new(),
                read_at: at(0),
                judged: Vec::new(),
            });
            world.follow(world.processes.len() - 1);
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
        process.judged = judge(&keys, &process.terms, now);
        (process.keys, process.read_at) = (keys, now);
    }

    fn carry_out(&mut self, process: usize) {
        let now = self.clock(process);
        for step in std::mem::take(&mut self.processes[process].judged) {
            // What the statements of the store do not wait for.
            let is_late =
                matches!(step, Step::Make(key) if key.created_at + COMMITTED_WITHIN < now);
            if !is_late {
                self.database.carry_out(step);
            }
        }
        self.note_new_keys(false);
    }

    fn follow(&mut self, process: usize) {
        for _ in 0..MOST_ROUNDS {
            self.read(process);
            if self.processes[process].judged.is_empty() {
                let longest = self.processes[process].terms.longest_token;
                assert_eq!(self.sign(process), longest, "whoever has just followed");
                return;
            }
            self.carry_out(process);
        }
        panic!("there is always something left to do: {self:?}");
    }

    fn note_new_keys(&mut self, in_need: bool) {
        for key in &self.database.0 {
            if self
                .made
                .iter()
                .all(|(known, ..)| known.number != key.number)
            {
                self.made.push((*key, self.now, in_need));
            }
        }
    }

    /// As the ring does it: with what was read, and never beyond what is promised.
    /// Returns how long the token lives.
    fn sign(&mut self, process: usize) -> Duration {
        let now = self.clock(process);
        let Process { terms, keys, .. } = &self.processes[process];
        let key = signer(keys, now).expect("a key");
        let ends = key.verifies_until.min(now + terms.longest_token);
        let made = self
            .made
            .iter()
            .find(|(made, ..)| made.number == key.number);
        let (_, made, in_need) = made.expect("a key that was made");
        let published = seconds(self.now - made) + CLOCKS_DIFFER * 2;
        let first = if *in_need {
            EMERGENCY_PREPUBLISH
        } else {
            PREPUBLISH
        };
        assert!(
            key.number == 1 || published >= first,
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
            Event::CarryOut(process) => self.carry_out(process),
            Event::Follow(process) => self.follow(process),
            Event::Sign(process) => _ = self.sign(process),
            Event::Rotate(process) => {
                let now = self.clock(process);
                if successor(&self.database.0, now).is_none() {
                    let terms = &self.processes[process].terms;
                    self.database
                        .add(next(&self.database.0, PREPUBLISH, terms, now));
                }
                self.note_new_keys(false);
            }
            Event::Revoke(process) => {
                let now = self.clock(process);
                let terms = &self.processes[process].terms;
                let key = next(&self.database.0, EMERGENCY_PREPUBLISH, terms, now);
                self.database.replace(key);
                self.note_new_keys(true);
            }
            Event::Restart(process, terms) => {
                self.processes[process].terms = terms;
                self.follow(process);
            }
        }
    }

    /// Nobody is signed out: no process that would refuse a live token for its
    /// key.
    fn check(&self) {
        for (index, process) in self.processes.iter().enumerate() {
            let now = self.clock(index);
            let is_fresh = now.since(process.read_at) <= KNOWN_FOR;
            for (&token, _) in self.tokens.iter().filter(|(_, ends)| now < **ends) {
                let is = |key: &KeyLife| key.number == token;
                let in_database = self.database.0.iter().any(is);
                assert!(in_database, "a token outlives its key, {token}");
                let is_known = process.keys.iter().any(is);
                assert!(
                    is_known || !is_fresh,
                    "process {index} takes a token of key {token} for forged"
                );
            }
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let process = || 0..3_usize;
    let terms = (HOUR..100 * DAY, HOUR..30 * DAY).prop_map(|(key_age, longest)| Terms {
        key_age: seconds(key_age),
        longest_token: seconds(longest),
    });
    prop_oneof![
        4 => (0..15_u64).prop_map(Event::Pass),
        2 => (0..HOUR).prop_map(Event::Pass),
        2 => (0..20 * DAY).prop_map(Event::Pass),
        4 => process().prop_map(Event::Read),
        4 => process().prop_map(Event::CarryOut),
        4 => process().prop_map(Event::Follow),
        4 => process().prop_map(Event::Sign),
        1 => process().prop_map(Event::Rotate),
        1 => process().prop_map(Event::Revoke),
        1 => (process(), terms).prop_map(|(process, terms)| Event::Restart(process, terms)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_token_outlives_its_key_and_none_is_taken_for_forged(
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
    fn dead_keys_do_not_pile_up(
        events in prop::collection::vec(event(), 0..120),
        clocks in prop::array::uniform3(-5..=5_i64),
    ) {
        let mut world = World::new(&clocks);
        for event in events {
            world.happen(event);
            world.follow(0);
            let now = world.clock(0);
            let alive = world.database.0.iter();
            let signs = signer(&world.database.0, now).expect("a key").number;
            for key in alive.filter(|key| key.number < signs) {
                prop_assert!(key.verifies_until > now - CLOCKS_DIFFER, "{key:?}");
            }
        }
    }
}
