//! What a person reads while a command runs: headings, notes, the table at the end.

use std::io::Write as _;
use std::time::Duration;

/// Writes one line. A closed pipe is no reason to stop the work.
pub(crate) fn say(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}

/// Writes one line to the error stream.
pub(crate) fn complain(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", line.as_ref());
}

/// Says what is about to happen and how long it takes.
pub(crate) fn note(what: impl AsRef<str>) {
    say(format!("· {}", what.as_ref()));
}

/// The heading of one step.
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
    /// What to name to run it again.
    pub(crate) repeat: &'static str,
    pub(crate) took: Duration,
    pub(crate) outcome: Outcome,
}

/// The steps with their seconds, then each failure with the command that
/// repeats just that step.
pub(crate) fn table(rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    say("\n━━ Steps");
    for row in rows {
        let outcome = match row.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed(_) => "FAILED",
            Outcome::Skipped => "skipped: it needs the step that failed before it",
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
                "Repeat just this step: cargo xtask test {}",
                row.repeat
            ));
        }
    }
}
