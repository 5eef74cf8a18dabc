//! The text of `cargo xtask help`.

use crate::bench::BENCHES;
use crate::steps::STEPS;

const COMMANDS: &str = "\
Usage: cargo xtask <command>

  serve [--release]    set up, build, and start on http://127.0.0.1:3000
  watch                the same, and build again whenever a file changes
  test [step…] [-- …]  every check, or the named steps; what follows `--` goes to Playwright
  bench [name…] [--sqlite] [--postgres] [--quick]
                       every benchmark, or the named ones, on both databases or the named one
  setup                the tools alone
  postgres             a PostgreSQL to test with, until Ctrl-C; prints the variable that names it
  help                 this text

Steps of `test`, in order (`cargo xtask test lint` runs all that begin with `lint/`):
";

pub(crate) fn text() -> String {
    let steps = table(STEPS.iter().map(|step| (step.name, step.what)));
    let benches = table(BENCHES.iter().map(|bench| (bench.name, bench.what)));
    format!(
        "{COMMANDS}\n{steps}\n\nBenchmarks of `bench`, in order (`--quick` shows that they run and \
         proves nothing):\n\n{benches}"
    )
}

fn table<'a>(rows: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> String {
    let width = rows.clone().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = rows
        .map(|(name, what)| format!("  {name:width$}  {what}"))
        .collect();
    lines.join("\n")
}
