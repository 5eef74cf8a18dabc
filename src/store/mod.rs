//! The database: all SQL of the project is in this folder, each transaction
//! inside one method.
//!
//! Where two writers would race, a condition in the `UPDATE` decides;
//! nothing reads first and writes later.

mod accounts;
mod audit;
mod confirmations;
mod connection;
mod end;
mod external;
mod keys;
mod list;
mod purge;
mod rotation;
mod sessions;

pub use accounts::AccountRow;
pub(crate) use accounts::{AccountName, NewAccount};
pub(crate) use confirmations::TokenUse;
pub(crate) use connection::timeout::with_timeout;
pub(crate) use end::EndReason;
pub(crate) use external::ExternalProfile;
pub(crate) use list::ListedRow;
pub(crate) use purge::{PURGE_BATCH, Purgeable};
pub(crate) use rotation::ClaimedState;
pub(crate) use sessions::{Holder, NewSession, SessionRow};

use std::path::Path;

use sqlx::{migrate::MigrateError, postgres::PgConnectOptions};
use thiserror::Error;

use connection::{
    backend::{Backend, BackendError},
    either::with_connection,
    schema::{Schema, is_denied},
};

/// The `PostgreSQL` schema of an installation, unless another is named.
pub(crate) const DEFAULT_SCHEMA: &str = "portcullis";

/// The database of an installation.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    backend: Backend,
}

/// Why the database did not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached, or the file neither opened nor made.
    #[error("the database {0} cannot be opened: {1}")]
    Open(String, #[source] sqlx::Error),
    /// The address of a `PostgreSQL` server cannot be read. It is not shown: it
    /// holds a password.
    #[error(
        "the address of the database cannot be read; write it like postgres://user:password@host/name"
    )]
    Address,
    /// The name of a `PostgreSQL` schema is not valid.
    #[error(
        "{0:?} cannot name the schema; write lower-case letters, digits and _, no digit first, no pg_ first, 63 at most"
    )]
    SchemaName(String),
    /// The user may neither use nor create the `PostgreSQL` schema.
    #[error(
        "the user of the database {database} may not create tables in the schema {schema}; have an administrator run: CREATE SCHEMA IF NOT EXISTS {schema}; GRANT USAGE, CREATE ON SCHEMA {schema} TO {user}"
    )]
    SchemaDenied {
        /// The database and its server.
        database: String,
        /// The schema.
        schema: String,
        /// The user that was refused.
        user: String,
    },
    /// The `PostgreSQL` schema does not exist, and the schema `public` holds an
    /// installation from before installations had a schema.
    #[error(
        "the schema {schema} of the database {database} does not exist, and the schema public holds an installation of portcullis; name the schema public to go on with it, or create the schema {schema} to begin another one"
    )]
    OlderInPublic {
        /// The database and its server.
        database: String,
        /// The schema that was named.
        schema: String,
    },
    /// A newer version of this program has been at it.
    #[error(
        "the database {0} belongs to a newer version of portcullis (schema {1}); start that version, or restore an older backup"
    )]
    Newer(String, i64),
    /// The schema could not be brought up to date.
    #[error("the database {0} could not be brought up to date: {1}")]
    Migrate(String, #[source] MigrateError),
    /// Another account has this e-mail address.
    #[error("there is an account with this e-mail address already")]
    EmailTaken,
    /// It did not answer in time.
    #[error("the database did not answer in time")]
    Late,
    /// A query failed.
    #[error("the database failed: {0}")]
    Query(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether it is worth trying again soon: the database is away or busy.
    pub fn is_transient(&self) -> bool {
        let error = match self {
            Self::Query(error) => error,
            other => return matches!(other, Self::Late),
        };
        match error {
            // The last two where it was cut off in the middle of connecting.
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_) => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| is_passing(&code)),
            _ => false,
        }
    }
}

/// Whether a database's error code tells of something that passes.
fn is_passing(code: &str) -> bool {
    // PostgreSQL: five characters. 08 connection, 25006 a standby before it is
    // promoted, 25P03 and 57014 what took too long, 40 serialisation and deadlock,
    // 53 resources, 57P0x shutdown and start.
    if code.len() == 5 {
        return ["08", "25006", "25P03", "40", "53", "57014", "57P0"]
            .iter()
            .any(|class| code.starts_with(class));
    }
    // SQLite: BUSY 5, LOCKED 6, IOERR 10, FULL 13, extended in the higher bytes.
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13))
}

impl Store {
    /// Opens the database file, makes it where there is none, and brings its
    /// schema up to date.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        Self::opened(Backend::open_sqlite(path).await, path.display().to_string())
    }

    /// Opens a database of a `PostgreSQL` server by its URL, and creates or brings up
    /// to date the tables in `schema`, such as [`DEFAULT_SCHEMA`]. All tables, that of
    /// the migrations too, are in this schema, which is created if there is none.
    ///
    /// # Errors
    /// A sentence for the operator, without the password.
    pub(crate) async fn open_postgres(url: &str, schema: &str) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse().map_err(|_| StoreError::Address)?;
        let schema = Schema::parse(schema)?;
        let name = format!(
            "{}@{}",
            options.get_database().unwrap_or("postgres"),
            options.get_host()
        );
        let user = options.get_username().to_owned();
        let backend = Backend::open_postgres(options, schema.clone()).await;
        let schema = schema.as_str().to_owned();
        match backend {
            Err(BackendError::Migrate(error)) if is_denied(&error) => {
                Err(StoreError::SchemaDenied {
                    database: name,
                    schema,
                    user,
                })
            }
            backend => Self::opened(backend, name),
        }
    }

    fn opened(backend: Result<Backend, BackendError>, name: String) -> Result<Self, StoreError> {
        match backend {
            Ok(backend) => Ok(Self { backend }),
            Err(BackendError::Migrate(MigrateError::VersionMissing(version))) => {
                Err(StoreError::Newer(name, version))
            }
            Err(BackendError::Migrate(MigrateError::Execute(error))) => {
                Err(StoreError::Open(name, error))
            }
            Err(BackendError::Migrate(other)) => Err(StoreError::Migrate(name, other)),
            Err(BackendError::OlderInPublic(schema)) => Err(StoreError::OlderInPublic {
                database: name,
                schema: schema.as_str().to_owned(),
            }),
        }
    }

    /// Whether the database answers.
    pub(crate) async fn is_reachable(&self) -> bool {
        self.ask().await.is_ok()
    }

    async fn ask(&self) -> Result<(), StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            sqlx::query("SELECT 1").execute(connection).await?;
            Ok(())
        })
    }

    /// Waits for what is under way, then closes every connection.
    #[cfg_attr(
        not(any(test, feature = "testing")),
        allow(dead_code, reason = "tests alone take the database away")
    )]
    pub(crate) async fn close(&self) {
        self.backend.close().await;
    }
}

#[cfg(test)]
mod tests;
