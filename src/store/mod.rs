//! The database. All SQL of the project is in this folder, and each transaction is inside
//! one method.
//!
//! Where two writers can race, a condition in the `UPDATE` decides, or a row is locked
//! before it is read.

mod account_page;
mod accounts;
mod administrators;
mod attempts;
mod audit;
mod backup;
mod confirmations;
mod connection;
mod delete;
mod end;
mod end_reason;
mod events;
mod external;
mod feed;
mod keys;
mod list;
mod metrics;
mod page;
mod password;
mod purge;
mod register;
mod revoke_all;
mod rotation;
mod sessions;
mod statistics;

pub(crate) use account_page::EmailPosition;
pub use accounts::StoredAccount;
pub(crate) use accounts::{AccountName, NewAccount};
pub(crate) use confirmations::TokenUse;
pub(crate) use connection::counts::{ConnectionCounts, MIN_CONNECTIONS};
pub(crate) use connection::timeout::with_timeout;
pub(crate) use end_reason::EndReason;
pub(crate) use events::{EventFilter, EventPosition, EventRow};
pub(crate) use external::ExternalProfile;
pub(crate) use feed::{FeedPosition, FeedRead};
pub(crate) use list::{ListedRow, LiveTimes};
pub(crate) use page::Page;
pub(crate) use password::{PasswordHash, PasswordOutcome};
pub(crate) use purge::{PURGE_BATCH, Purgeable};
pub(crate) use rotation::ClaimedState;
pub(crate) use sessions::{Holder, NewSession, SessionRow};
pub(crate) use statistics::HourlyCount;

use std::{net::IpAddr, path::Path, time::Duration};

use sqlx::{
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgSslMode},
};
use thiserror::Error;

use crate::detached::Detached;
use connection::{
    backend::{Backend, BackendError},
    either::with_connection,
    schema::{Schema, is_denied},
};

/// The default `PostgreSQL` schema of an installation.
pub(crate) const DEFAULT_SCHEMA: &str = "portcullis";

/// The database of an installation.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    backend: Backend,
    detached: Detached,
}

/// An error of the database.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The server cannot be reached, or the file could not be opened or created.
    #[error(
        "the database {0} cannot be opened: {1}; check its path or URL, and that it is reachable"
    )]
    Open(String, #[source] sqlx::Error),
    /// The URL of the `PostgreSQL` database is not valid. The message does not show it,
    /// because it may hold a password.
    #[error("the database URL is not valid; write it like postgres://user:password@host/name")]
    Address,
    /// The `PostgreSQL` server is on another machine, and the connection need not be
    /// encrypted.
    #[error(
        "the database server {0} is on another machine, and an attacker on the network could read and change what is sent; add ?sslmode=verify-full to the database URL, or ?sslmode=disable if the network itself is protected"
    )]
    UnencryptedServer(String),
    /// The name of a `PostgreSQL` schema is not valid.
    #[error(
        "{0:?} is not a valid name for the schema; use at most 63 lower-case letters, digits and _, and begin with neither a digit nor pg_"
    )]
    SchemaName(String),
    /// The database user may neither use nor create the `PostgreSQL` schema.
    #[error(
        "the database user {user} may not create tables in the schema {schema} of the database {database}; have an administrator run: CREATE SCHEMA IF NOT EXISTS {schema}; GRANT USAGE, CREATE ON SCHEMA {schema} TO {user}"
    )]
    SchemaDenied {
        /// The database and its server.
        database: String,
        /// The schema.
        schema: String,
        /// The user that lacks the privilege.
        user: String,
    },
    /// The `PostgreSQL` schema does not exist, but the schema `public` holds an
    /// installation of an older version, which created its tables there.
    #[error(
        "the schema {schema} of the database {database} does not exist, but the schema public holds an installation of Portcullis; to use that installation, set the schema to public; to begin a new one, create the schema {schema}"
    )]
    OlderInPublic {
        /// The database and its server.
        database: String,
        /// The configured schema.
        schema: String,
    },
    /// A connection pooler in front of `PostgreSQL` gives a client another connection for each
    /// transaction.
    #[error(
        "the database {0} is behind a connection pooler that gives a client another connection for each transaction; connect to the server itself, or let the pooler keep the connection of a client, as PgBouncer does with pool_mode=session"
    )]
    TransactionPooling(String),
    /// The tables are newer than this program.
    #[error(
        "the database {0} belongs to a newer version of Portcullis (migration {1}); start that version, or restore an older backup"
    )]
    Newer(String, i64),
    /// The tables were created by a development version, before a release.
    #[error(
        "the database {0} was created by a development version of Portcullis: its migration {1} differs from the one in this program; use a new database, or start the version that created it"
    )]
    Unreleased(String, i64),
    /// A migration failed.
    #[error("the tables of the database {0} could not be migrated: {1}")]
    Migrate(String, #[source] MigrateError),
    /// Another account has this e-mail address.
    #[error("there is an account with this e-mail address already")]
    EmailTaken,
    /// An administrator may neither deactivate the own account nor remove its rights.
    #[error("an administrator cannot do this to the own account")]
    OwnAccount,
    /// Only an active administrator may deactivate another one or remove its rights.
    #[error("only an active administrator can do this to an administrator")]
    NotAdministrator,
    /// A limit on attempts rejects this one. After this time it would be admitted.
    #[error("there were too many attempts")]
    TooManyAttempts(Duration),
    /// The database did not respond in time.
    #[error("the database did not respond in time")]
    Timeout,
    /// A query failed.
    #[error("a database query failed: {0}")]
    Query(#[from] sqlx::Error),
}

impl StoreError {
    /// Returns whether the error is transient: the database is unreachable or busy, and a
    /// retry may succeed soon.
    pub fn is_transient(&self) -> bool {
        let error = match self {
            Self::Query(error) => error,
            other => return matches!(other, Self::Timeout),
        };
        match error {
            // `Protocol` and `Tls` mean that connecting was interrupted.
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_) => true,
            sqlx::Error::Database(error) => {
                error.code().is_some_and(|code| is_transient_code(&code))
            }
            _ => false,
        }
    }
}

