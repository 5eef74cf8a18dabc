//! Opening the database of an installation and the secret that belongs to it.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use super::OpenError;
use crate::{
    file_access::OthersAccess,
    keys::MasterSecret,
    store::{ConnectionCounts, DEFAULT_SCHEMA, Store},
};

/// The settings of the database, not yet validated.
#[derive(Clone, Default)]
pub(super) struct DatabaseSettings {
    pub(super) sqlite: Option<PathBuf>,
    /// The URL, which may contain a password.
    pub(super) postgres: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) secret_file: Option<PathBuf>,
    /// How many connections to `PostgreSQL` are opened.
    pub(super) connections: Option<u32>,
    /// Whether `sqlite` or `postgres` was set more than once.
    pub(super) is_set_twice: bool,
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("sqlite", &self.sqlite)
            .field("postgres", &self.postgres.as_ref().map(|_| "…"))
            .field("schema", &self.schema)
            .field("secret_file", &self.secret_file)
            .finish_non_exhaustive()
    }
}

impl DatabaseSettings {
    /// Opens the secret and the database. With `SQLite`, creates those that do not exist.
    pub(super) async fn open(self) -> Result<(MasterSecret, Store), OpenError> {
        match (self.sqlite, self.postgres) {
            _ if self.is_set_twice => Err(OpenError::TwoDatabases),
            (Some(_), Some(_)) => Err(OpenError::TwoDatabases),
            (None, None) => Err(OpenError::NoDatabase),
            (Some(_), None) if self.schema.is_some() => Err(OpenError::SchemaWithoutPostgres),
            (Some(_), None) if self.connections.is_some() => {
                Err(OpenError::ConnectionsWithoutPostgres)
            }
            (Some(file), None) => {
                let secret = self
                    .secret_file
                    .unwrap_or_else(|| file.with_extension("secret"));
                open_sqlite(&file, &secret).await
            }
            (None, Some(url)) => {
                let counts = connection_counts(self.connections)?;
                let secret = self.secret_file.ok_or(OpenError::NoSecretFile)?;
                let secret = MasterSecret::load(&secret)?;
                let schema = self.schema.as_deref().unwrap_or(DEFAULT_SCHEMA);
                Ok((secret, Store::open_postgres(&url, schema, counts).await?))
            }
        }
    }
}

/// # Errors
/// [`OpenError::TooFewConnections`].
fn connection_counts(total: Option<u32>) -> Result<ConnectionCounts, OpenError> {
    match total {
        None => Ok(ConnectionCounts::default()),
        Some(total) => ConnectionCounts::of_total(total).ok_or(OpenError::TooFewConnections(total)),
    }
}

async fn open_sqlite(file: &Path, secret: &Path) -> Result<(MasterSecret, Store), OpenError> {
    if file == Path::new(":memory:") || file == Path::new("") {
        return Err(OpenError::InMemoryDatabase(file.to_owned()));
    }
    if file == secret {
        return Err(OpenError::SameFile(file.to_owned()));
    }
    for path in [file, secret] {
        if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
            create_folder(folder)?;
        }
    }
    // The secret file of an existing database was lost: a new secret could not decrypt
    // the signing keys in it.
    if file.exists() && !secret.exists() {
        return Err(OpenError::SecretFileMissing {
            secret: secret.to_owned(),
            database: file.to_owned(),
        });
    }
    let secret = MasterSecret::load_or_create(secret)?;
    let store = Store::open_sqlite(file).await?;
    for problem in access_problems(file) {
        tracing::warn!(target: "portcullis::store", "{problem}");
    }
    Ok((secret, store))
}

/// Returns what other users of this machine may do with the database, with what to run against
/// it. A database of this program is private; one that was copied or restored may not be. It is
/// no error, because its operator may want a user for backups, and some container platforms
/// mount folders that every user may write to.
fn access_problems(file: &Path) -> Vec<String> {
    let access = |path: &Path| OthersAccess::of(path).unwrap_or_default();
    let mut problems = Vec::new();
    let shown = file.display();
    if access(file).can_write {
        problems.push(format!(
            "other users can change the database {shown}; run: chmod go-rwx {shown}*"
        ));
    } else if access(file).can_read {
        problems.push(format!(
            "other users can read the database {shown}; run: chmod go-rwx {shown}*"
        ));
    }
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if access(folder).can_write {
        let shown = folder.display();
        problems.push(format!(
            "other users can replace the files in the folder {shown}; run: chmod go-w {shown}"
        ));
    }
    problems
}

/// Creates a folder for this user alone, and checks that it is writable: the database
/// would only report `unable to open database file`.
fn create_folder(folder: &Path) -> Result<(), OpenError> {
    let failed = |error| OpenError::Folder(folder.to_owned(), error);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;
    tempfile::tempfile_in(folder).map(drop).map_err(failed)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn access_of_other_users_is_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.db");
        fs::write(&file, "").expect("written");
        let problems = |folder_mode, mode| {
            let set = |path: &Path, mode| {
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
            };
            set(folder.path(), folder_mode);
            set(&file, mode);
            access_problems(&file).join("\n")
        };
        let (shown, name) = (folder.path().display(), file.display());
        assert_eq!(problems(0o700, 0o600), "");
        assert_eq!(problems(0o755, 0o600), "", "the files are private");
        assert_eq!(
            problems(0o700, 0o640),
            format!("other users can read the database {name}; run: chmod go-rwx {name}*")
        );
        assert_eq!(
            problems(0o770, 0o660),
            format!(
                "other users can change the database {name}; run: chmod go-rwx {name}*\n\
                 other users can replace the files in the folder {shown}; run: chmod go-w {shown}"
            )
        );
    }
}
