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
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use deadpool::managed::{self, Manager, Metrics, Object, PoolError, QueueMode, RecycleResult};
use sqlx::Connection as _;
use tokio::time::{sleep, timeout};

use super::{
    source::PooledDatabase,
    timeout::{ACQUIRE_TIMEOUT, PING_AFTER, PING_TIMEOUT},
};
use crate::{metrics::Histogram, request_context, request_observer::Waited};

/// How often [`Pool::close`] checks whether the last connection was returned.
const CLOSE_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// A pool of connections with the same options.
pub(in crate::store) struct Pool<DB: PooledDatabase> {
    connections: managed::Pool<Connector<DB>>,
    usage: Arc<Usage>,
}

/// A connection acquired from a [`Pool`].
///
/// [`release`](Self::release) returns it to the pool. Dropping it closes it instead: the
/// caller may have been cancelled in the middle of a statement or a transaction, so the
/// state of the connection is unknown. Closing it also releases its locks.
pub(in crate::store) struct PooledConnection<DB: PooledDatabase> {
    /// `Some` until `release` or `drop`.
    connection: Option<Object<Connector<DB>>>,
    usage: Arc<Usage>,
    acquired_at: Instant,
}

/// How a pool was used since the start.
#[derive(Debug, Default)]
pub(in crate::store) struct Usage {
    /// How long callers held a connection.
    pub(in crate::store) held: Histogram,
    /// How many callers got no connection.
    pub(in crate::store) unavailable: AtomicU64,
    /// How many connections were closed, because a statement failed or its caller was dropped.
    pub(in crate::store) closed: AtomicU64,
}

/// How a pool is used.
#[derive(Debug)]
pub(in crate::store) struct PoolMetrics<'p> {
    pub(in crate::store) idle: usize,
    pub(in crate::store) in_use: usize,
    /// How many callers wait for a connection.
    pub(in crate::store) waiting: usize,
    pub(in crate::store) usage: &'p Usage,
}

/// Opens the connections of a pool. It does not implement `Debug`, because it holds a
/// password.
struct Connector<DB: PooledDatabase>(DB::Source);

impl<DB: PooledDatabase> Pool<DB> {
    /// Creates a pool of at most `max_size` connections. Opens the first connection at
    /// once, so that a wrong source fails here.
    pub(in crate::store) async fn open(
        source: DB::Source,
        max_size: usize,
    ) -> Result<Self, sqlx::Error> {
        let pool = managed::Pool::builder(Connector(source))
            .max_size(max_size)
            // Reuses the most recent connection; connections that are not needed stay idle.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let pool = Self {
            connections: pool,
            usage: Arc::default(),
        };
        pool.acquire().await?.release();
        Ok(pool)
    }

    /// Returns how connections are opened.
    #[cfg(test)]
    pub(in crate::store) fn source(&self) -> &DB::Source {
        &self.connections.manager().0
    }

    /// Waits for a free connection for up to [`ACQUIRE_TIMEOUT`].
    pub(in crate::store) async fn acquire(&self) -> Result<PooledConnection<DB>, sqlx::Error> {
        let error = match timeout(ACQUIRE_TIMEOUT, self.connections.get()).await {
            Ok(Ok(connection)) => {
                return Ok(PooledConnection {
                    connection: Some(connection),
                    usage: Arc::clone(&self.usage),
                    acquired_at: Instant::now(),
                });
            }
            Ok(Err(PoolError::Backend(error))) => error,
            Ok(Err(PoolError::Closed)) => sqlx::Error::PoolClosed,
            Ok(Err(_)) | Err(_) => sqlx::Error::PoolTimedOut,
        };
        self.usage.unavailable.fetch_add(1, Relaxed);
        Err(error)
    }

    /// Returns how the pool is used.
    pub(in crate::store) fn metrics(&self) -> PoolMetrics<'_> {
        let status = self.connections.status();
        PoolMetrics {
            idle: status.available,
            in_use: status.size.saturating_sub(status.available),
            waiting: status.waiting,
            usage: &self.usage,
        }
    }

    /// Closes every connection. Waits for those that are in use.
    pub(in crate::store) async fn close(&self) {
        let idle = self.connections.retain(|_, _| false).removed;
        // Connections that are returned from now on are closed at once.
        self.connections.close();
        for connection in idle {
            // Nothing is lost if closing fails: no statement is running.
            let _ = connection.close().await;
        }
        while self.connections.status().size > 0 {
            sleep(CLOSE_POLL_INTERVAL).await;
        }
    }
}

impl<DB: PooledDatabase> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self {
            connections: self.connections.clone(),
            usage: Arc::clone(&self.usage),
        }
    }
}

impl<DB: PooledDatabase> fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({:?})", self.connections.status())
    }
}

impl<DB: PooledDatabase> PooledConnection<DB> {
    /// Returns the connection to its pool. Call it after the last statement has ended.
    pub(in crate::store) fn release(mut self) {
        self.connection = None;
        let held = self.acquired_at.elapsed();
        self.usage.held.observe(held);
        request_context::observe(Waited::Database, held);
    }
}

impl<DB: PooledDatabase> Drop for PooledConnection<DB> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
            self.usage.closed.fetch_add(1, Relaxed);
            request_context::observe(Waited::Database, self.acquired_at.elapsed());
        }
    }
}

async fn ping<DB: PooledDatabase>(connection: &mut DB::Connection) -> Result<(), sqlx::Error> {
    timeout(PING_TIMEOUT, connection.ping())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

#[allow(
    clippy::expect_used,
    reason = "only `release` and `drop` take it, and nothing can be called after them"
)]
impl<DB: PooledDatabase> Deref for PooledConnection<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        self.connection.as_ref().expect("present until dropped")
    }
}

#[allow(clippy::expect_used, reason = "as in `Deref`")]
impl<DB: PooledDatabase> DerefMut for PooledConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.connection.as_mut().expect("present until dropped")
    }
}

impl<DB: PooledDatabase> Manager for Connector<DB> {
    type Type = DB::Connection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Self::Type, Self::Error> {
        // On the heap: the future has some kilobytes, and would be part of the future of
        // every statement.
        Box::pin(DB::open(&self.0)).await
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