/// Returns whether an error code of either database means a transient error.
fn is_transient_code(code: &str) -> bool {
    // PostgreSQL, five characters: 08 connection, 25006 a standby before its promotion,
    // 25P03 and 57014 timeouts of the server, 40 serialisation failure and deadlock,
    // 53 resources, 57P0x shutdown and start.
    if code.len() == 5 {
        return ["08", "25006", "25P03", "40", "53", "57014", "57P0"]
            .iter()
            .any(|class| code.starts_with(class));
    }
    // SQLite: BUSY 5, LOCKED 6, IOERR 10, FULL 13. Higher bytes hold the extended code.
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13))
}

impl Store {
    /// Opens the database file, creates it if there is none, and migrates its schema.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Newer`] or [`StoreError::Migrate`].
    pub(crate) async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        Self::from_backend(Backend::open_sqlite(path).await, path.display().to_string())
    }

    /// Opens a database of a `PostgreSQL` server by its URL, and creates or migrates the
    /// tables in `schema`, for example [`DEFAULT_SCHEMA`]. All tables, including that of
    /// the migrations, are in this schema, which is created if there is none.
    ///
    /// # Errors
    /// [`StoreError::Address`], [`StoreError::UnencryptedServer`] and
    /// [`StoreError::SchemaName`] for arguments that are not valid; [`StoreError::Open`], [`StoreError::SchemaDenied`],
    /// [`StoreError::OlderInPublic`], [`StoreError::TransactionPooling`], [`StoreError::Newer`] or [`StoreError::Migrate`] if
    /// the database cannot be opened. No message contains the password.
    pub(crate) async fn open_postgres(
        url: &str,
        schema: &str,
        counts: ConnectionCounts,
    ) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse().map_err(|_| StoreError::Address)?;
        let schema = Schema::parse(schema)?;
        require_chosen_encryption(&options)?;
        let name = format!(
            "{}@{}",
            options.get_database().unwrap_or("postgres"),
            options.get_host()
        );
        let user = options.get_username().to_owned();
        let backend = Backend::open_postgres(options, schema.clone(), counts).await;
        let schema = schema.as_str().to_owned();
        match backend {
            Err(BackendError::Migrate(error)) if is_denied(&error) => {
                Err(StoreError::SchemaDenied {
                    database: name,
                    schema,
                    user,
                })
            }
            backend => Self::from_backend(backend, name),
        }
    }

    /// Converts the outcome of opening a backend. `name` names the database in messages.
    fn from_backend(
        backend: Result<Backend, BackendError>,
        name: String,
    ) -> Result<Self, StoreError> {
        match backend {
            Ok(backend) => Ok(Self {
                backend,
                detached: Detached::default(),
            }),
            Err(BackendError::Migrate(MigrateError::VersionMissing(version))) => {
                Err(StoreError::Newer(name, version))
            }
            Err(BackendError::Migrate(MigrateError::VersionMismatch(version))) => {
                Err(StoreError::Unreleased(name, version))
            }
            Err(BackendError::Migrate(MigrateError::Execute(error))) => {
                Err(StoreError::Open(name, error))
            }
            Err(BackendError::Migrate(other)) => Err(StoreError::Migrate(name, other)),
            Err(BackendError::TransactionPooling) => Err(StoreError::TransactionPooling(name)),
            Err(BackendError::OlderInPublic(schema)) => Err(StoreError::OlderInPublic {
                database: name,
                schema: schema.as_str().to_owned(),
            }),
        }
    }

    /// Returns the work that does not depend on its callers.
    pub(crate) fn detached(&self) -> &Detached {
        &self.detached
    }

    /// Returns whether the database responds to a query.
    pub(crate) async fn is_reachable(&self) -> bool {
        self.ping().await.is_ok()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            sqlx::query("SELECT 1").execute(connection).await?;
            Ok(())
        })
    }

    /// Waits for the connections in use, then closes every connection.
    #[cfg_attr(
        not(any(test, feature = "testing")),
        allow(dead_code, reason = "only tests close the database")
    )]
    pub(crate) async fn close(&self) {
        self.backend.close().await;
    }
}

/// Checks that the operator has chosen whether a connection to another machine is encrypted.
/// `prefer`, the default, uses plain text if the other side asks for it, and so does `allow`.
fn require_chosen_encryption(options: &PgConnectOptions) -> Result<(), StoreError> {
    let host = options.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let is_chosen = !matches!(options.get_ssl_mode(), PgSslMode::Prefer | PgSslMode::Allow);
    if is_here || is_chosen {
        Ok(())
    } else {
        Err(StoreError::UnencryptedServer(host.to_owned()))
    }
}

#[cfg(test)]
mod tests;
