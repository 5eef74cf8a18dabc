//! A connection pool that replaces sqlx's own pool, which costs more.
//!
//! sqlx's pool pings the database each time a connection is returned, and no option turns
//! that off. On `PostgreSQL` the ping costs as much as the statement for which the
//! connection was acquired; on `SQLite` it wakes another thread (docs/performance.md).
//! This pool uses deadpool. It pings only connections that were idle for longer than
//! [`PING_AFTER`], and closes those that were dropped without
//! [`release`](PooledConnection::release).

use std::{
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

use deadpool::managed::{self, Manager, Metrics, Object, PoolError, QueueMode, RecycleResult};
use sqlx::{ConnectOptions as _, Connection as _, Database};
use tokio::time::{sleep, timeout};

use super::timeout::{ACQUIRE_TIMEOUT, PING_AFTER, PING_TIMEOUT};

/// How often [`Pool::close`] checks whether the last connection was returned.
const CLOSE_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// A pool of connections with the same options.
pub(in crate::store) struct Pool<DB: Database>(managed::Pool<Connector<DB>>);

/// A connection acquired from a [`Pool`].
///
/// [`release`](Self::release) returns it to the pool. Dropping it closes it instead: the
/// caller may have been cancelled in the middle of a statement or a transaction, so the
/// state of the connection is unknown. Closing it also releases its locks.
pub(in crate::store) struct PooledConnection<DB: Database> {
    /// `Some` until `release` or `drop`.
    connection: Option<Object<Connector<DB>>>,
}

type Options<DB> = <<DB as Database>::Connection as sqlx::Connection>::Options;

/// Opens the connections of a pool. It does not implement `Debug`, because it holds a
/// password.
struct Connector<DB: Database>(Options<DB>);

impl<DB: Database> Pool<DB> {
    /// Creates a pool of at most `max_size` connections. Opens the first connection at
    /// once, so that wrong options fail here.
    pub(in crate::store) async fn open(
        options: Options<DB>,
        max_size: usize,
    ) -> Result<Self, sqlx::Error> {
        let pool = managed::Pool::builder(Connector(options))
            .max_size(max_size)
            // Reuses the most recent connection; connections that are not needed stay idle.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let pool = Self(pool);
        pool.acquire().await?.release();
        Ok(pool)
    }

    /// Returns the options with which connections are opened.
    #[cfg(test)]
    pub(in crate::store) fn options(&self) -> &Options<DB> {
        &self.0.manager().0
    }

    /// Waits for a free connection for up to [`ACQUIRE_TIMEOUT`].
    pub(in crate::store) async fn acquire(&self) -> Result<PooledConnection<DB>, sqlx::Error> {
        match timeout(ACQUIRE_TIMEOUT, self.0.get()).await {
            Ok(Ok(connection)) => Ok(PooledConnection {
                connection: Some(connection),
            }),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            Ok(Err(PoolError::Closed)) => Err(sqlx::Error::PoolClosed),
            Ok(Err(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Closes every connection. Waits for those that are in use.
    pub(in crate::store) async fn close(&self) {
        let idle = self.0.retain(|_, _| false).removed;
        // Connections that are returned from now on are closed at once.
        self.0.close();
        for connection in idle {
            // Nothing is lost if closing fails: no statement is running.
            let _ = connection.close().await;
        }
        while self.0.status().size > 0 {
            sleep(CLOSE_POLL_INTERVAL).await;
        }
    }
}

impl<DB: Database> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<DB: Database> fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({:?})", self.0.status())
    }
}

impl<DB: Database> PooledConnection<DB> {
    /// Returns the connection to its pool. Call it after the last statement has ended.
    pub(in crate::store) fn release(mut self) {
        self.connection = None;
    }
}

impl<DB: Database> Drop for PooledConnection<DB> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

async fn ping<DB: Database>(connection: &mut DB::Connection) -> Result<(), sqlx::Error> {
    timeout(PING_TIMEOUT, connection.ping())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

impl<DB: Database> Deref for PooledConnection<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        self.connection.as_ref().expect("present until dropped")
    }
}

impl<DB: Database> DerefMut for PooledConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.connection.as_mut().expect("present until dropped")
    }
}

impl<DB: Database> Manager for Connector<DB> {
    type Type = DB::Connection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Self::Type, Self::Error> {
        // On the heap: the future has some kilobytes, and would be part of the future of
        // every statement.
        Box::pin(self.0.connect()).await
    }

    async fn recycle(
        &self,
        connection: &mut Self::Type,
        metrics: &Metrics,
    ) -> RecycleResult<Self::Error> {
        if metrics.last_used() > PING_AFTER {
            ping::<DB>(connection).await?;
        }
        Ok(())
    }
}
