//! The breadth-first search: it visits every reachable state once, and finds the
//! shortest run that breaks a promise.

use std::{
    fmt::{self, Write as _},
    hash::{Hash, Hasher},
    time::{Duration, Instant},
};

use crate::{
    event::{Event, Names},
    model::{Model, Next, Step},
    network::Verdict,
    state::State,
};

/// The result of a search.
pub(crate) struct Report {
    pub(crate) states: usize,
    pub(crate) steps: usize,
    /// The largest number of steps to a state.
    pub(crate) depth: usize,
    pub(crate) took: Duration,
    /// Sessions that ended after a theft.
    pub(crate) ended: usize,
    pub(crate) violation: Option<String>,
    /// The decisions that occurred, each once.
    verdicts: Vec<Verdict>,
}

impl Report {
    pub(crate) fn saw(&self, verdict: Verdict) -> bool {
        self.verdicts.contains(&verdict)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            states,
            steps,
            depth,
            took,
            ended,
            ..
        } = self;
        write!(
            f,
            "{states} states, {steps} steps, depth {depth}, {ended} ends, {took:.1?}"
        )
    }
}

/// Searches until every state has been seen or a promise is broken.
pub(crate) fn search(model: &Model) -> Report {
    let started = Instant::now();
    let mut seen = Seen::new();
    seen.insert(model.initial_state(), 0);
    let (mut steps, mut taken, mut ended, mut depth, mut end_of_level) = (Vec::new(), 0, 0, 0, 1);
    let (mut violation, mut verdicts) = (None, Vec::new());
    let mut at = 0;
    'all: while at < seen.states.len() {
        if at == end_of_level {
            depth += 1;
            end_of_level = seen.states.len();
        }
        let state = seen.states[at];
        model.steps(&state, &mut steps);
        taken += steps.len();
        for step in &steps {
            if let Event::Judged { verdict, .. } = step.event
                && !verdicts.contains(&verdict)
            {
                verdicts.push(verdict);
            }
            match step.next {
                Next::State(mut next) => {
                    next.normalise();
                    seen.insert(next, at);
                }
                Next::Ended => ended += 1,
                Next::Broken(promise) => {
                    violation = Some(trace(model, &seen, at, step, promise));
                    break 'all;
                }
            }
        }
        at += 1;
    }
    Report {
        states: seen.states.len(),
        steps: taken,
        depth,
        took: started.elapsed(),
        ended,
        violation,
        verdicts,
    }
}

/// Returns the run from sign-in to `last` as a string, with a line for each event.
fn trace(model: &Model, seen: &Seen, from: usize, last: &Step, promise: &str) -> String {
    let mut path = vec![from];
    while path[path.len() - 1] != 0 {
        path.push(seen.parents[path[path.len() - 1]]);
    }
    path.reverse();
    let mut trace = format!("{promise}\n");
    let (mut now, mut names) = (0, Names::initial());
    let mut write_event = |event: Event, names: &Names| {
        now += u32::from(matches!(event, Event::Tick));
        let _ = writeln!(trace, "  {now:>3}  {}", event.describe(names));
    };
    let mut steps = Vec::new();
    for pair in path.windows(2) {
        let (state, next) = (seen.states[pair[0]], seen.states[pair[1]]);
        model.steps(&state, &mut steps);
        let taken = steps.iter().find_map(|step| {
            let Next::State(mut to) = step.next else {
                return None;
            };
            let numbers = to.normalise();
            (to == next).then_some((step.event, numbers))
        });
        let (event, numbers) = taken.expect("a step of its parent leads to each state");
        write_event(event, &names);
        names = names.after(&numbers);
    }
    write_event(last.event, &names);
    trace
}

/// The states in the order in which they were found, with a hash table of their
/// indexes. It is a table of its own, because tests are compiled without optimisation,
/// and the standard table is many times slower then.
struct Seen {
    states: Vec<State>,
    parents: Vec<usize>,
    hashes: Vec<u64>,
    /// The hash table, whose size is a power of two and which is at most half full. A
    /// slot contains the index of a state plus one, or 0.
    slots: Vec<u32>,
}

impl Seen {
    fn new() -> Self {
        Self {
            states: Vec::new(),
            parents: Vec::new(),
            hashes: Vec::new(),
            slots: vec![0; 1 << 16],
        }
    }

    fn insert(&mut self, state: State, parent: usize) {
        let hash = fingerprint(&state);
        let mask = self.slots.len() - 1;
        let mut slot = usize::try_from(hash).expect("64 bits") & mask;
        while self.slots[slot] != 0 {
            let index = self.slots[slot] as usize - 1;
            if self.hashes[index] == hash && self.states[index] == state {
                return;
            }
            slot = (slot + 1) & mask;
        }
        self.states.push(state);
        self.parents.push(parent);
        self.hashes.push(hash);
        self.slots[slot] = u32::try_from(self.states.len()).expect("fewer than 2^32 states");
        if self.states.len() * 2 > self.slots.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        self.slots = vec![0; size];
        for (index, hash) in self.hashes.iter().enumerate() {
            let mut slot = usize::try_from(*hash).expect("64 bits") & (size - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = u32::try_from(index + 1).expect("fewer than 2^32 states");
        }
    }
}

fn fingerprint(state: &State) -> u64 {
    let mut hasher = Mixer(0);
    state.hash(&mut hasher);
    hasher.finish()
}

/// A hasher that multiplies and rotates. That is enough, because no attacker chooses
/// the states.
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value.cast_unsigned() as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
