//! The program as a child process.

use std::{env, net::SocketAddr, path::Path, process::Command};

/// Returns a command that runs the program in a folder, without the settings in the
/// environment of this process.
pub fn command(executable: impl AsRef<Path>, folder: &Path) -> Command {
    let mut command = Command::new(executable.as_ref());
    command.current_dir(folder);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PORTCULLIS_") || text.starts_with("LEPTOS_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Reads the address from the line that the program prints when it listens.
pub fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("listens on http")?;
    let (_, rest) = rest.split_once("://")?;
    rest.split([',', ' ', '\n']).next()?.parse().ok()
}
