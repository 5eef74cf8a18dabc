//! The text of `cargo xtask help`.

use crate::steps::STEPS;

const COMMANDS: &str = "\
Usage: cargo xtask <command>

  serve [--release]    set up, build, and start on http://127.0.0.1:3000
  watch                the same, and build again whenever a file changes
  test [step…] [-- …]  every check, or the named steps; what follows `--` goes to Playwright
  setup                the tools alone
  postgres             a PostgreSQL to test with, until Ctrl-C; prints the variable that names it
  help                 this text

Steps of `test`, in order (`cargo xtask test lint` runs all that begin with `lint/`):
";

pub(crate) fn text() -> String {
    let width = STEPS.iter().map(|step| step.name.len()).max().unwrap_or(0);
    let lines: Vec<String> = STEPS
        .iter()
        .map(|step| format!("  {:width$}  {}", step.name, step.what))
        .collect();
    format!("{COMMANDS}\n{}", lines.join("\n"))
}
