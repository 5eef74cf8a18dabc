//! `cargo xtask bench`: runs the benchmarks, each beside a `PostgreSQL` where it
//! needs one. What they measure is told in docs/performance.md.

use crate::failure::{Failure, Result};
use crate::postgres;
use crate::process;
use crate::report::heading;
use crate::workspace::Workspace;

/// One benchmark.
pub(crate) struct Bench {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// How long it takes on two cores, once it is built.
    takes: &'static str,
    /// What follows `cargo bench`'s choice of packages.
    words: &'static [&'static str],
}

/// The same three packages for all, as in `steps.rs`: apart they would each
/// compile the dependencies anew with slightly other features.
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
        name: "writes",
        what: "how often each kind of refresh writes",
        takes: "a few seconds",
        words: &["library", "--", "writes"],
    },
    Bench {
        name: "size",
        what: "the database before and after a million refreshes",
        takes: "about 15 minutes",
        words: &["library", "--", "size"],
    },
    Bench {
        name: "scale",
        what: "the latency at ten million sessions; takes 5 GB of disk meanwhile",
        takes: "about 15 minutes",
        words: &["library", "--", "scale"],
    },
];

const FLAGS: [&str; 3] = ["--sqlite", "--postgres", "--quick"];

/// Runs the named benchmarks, or all, on the named databases, or both. The first
/// that breaks a promise ends it.
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
            "`cargo xtask bench` does not take `{unknown}`, but --sqlite, --postgres and --quick."
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
    fn what_is_not_known_is_an_error_and_not_an_empty_run() {
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
