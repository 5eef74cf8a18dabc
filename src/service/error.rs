//! Errors of opening the session service.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{
    accounts::PasswordError,
    cookies::CookieNameError,
    http::TrustedProxiesError,
    keys::{SecretError, SigningKeyError},
    origin::OriginError,
    policy::PolicyError,
    store::{MIN_CONNECTIONS, StoreError},
    wire::PagesError,
};

/// The reason why [`Builder::open`](super::Builder::open) failed. Each message says what
/// the operator has to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The public origin is not valid.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The lifetimes contradict each other.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The path of a protected page or of the sign-in page is not valid.
    #[error(transparent)]
    Pages(#[from] PagesError),
    /// The name of a cookie is not valid.
    #[error(transparent)]
    Cookies(#[from] CookieNameError),
    /// The maximum number of live sessions of an account is zero.
    #[error("an account must be allowed at least one live session")]
    NoSessions,
    /// An invitation would expire when it is created.
    #[error("an invitation must be valid for some time")]
    NoInvitationLifetime,
    /// The address of a trusted proxy is not valid.
    #[error("the trusted proxy {0}")]
    TrustedProxies(#[from] TrustedProxiesError),
    /// A source for the Content-Security-Policy is not valid.
    #[error(
        "`{0}` is not a source of a Content-Security-Policy; write it like https://cdn.example.org"
    )]
    InvalidSource(String),
    /// A path that accepts cross-site requests is not valid.
    #[error(
        "`{0}` cannot accept cross-site requests; name one path exactly, such as /paid, that is neither protected nor a path of this library"
    )]
    InvalidCrossSitePath(String),
    /// No database is set.
    #[error("no database is set; call `.sqlite(path)` or `.postgres(url)` on the builder")]
    NoDatabase,
    /// Two databases are set.
    #[error("two databases are set; call `.sqlite(path)` or `.postgres(url)` once")]
    TwoDatabases,
    /// `PostgreSQL` is set without a secret file.
    #[error(
        "PostgreSQL needs `.secret_file(path)`: all processes that share the database need the same secret"
    )]
    NoSecretFile,
    /// A schema is set for `SQLite`, which has no schemas.
    #[error("`.postgres_schema(…)` needs `.postgres(url)`; SQLite has no schemas")]
    SchemaWithoutPostgres,
    /// The number of connections is set for `SQLite`.
    #[error("`.postgres_connections(…)` needs `.postgres(url)`")]
    ConnectionsWithoutPostgres,
    /// The number of connections to `PostgreSQL` is too small.
    #[error(
        "{0} connections to PostgreSQL are too few; a process needs at least {MIN_CONNECTIONS}"
    )]
    TooFewConnections(u32),
    /// The folder of the `SQLite` database or the secret cannot be created or written to.
    #[error("the folder {0} cannot be written to: {1}; use a writable folder")]
    Folder(PathBuf, #[source] io::Error),
    /// The path is that of a `SQLite` database in memory, which would be lost with its
    /// connection.
    #[error("`{0}` is not the path of a file; set one, in a test in a temporary folder")]
    InMemoryDatabase(PathBuf),
    /// The database and the secret are set to the same file.
    #[error("the database and the secret file are both {0}; use two different files")]
    SameFile(PathBuf),
    /// A source is set, but the application has its own Content-Security-Policy.
    #[error(
        "the source `{0}` has no effect with `.own_content_security_policy()`; add it to your own policy"
    )]
    SourceWithOwnPolicy(String),
    /// The secret file is missing, but its database exists.
    #[error(
        "the secret file {secret} is missing, but the database {database} exists; restore the secret file that belongs to this database, or set another database file if this one belongs to another program"
    )]
    SecretFileMissing {
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
    /// The password hashing could not be started.
    #[error(transparent)]
    Password(#[from] PasswordError),
}
