//! Searches for longer: `cargo xtask fuzz [target…] [--minutes N]`.

use std::{env, process::ExitCode, time::Duration};

use fuzz::{
    search::{Extent, search},
    targets::{TARGETS, Target},
};

const DEFAULT_MINUTES: u64 = 10;

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            print(&problem);
            ExitCode::FAILURE
        }
    }
}

/// Gives each of the named targets, or all, an equal part of the time.
fn run(arguments: &[String]) -> Result<(), String> {
    let (targets, minutes) = parse(arguments)?;
    let share = Duration::from_secs(minutes * 60) / u32::try_from(targets.len()).unwrap_or(1);
    for target in targets {
        let seed = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| {
                u64::from(since.subsec_nanos()) | since.as_secs() << 30
            });
        print(&format!("{}: {} (seed {seed})", target.name, target.what));
        let count = search(target, seed, Extent::Time(share)).map_err(|found| found.to_string())?;
        print(&format!("{}: {count} inputs", target.name));
    }
    Ok(())
}

fn parse(arguments: &[String]) -> Result<(Vec<&'static Target>, u64), String> {
    let (mut targets, mut minutes) = (Vec::new(), DEFAULT_MINUTES);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--minutes" {
            let number = arguments.next().and_then(|number| number.parse().ok());
            minutes = number.ok_or("`--minutes` needs a number of minutes.")?;
        } else {
            let target = TARGETS.iter().find(|target| target.name == argument);
            targets.push(target.ok_or_else(|| unknown(argument))?);
        }
    }
    if targets.is_empty() {
        targets.extend(TARGETS);
    }
    Ok((targets, minutes))
}

fn unknown(name: &str) -> String {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    format!(
        "There is no target `{name}`; the targets are {}.",
        names.join(", ")
    )
}

#[allow(clippy::print_stdout, reason = "the report")]
fn print(line: &str) {
    println!("{line}");
}
