//! `cargo xtask test`: runs the steps, shows the table, and fails if one failed.

use std::time::Instant;

use crate::failure::{Failure, Result};
use crate::postgres;
use crate::process;
use crate::report::{self, Outcome, Row};
use crate::step::{Step, Work};
use crate::steps::STEPS;
use crate::workspace::Workspace;

/// Continues after a failure, so that one run shows every failure. A step that needs the
/// failed one is skipped.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let (names, for_playwright) = split(arguments);
    let chosen = choose(names)?;
    if !for_playwright.is_empty() && !chosen.iter().any(|step| step.group() == "e2e") {
        return Err(Failure::new(
            "The arguments after `--` are for Playwright, but no e2e step is named.",
        ));
    }
    let mut rows: Vec<Row> = Vec::new();
    for step in chosen {
        rows.push(perform(workspace, step, for_playwright, &rows));
    }
    report::table(&rows);
    let failed = rows
        .iter()
        .filter(|row| matches!(row.outcome, Outcome::Failed(_)))
        .count();
    match failed {
        0 => Ok(()),
        1 => Err(Failure::new("one step failed, see above.")),
        _ => Err(Failure::new(format!("{failed} steps failed, see above."))),
    }
}

fn perform(workspace: &Workspace, step: &Step, for_playwright: &[String], before: &[Row]) -> Row {
    report::heading(step.name, step.what, step.takes);
    let start = Instant::now();
    let outcome = if step.follows && has_failed(step.group(), before) {
        Outcome::Skipped
    } else {
        let result = match step.work {
            Work::Cargo(line) => cargo(workspace, line),
            Work::CargoWithPostgres(line) => cargo_with_postgres(workspace, line),
            Work::CargoWithPostgresToKill(line) => cargo_with_postgres_to_kill(workspace, line),
            Work::Code(code) => code(workspace),
            Work::Playwright(code) => code(workspace, for_playwright),
        };
        result.map_or_else(
            |failure| Outcome::Failed(failure.to_string()),
            |()| Outcome::Passed,
        )
    };
    Row {
        name: step.name,
        repeat: step.repeat(),
        took: start.elapsed(),
        outcome,
    }
}

fn cargo(workspace: &Workspace, line: &str) -> Result {
    process::run(process::cargo(workspace)?.args(line.split_whitespace()))
}

fn cargo_with_postgres(workspace: &Workspace, line: &str) -> Result {
    postgres::run_beside(
        workspace,
        process::cargo(workspace)?.args(line.split_whitespace()),
    )
}

fn cargo_with_postgres_to_kill(workspace: &Workspace, line: &str) -> Result {
    postgres::run_beside_one_to_kill(
        workspace,
        process::cargo(workspace)?.args(line.split_whitespace()),
    )
}

fn has_failed(group: &str, rows: &[Row]) -> bool {
    rows.iter().any(|row| {
        matches!(row.outcome, Outcome::Failed(_)) && row.name.split('/').next() == Some(group)
    })
}

/// Splits the arguments: names of steps before `--`, Playwright's arguments after it.
fn split(arguments: &[String]) -> (&[String], &[String]) {
    match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[]),
    }
}

/// Returns the named steps in the table's order. If none is named, returns all steps but those
/// that run only if they are named.
fn choose(names: &[String]) -> Result<Vec<&'static Step>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !STEPS.iter().any(|step| step.is(name)))
    {
        return Err(Failure::new(format!(
            "There is no step `{unknown}`; `cargo xtask help` lists them."
        )));
    }
    let named = |step: &&Step| match names {
        [] => !step.by_name,
        names => names.iter().any(|name| step.is(name)),
    };
    Ok(STEPS.iter().filter(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(names: &[&str]) -> Vec<&'static str> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let steps = choose(&names).expect("the names are known");
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn without_a_name_every_other_step_runs() {
        let by_name = STEPS.iter().filter(|step| step.by_name).count();
        assert_eq!(chosen(&[]).len(), STEPS.len() - by_name);
        assert!(!chosen(&[]).contains(&"deny"));
        assert_eq!(chosen(&["deny"]), ["deny"]);
    }

    #[test]
    fn group_names_all_its_steps_in_order() {
        let names = chosen(&["lint", "format"]);
        assert_eq!(names[0], "format");
        assert!(names[1..].iter().all(|name| name.starts_with("lint/")));
        assert!(names.len() > 2);
    }

    #[test]
    fn unknown_step_is_an_error() {
        assert!(choose(&["lints".to_owned()]).is_err());
    }

    #[test]
    fn arguments_after_two_dashes_are_for_playwright() {
        let words = ["e2e", "--", "--grep", "--"].map(str::to_owned);
        let (names, rest) = split(&words);
        assert_eq!(names, &words[..1]);
        assert_eq!(rest, &words[2..]);
    }

    #[test]
    fn failure_skips_the_rest_of_its_group_only() {
        let outcome = Outcome::Failed(String::new());
        let rows = [Row {
            name: "e2e/build",
            repeat: "e2e",
            took: std::time::Duration::ZERO,
            outcome,
        }];
        assert!(has_failed("e2e", &rows));
        assert!(!has_failed("unit", &rows));
    }
}
