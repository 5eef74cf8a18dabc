//! The folder of one cluster: its data, its socket, its log.
//!
//! The log stays locked while this process, the guard or the server has it open. An unlocked log
//! marks the folder of a cluster that no longer runs.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::failure::{Failure, Result, while_doing};
use crate::postgres::account::Account;
use crate::report::note;

/// The prefix of the folder's name; the id of the creating process follows.
const PREFIX: &str = "portcullis-postgres-";
const SOCKET: &str = ".s.PGSQL.5432";
/// The limit of macOS; Linux allows four bytes more.
const MAX_SOCKET_LEN: usize = 103;
const MAX_LOG_LINES: usize = 20;

pub(super) struct Folder {
    pub(super) path: PathBuf,
    log: File,
}

impl Folder {
    /// Creates the folder below `parent`, with access for the server's user (and root) only.
    /// Removes the folders of killed runs first.
    pub(super) fn create(parent: &Path, account: Option<&Account>) -> Result<Self> {
        let path = parent.join(format!("{PREFIX}{}", std::process::id()));
        if path.join(SOCKET).as_os_str().len() > MAX_SOCKET_LEN {
            return Err(Failure::new(format!(
                "{} is too long a path for PostgreSQL's socket. Set TMPDIR to a shorter one, such \
                 as /tmp.",
                path.display()
            )));
        }
        remove_leftovers(parent, account);
        while_doing(path.display(), DirBuilder::new().mode(0o700).create(&path))?;
        let folder = Self {
            log: while_doing(path.display(), create_log(&path))?,
            path,
        };
        if let Some(Account { user, group }) = account {
            let given = chown(&folder.path, Some(*user), Some(*group));
            while_doing(folder.path.display(), given)?;
        }
        Ok(folder)
    }

    /// Returns the log for a child process, which keeps it locked.
    pub(super) fn log_for_child(&self) -> Result<Stdio> {
        while_doing(self.path.display(), self.log.try_clone()).map(Stdio::from)
    }

    /// Returns the end of the log, also after the folder's removal.
    pub(super) fn end_of_log(&self) -> String {
        let mut log = &self.log;
        let mut text = Vec::new();
        let _ = log.rewind().and_then(|()| log.read_to_end(&mut text));
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(MAX_LOG_LINES)..].join("\n")
    }

    /// Removes a folder that has no guard.
    pub(super) fn discard(&self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn create_log(folder: &Path) -> std::io::Result<File> {
    let log = OpenOptions::new()
        .read(true)
        .append(true)
        .create_new(true)
        .open(folder.join("log"))?;
    log.try_lock()?;
    Ok(log)
}

fn remove_leftovers(parent: &Path, account: Option<&Account>) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if is_leftover(&path, account) && fs::remove_dir_all(&path).is_ok() {
            note(format!(
                "{}: removed the folder of a killed run",
                path.display()
            ));
        }
    }
}

/// Returns whether the folder belongs to a cluster that no longer runs. A folder without data
/// does not count: its log is about to be locked.
fn is_leftover(path: &Path, account: Option<&Account>) -> bool {
    let named = path.file_name().and_then(|name| name.to_str());
    let ours = named
        .and_then(|name| name.strip_prefix(PREFIX))
        .is_some_and(|process| process.parse::<u32>().is_ok())
        && fs::symlink_metadata(path).is_ok_and(|found| {
            found.is_dir() && account.is_none_or(|account| account.user == found.uid())
        });
    let log = path.join("log");
    ours && path.join("data").is_dir()
        && fs::symlink_metadata(&log).is_ok_and(|found| found.is_file())
        && File::open(&log).is_ok_and(|log| log.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A temporary folder for one test.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("the temporary folder can be written");
            Self(path)
        }

        fn folder(&self, name: &str, data: bool) -> (PathBuf, File) {
            let path = self.0.join(name);
            let inner = if data {
                path.join("data")
            } else {
                path.clone()
            };
            fs::create_dir_all(inner).expect("a folder");
            let log = create_log(&path).expect("a log");
            (path, log)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn stopped_cluster_of_this_tool_is_a_leftover() {
        let place = Place::new("leftovers");
        let (dead, _) = place.folder("portcullis-postgres-1", true);
        let (alive, _log) = place.folder("portcullis-postgres-2", true);
        let (unborn, _) = place.folder("portcullis-postgres-3", false);
        let (other, _) = place.folder("portcullis-postgres-data", true);
        let link = place.0.join("portcullis-postgres-4");
        std::os::unix::fs::symlink(&other, &link).expect("a link");
        assert!(is_leftover(&dead, None));
        for path in [&alive, &unborn, &other, &link] {
            assert!(!is_leftover(path, None), "{}", path.display());
        }
        let owner = fs::metadata(&dead).expect("it is there").uid();
        let account = |user| Account { user, group: 0 };
        assert!(is_leftover(&dead, Some(&account(owner))));
        assert!(!is_leftover(&dead, Some(&account(owner + 1))));
    }

    #[test]
    fn new_folder_replaces_leftover_and_is_private() {
        let place = Place::new("create");
        drop(place.folder(&format!("{PREFIX}{}", std::process::id()), true));
        let folder = Folder::create(&place.0, None).expect("it can be made");
        let found = fs::metadata(&folder.path).expect("it is there");
        assert_eq!(found.mode() & 0o777, 0o700);
        assert!(!folder.path.join("data").exists());
        assert!(Folder::create(&place.0, None).is_err());
    }

    #[test]
    fn path_too_long_for_a_socket_is_rejected() {
        let parent = PathBuf::from(format!("/tmp/{}", "x".repeat(80)));
        assert!(Folder::create(&parent, None).is_err());
    }
}
