//! `cargo xtask soak`: traffic and faults of many kinds, for minutes.

use std::path::Path;

use crate::failure::{Failure, Result};
use crate::packages;
use crate::postgres;
use crate::process;
use crate::report::{heading, note};
use crate::workspace::Workspace;

const USAGE: &str = "Use it like `cargo xtask soak --minutes 10 --sqlite`: the minutes for each \
                     database (5 if absent), and --sqlite or --postgres for one database.";

const TEST: &str = "test -p portcullis -p app -p server --features portcullis/testing,app/ssr \
                    --test crash";

/// Where Debian's package has the library, which gives a process another clock.
const FAKE_TIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// Runs the soak test on the named databases (default: both).
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let Arguments { minutes, filter } = parse(arguments)?;
    heading(
        "soak",
        "honest browsers, visitors and rude clients while processes, databases and disks fail",
        &format!("{minutes} minutes for each database, and the build"),
    );
    ensure_fake_time(workspace)?;
    let mut cargo = process::cargo(workspace)?;
    cargo
        .args(TEST.split_whitespace())
        .arg(filter)
        .args(["--", "--ignored", "--nocapture", "--test-threads=1"])
        .env("PORTCULLIS_SOAK_MINUTES", minutes.to_string());
    postgres::run_beside_one_to_kill(workspace, &mut cargo)
}

/// Installs the library if it is absent. Without it the soak test says what it leaves out.
fn ensure_fake_time(workspace: &Workspace) -> Result {
    if Path::new(FAKE_TIME).is_file() || packages::obstacle(workspace)?.is_some() {
        return Ok(());
    }
    note("libfaketime from the system's packages: installing (half a minute)");
    packages::install(workspace, &["libfaketime"])
}

#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    minutes: u32,
    /// The names of the tests begin with this.
    filter: &'static str,
}

fn parse(arguments: &[String]) -> Result<Arguments> {
    let mut parsed = Arguments {
        minutes: 5,
        filter: "soak_on_",
    };
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--sqlite" => parsed.filter = "soak_on_sqlite",
            "--postgres" => parsed.filter = "soak_on_postgres",
            "--minutes" => {
                let minutes = words.next().and_then(|minutes| minutes.parse().ok());
                let minutes = minutes.filter(|minutes| (1..=600).contains(minutes));
                parsed.minutes = minutes.ok_or_else(|| Failure::new(USAGE))?;
            }
            _ => return Err(Failure::new(USAGE)),
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Arguments> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words).ok()
    }

    #[test]
    fn minutes_and_database_are_optional() {
        let arguments = |minutes, filter| Some(Arguments { minutes, filter });
        assert_eq!(parsed(""), arguments(5, "soak_on_"));
        assert_eq!(
            parsed("--minutes 10 --sqlite"),
            arguments(10, "soak_on_sqlite")
        );
        assert_eq!(parsed("--postgres"), arguments(5, "soak_on_postgres"));
        for wrong in ["--minutes", "--minutes 0", "--minutes x", "sqlite"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
