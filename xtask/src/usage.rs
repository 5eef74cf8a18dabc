//! The text of `cargo xtask help`.

use crate::bench::BENCHES;
use crate::steps::STEPS;

const COMMANDS: &str = "\
Usage: cargo xtask <command>

  serve [--release]    set up, build, and start on http://127.0.0.1:3000
  watch                the same, with a new build whenever a file changes
  test [step…] [-- …]  every check, or the named steps; arguments after `--` are for Playwright
  bench [name…] [--sqlite] [--postgres] [--quick]
                       every benchmark, or the named ones, on both databases or the named one
  soak [--minutes N] [--sqlite] [--postgres]
                       traffic and faults of many kinds, 5 minutes for each database
  fuzz [target…] [--minutes N]
                       hostile input for every parser, or the named ones, for 10 minutes or N
  dist                 pack a release build for a server: target/dist/*.tar.gz
  setup                install the tools only
  postgres             start a PostgreSQL for tests until Ctrl-C; prints the variables to set
  help                 this text

Steps of `test`, in order (`cargo xtask test lint` runs all that begin with `lint/`):
";

pub(crate) fn text() -> String {
    let steps = table(STEPS.iter().map(|step| (step.name, step.what)));
    let benches = table(BENCHES.iter().map(|bench| (bench.name, bench.what)));
    format!(
        "{COMMANDS}\n{steps}\n\nBenchmarks of `bench`, in order (`--quick` only shows that they \
         run):\n\n{benches}"
    )
}

fn table<'a>(rows: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> String {
    let width = rows.clone().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = rows
        .map(|(name, what)| format!("  {name:width$}  {what}"))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{BENCHES, STEPS, text};

    /// The arguments of each `cargo xtask …` in a document.
    fn command_lines(text: &str) -> impl Iterator<Item = &str> {
        text.split("cargo xtask ").skip(1).map(|rest| {
            let line = rest.split(['`', '#', '\n']).next().unwrap_or(rest);
            line.trim()
        })
    }

    fn is_known(command: &str, word: &str) -> bool {
        match command {
            _ if word.starts_with("--") => text().contains(word),
            "test" => STEPS.iter().any(|step| step.is(word)),
            "bench" => BENCHES.iter().any(|bench| bench.name == word),
            "soak" => word.parse::<u32>().is_ok(),
            _ => false,
        }
    }

    #[test]
    fn commands_in_documents_are_in_the_help() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut checked = 0;
        for folder in ["", "docs", "examples/axum", "examples/leptos"] {
            for entry in root.join(folder).read_dir().expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.extension().is_none_or(|kind| kind != "md") {
                    continue;
                }
                let document = std::fs::read_to_string(&path).expect("a document");
                for line in command_lines(&document) {
                    let mut words = line.split_whitespace();
                    let command = words.next().unwrap_or_default();
                    if command == "…" {
                        continue;
                    }
                    let in_help = text().contains(&format!("\n  {command} "));
                    assert!(in_help, "{}: {line}", path.display());
                    for word in words.take_while(|word| *word != "--") {
                        assert!(is_known(command, word), "{}: {line}", path.display());
                    }
                    checked += 1;
                }
            }
        }
        assert!(checked > 15, "only {checked} commands were found");
    }
}
