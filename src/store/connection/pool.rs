//! Connections that are kept open, and lent to one caller at a time.
//!
//! deadpool keeps them. sqlx's own pool pings the database whenever a connection is
//! given back, which no option turns off and which costs as much as the statement that
//! the connection was lent for (docs/performance.md).

use std::{
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

use deadpool::managed::{self, Manager, Metrics, Object, PoolError, QueueMode, RecycleResult};
use sqlx::{ConnectOptions as _, Connection as _, Database};
use tokio::time::{sleep, timeout};

use super::timeout::{ACQUIRE_TIMEOUT, PING_AFTER, PING_TIMEOUT};

/// How often it is looked whether the last connection has come back.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Some connections of one kind.
pub(in crate::store) struct Pool<DB: Database>(managed::Pool<Opener<DB>>);

/// A connection that is lent. If it is dropped without [`release`](Self::release), its
/// caller may have been cut off in the middle of a statement or a transaction, and how
/// far it came is unknown: it is closed, which frees its locks.
pub(in crate::store) struct PooledConnection<DB: Database> {
    /// There until this is dropped.
    connection: Option<Object<Opener<DB>>>,
}

type Options<DB> = <<DB as Database>::Connection as sqlx::Connection>::Options;

/// Opens connections. Not to be shown: it holds a password.
struct Opener<DB: Database>(Options<DB>);

impl<DB: Database> Pool<DB> {
    /// So many connections at most. The first is opened at once, so that what is
    /// wrong shows itself.
    pub(in crate::store) async fn open(
        options: Options<DB>,
        most: usize,
    ) -> Result<Self, sqlx::Error> {
        let pool = managed::Pool::builder(Opener(options))
            .max_size(most)
            // Those that are not needed stay where they are.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let pool = Self(pool);
        pool.acquire().await?.release();
        Ok(pool)
    }

    /// How its connections are opened.
    #[cfg(test)]
    pub(in crate::store) fn options(&self) -> &Options<DB> {
        &self.0.manager().0
    }

    /// A connection, once there is one.
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

    /// Closes every connection, and waits for those that are lent.
    pub(in crate::store) async fn close(&self) {
        let idle = self.0.retain(|_, _| false).removed;
        // What comes back from now on is closed at once.
        self.0.close();
        for connection in idle {
            // Nothing is left to be lost by a farewell that fails.
            let _ = connection.close().await;
        }
        while self.0.status().size > 0 {
            sleep(POLL_INTERVAL).await;
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
    /// Gives the connection back, after its last statement has ended.
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

async fn answers<DB: Database>(connection: &mut DB::Connection) -> Result<(), sqlx::Error> {
    timeout(PING_TIMEOUT, connection.ping())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

impl<DB: Database> Deref for PooledConnection<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        self.connection.as_ref().expect("taken by drop alone")
    }
}

impl<DB: Database> DerefMut for PooledConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.connection.as_mut().expect("taken by drop alone")
    }
}

impl<DB: Database> Manager for Opener<DB> {
    type Type = DB::Connection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Self::Type, Self::Error> {
        // On the heap: it is some kilobytes, which every statement would carry along.
        Box::pin(self.0.connect()).await
    }

    async fn recycle(
        &self,
        connection: &mut Self::Type,
        metrics: &Metrics,
    ) -> RecycleResult<Self::Error> {
        if metrics.last_used() > PING_AFTER {
            answers::<DB>(connection).await?;
        }
        Ok(())
    }
}
