//! Set-up, serving and testing of Portcullis: `cargo xtask help` lists the commands.
//!
//! It uses only the standard library, so that it compiles in seconds on a new machine.

mod bench;
mod browser;
mod chromium;
mod clients;
mod copied;
mod dependencies;
mod dist;
mod end2end;
mod examples;
mod failure;
mod firefox;
mod forbidden_dependencies;
mod fuzz;
mod packages;
mod postgres;
mod process;
mod proxies;
mod report;
mod serve;
mod size;
mod soak;
mod spelling;
mod step;
mod steps;
mod styles;
mod test;
mod threats;
mod tools;
mod unit_file;
mod usage;
mod words;
mod workspace;

use std::process::ExitCode;

use failure::{Failure, Result};
use workspace::Workspace;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::complain(format!("\nxtask: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result {
    let Some((command, rest)) = arguments.split_first() else {
        return Err(Failure::new(format!(
            "The command is missing.\n\n{}",
            usage::text()
        )));
    };
    match command.as_str() {
        "serve" => serve::serve(&Workspace::locate()?, rest),
        "watch" => serve::watch(&Workspace::locate()?, rest),
        "setup" if !rest.is_empty() => Err(Failure::new("`cargo xtask setup` takes no arguments.")),
        "setup" => tools::ensure(&Workspace::locate()?),
        "test" => test::run(&Workspace::locate()?, rest),
        "bench" => bench::run(&Workspace::locate()?, rest),
        "soak" => soak::run(&Workspace::locate()?, rest),
        "fuzz" => fuzz::run(&Workspace::locate()?, rest),
        "dist" if !rest.is_empty() => Err(Failure::new("`cargo xtask dist` takes no arguments.")),
        "dist" => dist::run_command(&Workspace::locate()?),
        "postgres" if !rest.is_empty() => {
            Err(Failure::new("`cargo xtask postgres` takes no arguments."))
        }
        "postgres" => postgres::serve(&Workspace::locate()?),
        "help" | "--help" | "-h" => {
            report::say(usage::text());
            Ok(())
        }
        unknown => Err(Failure::new(format!(
            "There is no command `{unknown}`.\n\n{}",
            usage::text()
        ))),
    }
}
