//! A connection to either database, and macros that run the same code on both.
//!
//! In sqlx the type of a statement depends on its database. Therefore these macros expand
//! the code that runs statements once for each database: [`with_connection!`] around all
//! statements of a method, [`for_either!`] around a statement that several methods share.
//! Where the databases need different SQL,
//! [`Backend::pick`](super::backend::Backend::pick) chooses it.

use sqlx::{Executor as _, PgConnection, Postgres, Sqlite, SqliteConnection};

use super::pool::PooledConnection;
use crate::store::StoreError;

/// Evaluates an expression for a [`ConnectionMut`] of either database.
macro_rules! for_either {
    ($either:expr, |$connection:ident| $body:expr) => {
        match $either {
            $crate::store::connection::either::ConnectionMut::Sqlite($connection) => $body,
            $crate::store::connection::either::ConnectionMut::Postgres($connection) => $body,
        }
    };
}

/// Runs an async block that returns `Result<_, StoreError>` on a connection that a
/// method of [`Backend`](super::backend::Backend) acquires, and returns its outcome. The
/// enclosing function returns early if no connection can be acquired. With a second argument,
/// the block records events in that [`Trail`](crate::store::audit::Trail), which are logged
/// after the commit.
macro_rules! with_connection {
    ($acquire:expr, async |$connection:ident| $body:block) => {{
        let mut acquired = $acquire.await?;
        let outcome = $crate::store::connection::either::for_either!(
            acquired.as_mut(),
            |$connection| async $body.await
        );
        acquired.finish(outcome).await
    }};
    ($acquire:expr, async |$connection:ident, $trail:ident| $body:block) => {{
        let mut acquired = $acquire.await?;
        let mut recorded = $crate::store::audit::Trail::default();
        let outcome = $crate::store::connection::either::for_either!(
            acquired.as_mut(),
            |$connection| {
                let $trail = &mut recorded;
                async $body.await
            }
        );
        let outcome = acquired.finish(outcome).await;
        if outcome.is_ok() {
            recorded.log();
        }
        outcome
    }};
}

pub(in crate::store) use {for_either, with_connection};

/// A connection acquired from a pool of either database, and possibly in a transaction.
///
/// Dropping it without [`finish`](Self::finish) closes it, which rolls back: the caller
/// was cancelled, and it is unknown which statements have run.
pub(in crate::store) struct EitherConnection {
    connection: Pooled,
    is_transaction: bool,
}

enum Pooled {
    Sqlite(PooledConnection<Sqlite>),
    Postgres(PooledConnection<Postgres>),
}

/// A borrowed connection to either database.
pub(in crate::store) enum ConnectionMut<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl ConnectionMut<'_> {
    /// Returns the SQL for this database, where the two need different SQL.
    pub(in crate::store) const fn pick(
        &self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }
}

impl<'c> From<&'c mut SqliteConnection> for ConnectionMut<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

impl<'c> From<&'c mut PgConnection> for ConnectionMut<'c> {
    fn from(connection: &'c mut PgConnection) -> Self {
        Self::Postgres(connection)
    }
}

impl From<PooledConnection<Sqlite>> for EitherConnection {
    fn from(connection: PooledConnection<Sqlite>) -> Self {
        Self {
            connection: Pooled::Sqlite(connection),
            is_transaction: false,
        }
    }
}

impl From<PooledConnection<Postgres>> for EitherConnection {
    fn from(connection: PooledConnection<Postgres>) -> Self {
        Self {
            connection: Pooled::Postgres(connection),
            is_transaction: false,
        }
    }
}

impl EitherConnection {
    /// Begins a transaction with the given statement.
    pub(in crate::store) async fn begin(
        mut self,
        statement: &'static str,
    ) -> Result<Self, sqlx::Error> {
        self.run(statement).await?;
        self.is_transaction = true;
        Ok(self)
    }

    /// Borrows the connection.
    pub(in crate::store) fn as_mut(&mut self) -> ConnectionMut<'_> {
        match &mut self.connection {
            Pooled::Sqlite(connection) => ConnectionMut::Sqlite(connection),
            Pooled::Postgres(connection) => ConnectionMut::Postgres(connection),
        }
    }

    /// Ends the transaction, if there is one, and returns the connection to its pool.
    /// Commits after `Ok`, and rolls back after an error. After a failed statement it
    /// closes the connection instead.
    pub(in crate::store) async fn finish<T>(
        mut self,
        outcome: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if matches!(outcome, Err(StoreError::Query(_))) {
            return outcome;
        }
        if self.is_transaction {
            let end = if outcome.is_ok() {
                "COMMIT"
            } else {
                "ROLLBACK"
            };
            self.run(end).await?;
        }
        match self.connection {
            Pooled::Sqlite(connection) => connection.release(),
            Pooled::Postgres(connection) => connection.release(),
        }
        outcome
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        for_either!(self.as_mut(), |connection| connection
            .execute(statement)
            .await
            .map(drop))
    }
}
