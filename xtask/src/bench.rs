//! `cargo xtask bench`: runs the benchmarks, with a `PostgreSQL` server for those that need
//! one. docs/performance.md explains what they measure.

use crate::failure::{Failure, Result};
use crate::postgres;
use crate::process;
use crate::report::heading;
use crate::workspace::Workspace;

/// One benchmark.
pub(crate) struct Bench {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The duration on two cores, without the build.
    takes: &'static str,
    /// The arguments after the packages of `cargo bench`.
    words: &'static [&'static str],
}

/// The same three packages for every benchmark, as in `steps.rs`. Built separately, each
/// would compile the dependencies again with slightly different features.
const PACKAGES: &str =
    "bench -p portcullis -p app -p server --features portcullis/testing,app/ssr --bench";

pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "functions",
        what: "single functions and a refresh through the library, against bare work",
        takes: "about 2 minutes",
        words: &["library", "--", "functions"],
    },
    Bench {
        name: "refresh",
        what: "the whole server with many cookie jars, against bare work",
        takes: "about 3 minutes",
        words: &["refresh", "--"],
    },
    Bench {
        name: "requests",
        what: "small requests: with and without the layers, with and without authentication",
        takes: "about 2 minutes",
        words: &["requests", "--"],
    },
    Bench {
        name: "writes",
        what: "how often each kind of refresh writes",
        takes: "a few seconds",
        words: &["library", "--", "writes"],
    },
    Bench {
        name: "listing",
        what: "pages of the administration at a million accounts",
        takes: "about 3 minutes",
        words: &["library", "--", "listing"],
    },
    Bench {
        name: "revocations",
        what: "ten thousand ended sessions a second, and the memory of a million",
        takes: "about 8 minutes",
        words: &["library", "--", "revocations"],
    },
    Bench {
        name: "size",
        what: "the size of the database before and after a million refreshes",
        takes: "about 15 minutes",
        words: &["library", "--", "size"],
    },
    Bench {
        name: "scale",
        what: "the latency at ten million sessions; uses 5 GB of disk while it runs",
        takes: "about 15 minutes",
        words: &["library", "--", "scale"],
    },
];

const FLAGS: [&str; 3] = ["--sqlite", "--postgres", "--quick"];

/// Runs the named benchmarks (default: all) on the named databases (default: both). Stops at
/// the first benchmark that misses its target.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let (flags, names): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with("--"));
    let chosen = choose(&names, &flags)?;
    for bench in chosen {
        heading(bench.name, bench.what, bench.takes);
        let mut cargo = process::cargo(workspace)?;
        cargo
            .args(PACKAGES.split(' '))
            .args(bench.words)
            .args(&flags);
        if flags.contains(&"--sqlite") && !flags.contains(&"--postgres") {
            process::run(&mut cargo)?;
        } else {
            postgres::run_beside(workspace, &mut cargo)?;
        }
    }
    Ok(())
}

fn choose(names: &[&str], flags: &[&str]) -> Result<Vec<&'static Bench>> {
    if let Some(unknown) = flags.iter().find(|flag| !FLAGS.contains(flag)) {
        return Err(Failure::new(format!(
            "`cargo xtask bench` does not know `{unknown}`; its options are --sqlite, --postgres and --quick."
        )));
    }
    let is_known = |name: &&&str| BENCHES.iter().any(|bench| bench.name == **name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        return Err(Failure::new(format!(
            "There is no benchmark `{unknown}`; `cargo xtask help` lists them."
        )));
    }
    let named = |bench: &&Bench| names.is_empty() || names.contains(&bench.name);
    Ok(BENCHES.iter().filter(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_benchmark_or_flag_is_an_error() {
        assert!(choose(&["refreshes"], &[]).is_err());
        assert!(choose(&["refresh"], &["--mysql"]).is_err());
    }

    #[test]
    fn without_a_name_every_benchmark_runs() {
        let all = choose(&[], &["--sqlite"]).expect("the flag is known");
        assert_eq!(all.len(), BENCHES.len());
        let one = choose(&["size"], &[]).expect("the name is known");
        assert_eq!(one.len(), 1);
    }
}
