//! One temporary cluster, from its start to its removal.
//!
//! A shell script, the guard, owns the cluster and reads from a pipe that this process holds
//! open. When this process ends, for any reason, the pipe closes; the guard then stops the
//! server and removes the folder.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::failure::{Failure, Result, while_doing};
use crate::postgres::account::Account;
use crate::postgres::folder::Folder;
use crate::postgres::programs;
use crate::process::{command, version};
use crate::report::note;
use crate::workspace::Workspace;

const GUARD: &str = include_str!("cluster.sh");

/// A running server with a socket in its folder.
pub(super) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    guard: Child,
    /// The pipe whose end stops the guard.
    pipe: Option<ChildStdin>,
}

impl Cluster {
    /// Starts a server and returns when it accepts connections.
    pub(super) fn start(workspace: &Workspace) -> Result<Self> {
        let programs = programs::ensure(workspace)?;
        let account = Account::to_drop_to(workspace)?;
        // The account may have no access to root's TMPDIR.
        let parent = match account {
            Some(_) => PathBuf::from("/tmp"),
            None => std::env::temp_dir(),
        };
        let folder = Folder::create(&parent, account.as_ref())?;
        note(format!(
            "{}: starting one in {}",
            version(&programs.join("postgres")).unwrap_or_default(),
            folder.path.display()
        ));
        let spawned = guard(workspace, &programs, &folder, account.as_ref())?.spawn();
        let mut guard = while_doing("The guard of PostgreSQL could not be started", spawned)
            .inspect_err(|_| folder.discard())?;
        let pipe = guard.stdin.take();
        let mut said = String::new();
        if let Some(output) = guard.stdout.take() {
            // An unreadable line is not `up`.
            let _ = BufReader::new(output).read_line(&mut said);
        }
        if said.trim() == "up" {
            return Ok(Self {
                programs,
                folder: folder.path,
                guard,
                pipe,
            });
        }
        drop(pipe);
        let _ = guard.wait();
        Err(Failure::new(format!(
            "PostgreSQL did not start. The end of its log:\n\n{}",
            folder.end_of_log()
        )))
    }

    /// Returns the folder of its programs.
    pub(super) fn programs(&self) -> &Path {
        &self.programs
    }

    /// Returns the URL for sqlx and libpq; the parameter `host` is the socket's folder.
    pub(super) fn url(&self) -> String {
        let folder = encoded(&self.folder);
        format!("postgres://postgres@localhost:5432/postgres?host={folder}")
    }

    /// Waits until the guard ends, which happens when this process ends.
    pub(super) fn wait(mut self) -> Result {
        while_doing("Waiting for PostgreSQL failed", self.guard.wait())?;
        Err(Failure::new("PostgreSQL was stopped by another program."))
    }

    /// Stops the server and returns when its folder is removed.
    pub(super) fn stop(mut self) -> Result {
        drop(self.pipe.take());
        while_doing("Waiting for PostgreSQL's end failed", self.guard.wait())?;
        if self.folder.exists() {
            return Err(Failure::new(format!(
                "PostgreSQL has stopped and left {}; remove it.",
                self.folder.display()
            )));
        }
        Ok(())
    }
}

fn guard(
    workspace: &Workspace,
    programs: &Path,
    folder: &Folder,
    account: Option<&Account>,
) -> Result<Command> {
    let mut guard = command(workspace, "sh")?;
    guard
        .args(["-c", GUARD, "guard"])
        .arg(programs)
        .current_dir(&folder.path)
        // On macOS a server that has to determine its locale does not start.
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(folder.log_for_child()?)
        // Ctrl-C must reach only this process: the server stops when this process ends.
        .process_group(0);
    if let Some(account) = account {
        guard.uid(account.user).gid(account.group);
    }
    Ok(guard)
}

/// Encodes a path as part of a URL.
fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::encoded;
    use std::path::Path;

    #[test]
    fn folder_name_is_encoded_for_url_and_shell() {
        assert_eq!(encoded(Path::new("/tmp/a-1.b_c~")), "/tmp/a-1.b_c~");
        assert_eq!(encoded(Path::new("/t p/é&'")), "/t%20p/%C3%A9%26%27");
    }
}
