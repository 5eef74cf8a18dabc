//! The errors of the database.

use std::time::Duration;

use sqlx::migrate::MigrateError;
use thiserror::Error;

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
    /// An invitation was used or withdrawn, has expired, never existed, or is for another
    /// address.
    #[error("the invitation is not valid")]
    InvalidInvitation,
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
