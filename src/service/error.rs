//! Why the session service cannot be opened.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{
    accounts::PasswordError,
    cookies::CookieNameError,
    keys::{SecretError, SigningKeyError},
    origin::OriginError,
    policy::PolicyError,
    store::StoreError,
    wire::PagesError,
};

/// Why [`Builder::open`](super::Builder::open) failed. Each is a sentence that
/// tells the operator what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The public origin cannot be used.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The lifetimes contradict each other.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The paths of the pages cannot be used.
    #[error(transparent)]
    Pages(#[from] PagesError),
    /// The names of the cookies cannot be used.
    #[error(transparent)]
    Cookies(#[from] CookieNameError),
    /// A source for `connect-src` cannot be used.
    #[error(
        "`{0}` is not a source that pages can connect to; write it like wss://live.example.org"
    )]
    Source(String),
    /// No database is named.
    #[error("no database is named; call `.sqlite(path)` or `.postgres(url)` on the builder")]
    NoDatabase,
    /// Two databases are named.
    #[error("two databases are named; call `.sqlite(path)` or `.postgres(url)` once")]
    TwoDatabases,
    /// `PostgreSQL` without a secret file.
    #[error(
        "PostgreSQL needs `.secret_file(path)`: all processes that share the database need the same secret"
    )]
    NoSecretFile,
    /// A schema, with a database that has none.
    #[error("`.postgres_schema(…)` goes with `.postgres(url)`; SQLite has no schemas")]
    SchemaWithoutPostgres,
    /// The folder of the `SQLite` database cannot be made or written to.
    #[error("the folder {0} cannot be written to: {1}; name one that can")]
    Folder(PathBuf, #[source] io::Error),
    /// A database in memory: it would be lost with its connection.
    #[error("`{0}` is no file; name one, or in a test one in a temporary folder")]
    NoFile(PathBuf),
    /// One file for the database and the secret.
    #[error("the database and the secret file are both {0}; give them two files")]
    OneFile(PathBuf),
    /// The Content-Security-Policy is the application's own.
    #[error(
        "`.connect_to(…)` has no effect with `.own_content_security_policy()`; name the source in your own policy"
    )]
    OwnPolicy,
    /// The secret file is missing, and its database is there.
    #[error(
        "the secret file {secret} is missing, and the database {database} is there; restore the secret file that belongs to it, or name a new file if the database is another program's"
    )]
    SecretLost {
        /// The secret file.
        secret: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// The secret file cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys cannot be used.
    #[error(transparent)]
    SigningKeys(#[from] SigningKeyError),
    /// This machine cannot hash passwords.
    #[error(transparent)]
    Password(#[from] PasswordError),
}
