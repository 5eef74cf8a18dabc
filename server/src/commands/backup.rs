//! `portcullis backup`: copies the database while the server runs.

use std::path::Path;

use portcullis::BackupError;

use crate::{
    failure::Failure,
    settings::{Database, Settings},
    terminal,
};

/// Copies the database (`SQLite`). Creates none: the backup of a new database, in a wrong
/// folder, would look like a success.
pub(super) async fn run(file: &Path, settings: &Settings) -> Result<(), Failure> {
    if let Database::Sqlite(database) = &settings.storage.database
        && !database.is_file()
    {
        return Err(Failure::new(format!(
            "there is no database {}; run the command with the settings and in the folder of the server",
            database.display()
        )));
    }
    let portcullis = super::open::open(settings).await?;
    match portcullis.back_up(file).await {
        Ok(()) => {
            terminal::print(&format!(
                "The database was copied to {}. Keep a copy of the secret file {} in another place: \
                 without it the signing keys in the backup are useless, and with both, any reader can \
                 sign tokens.",
                file.display(),
                settings.storage.secret_file.display()
            ));
            Ok(())
        }
        Err(BackupError::NotSqlite) => Err(Failure::new(
            "`portcullis backup` copies an SQLite database; back up PostgreSQL with pg_dump",
        )),
        Err(error) => Err(Failure::new(error)),
    }
}
