//! The output while a command runs: headings, notes, and the table at the end.

use std::io::Write as _;
use std::time::Duration;

/// Writes one line. A closed pipe does not stop the work.
pub(crate) fn say(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}

/// Writes one line to the error stream.
pub(crate) fn complain(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", line.as_ref());
}

/// Writes a note: what happens next and how long it takes.
pub(crate) fn note(what: impl AsRef<str>) {
    say(format!("· {}", what.as_ref()));
}

/// Writes the heading of one step.
pub(crate) fn heading(name: &str, what: &str, takes: &str) {
    say(format!("\n━━ {name}: {what} ({takes})"));
}

/// How one step ended.
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    Skipped,
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The argument of `cargo xtask test` that runs it again.
    pub(crate) repeat: &'static str,
    pub(crate) took: Duration,
    pub(crate) outcome: Outcome,
}

/// Writes the steps with their durations, then each failure with the command that repeats the
/// step.
pub(crate) fn table(rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    say("\n━━ Steps");
    for row in rows {
        let outcome = match row.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed(_) => "FAILED",
            Outcome::Skipped => "skipped: an earlier step that it needs failed",
        };
        let seconds = row.took.as_secs_f64();
        say(format!(
            "   {:width$}  {seconds:>7.1} s  {outcome}",
            row.name
        ));
    }
    let total: Duration = rows.iter().map(|row| row.took).sum();
    let seconds = total.as_secs_f64();
    say(format!("   {:width$}  {seconds:>7.1} s", "total"));
    for row in rows {
        if let Outcome::Failed(reason) = &row.outcome {
            say(format!("\n{} failed: {reason}", row.name));
            say(format!(
                "To repeat this step: cargo xtask test {}",
                row.repeat
            ));
        }
    }
}
