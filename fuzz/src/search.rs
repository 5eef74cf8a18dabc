//! The search for an input that a target does not bear.

use std::{
    any::Any,
    cell::Cell,
    fmt,
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::{
        Once,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use testkit::rng::Rng;

use crate::{mutation::mutated, targets::Target};

/// The length of the long inputs: the largest body that the server reads.
const LONG: usize = 64 * 1024;

/// The time that an input may take. Work that grows with the length takes milliseconds, also
/// in a build for development; with the square of the length it takes much longer than this.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How often a slow input is tried again, because the machine may be busy.
const ATTEMPTS: usize = 3;

/// How long to search, after the seeds and the long inputs.
#[derive(Clone, Copy, Debug)]
pub enum Extent {
    /// So many inputs.
    Inputs(u64),
    /// So long.
    Time(Duration),
}

/// An input that a target does not bear.
#[derive(Debug)]
pub struct Finding {
    target: &'static str,
    input: Vec<u8>,
    problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.input[..self.input.len().min(2_000)];
        write!(
            f,
            "{}: {}\ninput of {} bytes: b\"{}\"",
            self.target,
            self.problem,
            self.input.len(),
            shown.escape_ascii()
        )
    }
}

/// Gives a target its seeds, long inputs, and mutated ones. Returns how many inputs it bore.
///
/// # Errors
/// The first [`Finding`].
pub fn search(target: &Target, seed: u64, extent: Extent) -> Result<u64, Finding> {
    count_panics();
    let prepared = (target.prepare)();
    let mut inputs = vec![Vec::new()];
    inputs.extend(target.seeds.iter().map(|seed| seed.as_bytes().to_vec()));
    inputs.extend(prepared.seeds);
    let check = |input: &[u8]| {
        check(&prepared.check, input).map_err(|problem| Finding {
            target: target.name,
            input: input.to_vec(),
            problem,
        })
    };
    let mut count = 0;
    for input in inputs
        .iter()
        .cloned()
        .chain(long_inputs(&inputs, target.words))
    {
        check(&input)?;
        count += 1;
    }
    let mut rng = Rng::new(seed);
    let begun = Instant::now();
    let first = count;
    loop {
        let is_done = match extent {
            Extent::Inputs(inputs) => count - first >= inputs,
            Extent::Time(time) => begun.elapsed() >= time,
        };
        if is_done {
            return Ok(count);
        }
        check(&mutated(&mut rng, &inputs, target.words))?;
        count += 1;
    }
}

/// Returns long inputs: each seed and word again and again, and each seed with a long middle.
fn long_inputs<'i>(
    inputs: &'i [Vec<u8>],
    words: &'i [&'static str],
) -> impl Iterator<Item = Vec<u8>> + 'i {
    let words = words.iter().map(|word| word.as_bytes());
    let parts = inputs.iter().map(Vec::as_slice).chain(words);
    let repeated = parts
        .filter(|part| !part.is_empty())
        .map(|part| part.iter().copied().cycle().take(LONG).collect());
    let stretched = inputs.iter().flat_map(|input| {
        let (start, end) = input.split_at(input.len() / 2);
        [b'a', b'.', b'/', b'%', b';', b'[', b' '].map(|byte| {
            let middle = vec![byte; LONG.saturating_sub(input.len())];
            [start, &middle, end].concat()
        })
    });
    repeated.chain(stretched)
}

/// Returns the problem with an input, if there is one.
fn check(run: &dyn Fn(&[u8]), input: &[u8]) -> Result<(), String> {
    for _ in 0..ATTEMPTS {
        let panics = PANICS.load(Ordering::SeqCst);
        let begun = Instant::now();
        IS_CHECKING.set(true);
        let result = catch_unwind(AssertUnwindSafe(|| run(input)));
        IS_CHECKING.set(false);
        result.map_err(|panic| message(&*panic))?;
        if PANICS.load(Ordering::SeqCst) != panics {
            return Err("a task has panicked; its message is above".to_owned());
        }
        if begun.elapsed() < TIMEOUT {
            return Ok(());
        }
    }
    Err(format!("takes more than {TIMEOUT:?}"))
}

/// The number of panics in threads of the runtime, which catches them.
static PANICS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Whether this thread is in a target. Its panics are caught there.
    static IS_CHECKING: Cell<bool> = const { Cell::new(false) };
}

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_CHECKING.get() {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            print(info);
        }));
    });
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panics: {}", text.unwrap_or("without a message"))
}
