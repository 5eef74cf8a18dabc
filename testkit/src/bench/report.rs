//! The printed report: headings, numbers, and whether each promise holds.

use std::{cell::Cell, io::Write as _, process::ExitCode};

/// Prints one line. A closed pipe is ignored.
pub fn say(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}

/// Prints the heading of a part.
pub fn heading(what: impl AsRef<str>) {
    say(format!("\n━━ {}", what.as_ref()));
}

/// Prints what a long step does.
pub fn note(what: impl AsRef<str>) {
    say(format!("· {}", what.as_ref()));
}

/// Formats a time in seconds with its unit.
pub fn micros(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:6.1} ns", s * 1e9),
        s if s < 1e-3 => format!("{:6.1} µs", s * 1e6),
        s => format!("{:6.1} ms", s * 1e3),
    }
}

/// Formats a size in bytes with its unit.
pub fn bytes(bytes: u64) -> String {
    match bytes >> 10 {
        kib @ 0..10_240 => format!("{kib} KiB"),
        kib => format!("{} MiB", kib >> 10),
    }
}

/// The promises that a benchmark checks.
#[derive(Default)]
pub struct Promises {
    broken: Cell<u32>,
}

impl Promises {
    /// Prints whether a promise holds, and counts it if it does not.
    pub fn check(&self, holds: bool, promise: impl AsRef<str>) {
        let verdict = if holds { "PASS" } else { "FAIL" };
        say(format!("   {verdict}  {}", promise.as_ref()));
        if !holds {
            self.broken.set(self.broken.get() + 1);
        }
    }

    /// Returns the exit code: failure if a promise is broken.
    pub fn code(&self) -> ExitCode {
        match self.broken.get() {
            0 => ExitCode::SUCCESS,
            broken => {
                say(format!("\n{broken} of the promises above are broken."));
                ExitCode::FAILURE
            }
        }
    }
}
