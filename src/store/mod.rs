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
mod error;
mod events;
mod external;
mod feed;
mod invitations;
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
pub use error::StoreError;
pub(crate) use events::{EventFilter, EventPosition, EventRow, RecentEventRow};
pub(crate) use external::ExternalProfile;
pub(crate) use feed::{FeedPosition, FeedRead};
pub(crate) use invitations::{AcceptedInvitation, InvitationRow, NewInvitation};
pub(crate) use list::{ListedRow, LiveTimes};
pub(crate) use page::{Page, PagePosition};
pub(crate) use password::{PasswordHash, PasswordOutcome};
pub(crate) use purge::{PURGE_BATCH, Purgeable};
pub(crate) use rotation::ClaimedState;
pub(crate) use sessions::{Holder, NewSession, SessionRow};
pub(crate) use statistics::HourlyCount;

use std::{net::IpAddr, path::Path};

use sqlx::{
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgSslMode},
};

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
