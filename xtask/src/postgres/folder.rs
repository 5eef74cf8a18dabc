//! The folder of one cluster: its data, its socket, its log.
//!
//! The log stays locked while this process, the keeper or the server has it
//! open. That tells a living cluster's folder from a leftover.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::failure::{Failure, Result, while_doing};
use crate::postgres::account::Account;
use crate::report::note;

/// The number of the process that made it follows.
const PREFIX: &str = "portcullis-postgres-";
const SOCKET: &str = ".s.PGSQL.5432";
/// What macOS allows; Linux allows four bytes more.
const LONGEST_SOCKET: usize = 103;
const LINES_OF_LOG: usize = 20;

pub(super) struct Folder {
    pub(super) path: PathBuf,
    log: File,
}

impl Folder {
    /// Below `parent`, open to the server's user alone (and to root). Leftovers
    /// of runs that were killed together with their keepers go first.
    pub(super) fn create(parent: &Path, account: Option<&Account>) -> Result<Self> {
        let path = parent.join(format!("{PREFIX}{}", std::process::id()));
        if path.join(SOCKET).as_os_str().len() > LONGEST_SOCKET {
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

    /// The log as a child writes to it, which keeps it locked.
    pub(super) fn log_for_child(&self) -> Result<Stdio> {
        while_doing(self.path.display(), self.log.try_clone()).map(Stdio::from)
    }

    /// Readable even after the folder's removal.
    pub(super) fn end_of_log(&self) -> String {
        let mut log = &self.log;
        let mut text = Vec::new();
        let _ = log.rewind().and_then(|()| log.read_to_end(&mut text));
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(LINES_OF_LOG)..].join("\n")
    }

    /// For a folder that no keeper took over.
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
            note(format!("{}: left by a killed run, removed", path.display()));
        }
    }
}

/// Whether a cluster was here that nobody runs any more. In doubt there was not:
/// a folder without data is one whose log is just about to be locked.
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

    /// A place of its own for each test, gone with it.
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
    fn only_a_dead_cluster_of_ours_is_a_leftover() {
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
    fn a_new_folder_takes_the_place_of_a_leftover_and_is_closed_to_others() {
        let place = Place::new("create");
        drop(place.folder(&format!("{PREFIX}{}", std::process::id()), true));
        let folder = Folder::create(&place.0, None).expect("it can be made");
        let found = fs::metadata(&folder.path).expect("it is there");
        assert_eq!(found.mode() & 0o777, 0o700);
        assert!(!folder.path.join("data").exists());
        assert!(Folder::create(&place.0, None).is_err());
    }

    #[test]
    fn a_path_that_no_socket_could_have_is_refused() {
        let parent = PathBuf::from(format!("/tmp/{}", "x".repeat(80)));
        assert!(Folder::create(&parent, None).is_err());
    }
}
