//! What a person reads: headings, numbers, and whether each promise holds.

use std::{cell::Cell, io::Write as _, process::ExitCode};

/// Writes one line. A closed pipe is no reason to stop.
pub fn say(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}

/// The heading of a part.
pub fn heading(what: impl AsRef<str>) {
    say(format!("\n━━ {}", what.as_ref()));
}

/// Says what a long step is about to do.
pub fn note(what: impl AsRef<str>) {
    say(format!("· {}", what.as_ref()));
}

/// A time in seconds, to be read.
pub fn micros(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:6.1} ns", s * 1e9),
        s if s < 1e-3 => format!("{:6.1} µs", s * 1e6),
        s => format!("{:6.1} ms", s * 1e3),
    }
}

/// A size, to be read.
pub fn bytes(bytes: u64) -> String {
    match bytes >> 10 {
        kib @ 0..10_240 => format!("{kib} KiB"),
        kib => format!("{} MiB", kib >> 10),
    }
}

/// The promises of a run.
#[derive(Default)]
pub struct Promises {
    broken: Cell<u32>,
}

impl Promises {
    /// Says whether a promise holds.
    pub fn check(&self, holds: bool, promise: impl AsRef<str>) {
        let verdict = if holds { "PASS" } else { "FAIL" };
        say(format!("   {verdict}  {}", promise.as_ref()));
        if !holds {
            self.broken.set(self.broken.get() + 1);
        }
    }

    /// How the process ends.
    pub fn code(&self) -> ExitCode {
        match self.broken.get() {
            0 => ExitCode::SUCCESS,
            broken => {
                say(format!("\n{broken} of the promises above failed."));
                ExitCode::FAILURE
            }
        }
    }
}
