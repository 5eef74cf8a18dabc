//! One throw-away cluster, from its start to its removal.
//!
//! A shell script, the keeper, owns it and watches a pipe whose other end is
//! here. Whatever ends this process, a kill included, closes the pipe; the
//! keeper then stops the server and removes the folder.

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

const KEEPER: &str = include_str!("cluster.sh");

/// A server that answers on a socket in its folder.
pub(super) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    keeper: Child,
    /// What the keeper waits for the end of.
    pipe: Option<ChildStdin>,
}

impl Cluster {
    /// Returns when the server answers.
    pub(super) fn start(workspace: &Workspace) -> Result<Self> {
        let programs = programs::ensure(workspace)?;
        let account = Account::to_drop_to(workspace)?;
        // What TMPDIR names for root may be closed to the account.
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
        let spawned = keeper(workspace, &programs, &folder, account.as_ref())?.spawn();
        let mut keeper = while_doing("The keeper of PostgreSQL could not be started", spawned)
            .inspect_err(|_| folder.discard())?;
        let pipe = keeper.stdin.take();
        let mut said = String::new();
        if let Some(output) = keeper.stdout.take() {
            // What cannot be read is not `up`.
            let _ = BufReader::new(output).read_line(&mut said);
        }
        if said.trim() == "up" {
            return Ok(Self {
                programs,
                folder: folder.path,
                keeper,
                pipe,
            });
        }
        drop(pipe);
        let _ = keeper.wait();
        Err(Failure::new(format!(
            "PostgreSQL did not start. The end of its log:\n\n{}",
            folder.end_of_log()
        )))
    }

    /// The folder of its programs.
    pub(super) fn programs(&self) -> &Path {
        &self.programs
    }

    /// As sqlx and libpq read it: `host` as a parameter is the socket's folder.
    pub(super) fn url(&self) -> String {
        let folder = encoded(&self.folder);
        format!("postgres://postgres@localhost:5432/postgres?host={folder}")
    }

    /// Waits for as long as the keeper lives, which is as long as this process does.
    pub(super) fn wait(mut self) -> Result {
        while_doing("Waiting for PostgreSQL failed", self.keeper.wait())?;
        Err(Failure::new("Something else has stopped PostgreSQL."))
    }

    /// Returns when nothing is left of it.
    pub(super) fn stop(mut self) -> Result {
        drop(self.pipe.take());
        while_doing("Waiting for PostgreSQL's end failed", self.keeper.wait())?;
        if self.folder.exists() {
            return Err(Failure::new(format!(
                "PostgreSQL has ended and left {}; remove it.",
                self.folder.display()
            )));
        }
        Ok(())
    }
}

fn keeper(
    workspace: &Workspace,
    programs: &Path,
    folder: &Folder,
    account: Option<&Account>,
) -> Result<Command> {
    let mut keeper = command(workspace, "sh")?;
    keeper
        .args(["-c", KEEPER, "keeper"])
        .arg(programs)
        .current_dir(&folder.path)
        // On macOS a server that has to find out its locale does not start.
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(folder.log_for_child()?)
        // Ctrl-C is for this process: the tests lose their server only with it.
        .process_group(0);
    if let Some(account) = account {
        keeper.uid(account.user).gid(account.group);
    }
    Ok(keeper)
}

/// A path as part of a URL.
fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
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
    fn a_folder_with_any_name_fits_into_a_url_and_into_quotes() {
        assert_eq!(encoded(Path::new("/tmp/a-1.b_c~")), "/tmp/a-1.b_c~");
        assert_eq!(encoded(Path::new("/t p/é&'")), "/t%20p/%C3%A9%26%27");
    }
}
