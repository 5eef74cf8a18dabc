//! Running other programs with the tools on PATH, streamed output, and a clear message when
//! one fails.

use std::env;
use std::ffi::OsStr;
use std::io::{ErrorKind, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::copied;
use crate::failure::{Failure, Result};
use crate::report::say;
use crate::workspace::Workspace;

/// Returns a command as every step runs it: in the workspace's root, with this project's tools
/// first on PATH, and without standard input, so that no program waits for input.
pub(crate) fn command(workspace: &Workspace, program: impl AsRef<OsStr>) -> Result<Command> {
    let mut command = Command::new(program);
    command
        .current_dir(&workspace.root)
        .env("PATH", workspace.path()?)
        .env("CARGO_TARGET_DIR", &workspace.target)
        .stdin(Stdio::null());
    // `cargo run` sets these for the xtask package. A build that inherits them differs from
    // the same build started by hand.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    Ok(command)
}

/// Returns a command for cargo, of the toolchain in `rust-toolchain.toml`.
pub(crate) fn cargo(workspace: &Workspace) -> Result<Command> {
    command(workspace, "cargo")
}

/// Returns a command for npm; on Windows it is a script that needs its full name.
pub(crate) fn npm(workspace: &Workspace) -> Result<Command> {
    command(workspace, if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Prints the command, runs it to its end and streams its output. On a terminal, the program
/// writes by itself, with its colours; elsewhere the failure repeats the last lines.
pub(crate) fn run(command: &mut Command) -> Result {
    let line = shown(command);
    say(format!("$ {line}"));
    let (status, last) = if std::io::stdout().is_terminal() {
        (command.status(), String::new())
    } else {
        copied::run(command)
    };
    let status = status.map_err(|error| absent(command, &error))?;
    if status.success() {
        return Ok(());
    }
    let how = match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_owned(),
    };
    let output = if last.is_empty() {
        "its output is above.".to_owned()
    } else {
        format!("its output ended with these lines:\n{last}")
    };
    Err(Failure::new(format!("`{line}` {how}; {output}")))
}

/// Runs the command silently and returns its output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| absent(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!(
        "`{}` failed: {}",
        shown(command),
        said.trim()
    )))
}

/// Replaces this process by the command, so that Ctrl-C and signals go to the command alone.
pub(crate) fn become_command(command: &mut Command) -> Result {
    command.stdin(Stdio::inherit());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let error = command.exec();
        Err(absent(command, &error))
    }
    // On other systems the console sends Ctrl-C to parent and child.
    #[cfg(not(unix))]
    run(command)
}

/// Returns the first executable called `name` on the user's PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(&file))
        .find(|path| path.is_file())
}

/// Returns what a tool prints for `--version`, if it exists and runs.
pub(crate) fn version(program: &Path) -> Option<String> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Returns the command as a user would type it.
fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn absent(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    if error.kind() != ErrorKind::NotFound {
        return Failure::new(format!("`{program}` could not be started: {error}."));
    }
    let advice = match program.as_ref() {
        "node" | "npm" | "npm.cmd" => "Install Node.js 20 or newer, which brings npm.",
        "rustup" | "rustc" | "cargo" => "Install Rust with rustup.",
        _ => "Run `cargo xtask setup` first, or install it.",
    };
    Failure::new(format!("`{program}` was not found. {advice}"))
}
