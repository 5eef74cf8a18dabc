//! The backup of an installation with `SQLite`.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::Portcullis;
use crate::store::StoreError;

/// The reason why [`Portcullis::back_up`] failed. No new file is left behind.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database is `PostgreSQL`, which has programs of its own for this.
    #[error("only an SQLite database can be copied like this; use pg_dump for PostgreSQL")]
    NotSqlite,
    /// The name of the file is not UTF-8.
    #[error("the name of the file {} is not UTF-8", .0.display())]
    FileName(PathBuf),
    /// The file exists already. It is not changed.
    #[error("the file {} exists already; name a new one", .0.display())]
    Exists(PathBuf),
    /// The file cannot be created or written.
    #[error("the file {file} cannot be written: {error}", file = .0.display(), error = .1)]
    File(PathBuf, #[source] io::Error),
    /// The database could not be read, or the disk is full.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Portcullis {
    /// Copies the database to a new file that only this user can read (`SQLite`). The copy has
    /// the state of one moment. It is complete and on the disk when this returns. Other
    /// processes go on meanwhile; the writes of this process wait.
    ///
    /// The copy contains encrypted signing keys: keep the secret file apart from it.
    ///
    /// # Errors
    /// [`BackupError`].
    pub async fn back_up(&self, to: &Path) -> Result<(), BackupError> {
        if !self.0.store.is_sqlite() {
            return Err(BackupError::NotSqlite);
        }
        let name = to
            .to_str()
            .ok_or_else(|| BackupError::FileName(to.to_owned()))?;
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(to.to_owned()),
            _ => BackupError::File(to.to_owned(), error),
        };
        create(to).map_err(failed)?;
        let copied = self.0.store.copy_to(name).await;
        let written = copied
            .map_err(BackupError::Store)
            .and_then(|()| sync(to).map_err(failed));
        if written.is_err() {
            // The error of the copy is more important than that of the removal.
            let _ = fs::remove_file(to);
        }
        written
    }
}

/// Creates an empty file for this user alone. `SQLite` writes into it and keeps its mode.
fn create(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Waits until the file is on the disk.
fn sync(file: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(file)?.sync_all()
}
