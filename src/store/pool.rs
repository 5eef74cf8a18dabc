//! Connections that are kept open, and lent to one at a time.
//!
//! deadpool keeps them. sqlx's own pool asks the database whether a connection
//! lives each time one is given back, which costs as much as the statement it was
//! lent for (docs/performance.md).

use std::{
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

use deadpool::managed::{self, Manager, Metrics, Object, PoolError, QueueMode, RecycleResult};
use sqlx::{ConnectOptions as _, Connection as _, Database};
use tokio::time::{sleep, timeout};

/// How long anybody waits for a connection at a time. A refresh that waits for
/// several is bounded by `patience.rs`, and a browser waits for ten seconds.
const WAIT: Duration = Duration::from_secs(2);
/// How long a connection may take to answer whether it is there still. Where a
/// network lost it without a word, nothing else would end it, and it would keep its
/// place. Half of the time for a new one, so that one can be made instead.
const ANSWER: Duration = Duration::from_secs(1);
/// A connection that was lent longer ago is asked whether it still lives before it
/// is used.
const IDLE: Duration = Duration::from_secs(1);

/// How often it is looked whether the last connection has come back.
const MOMENT: Duration = Duration::from_millis(5);

/// Some connections of one kind.
pub(super) struct Pool<DB: Database>(managed::Pool<Opener<DB>>);

/// A connection that is lent. If it is not given back, somebody may have been cut
/// off in the middle of a statement or a transaction, and nobody knows how far it
/// came: it is closed. What it held is free then, and it is lent to nobody else.
pub(super) struct Lent<DB: Database> {
    /// There until this is dropped.
    connection: Option<Object<Opener<DB>>>,
}

type Options<DB> = <<DB as Database>::Connection as sqlx::Connection>::Options;

/// Opens connections. Not to be shown: it holds a password.
struct Opener<DB: Database>(Options<DB>);

impl<DB: Database> Pool<DB> {
    /// So many connections at most. The first is opened at once, so that what is
    /// wrong shows itself.
    pub(super) async fn open(options: Options<DB>, most: usize) -> Result<Self, sqlx::Error> {
        let pool = managed::Pool::builder(Opener(options))
            .max_size(most)
            // Those that are not needed stay where they are.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let pool = Self(pool);
        pool.lend().await?.give_back();
        Ok(pool)
    }

    /// How its connections are opened.
    #[cfg(test)]
    pub(super) fn options(&self) -> &Options<DB> {
        &self.0.manager().0
    }

    /// A connection, once there is one.
    pub(super) async fn lend(&self) -> Result<Lent<DB>, sqlx::Error> {
        match timeout(WAIT, self.0.get()).await {
            Ok(Ok(connection)) => Ok(Lent {
                connection: Some(connection),
            }),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            Ok(Err(PoolError::Closed)) => Err(sqlx::Error::PoolClosed),
            Ok(Err(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Closes every connection, and waits for those that are lent.
    pub(super) async fn close(&self) {
        let idle = self.0.retain(|_, _| false).removed;
        // What comes back from now on is closed at once.
        self.0.close();
        for connection in idle {
            // Nothing is left to be lost by a farewell that fails.
            let _ = connection.close().await;
        }
        while self.0.status().size > 0 {
            sleep(MOMENT).await;
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

impl<DB: Database> Lent<DB> {
    /// After the last statement, which has ended well.
    pub(super) fn give_back(mut self) {
        self.connection = None;
    }
}

impl<DB: Database> Drop for Lent<DB> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

async fn answers<DB: Database>(connection: &mut DB::Connection) -> Result<(), sqlx::Error> {
    timeout(ANSWER, connection.ping())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

impl<DB: Database> Deref for Lent<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        self.connection.as_ref().expect("taken by drop alone")
    }
}

impl<DB: Database> DerefMut for Lent<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.connection.as_mut().expect("taken by drop alone")
    }
}

impl<DB: Database> Manager for Opener<DB> {
    type Type = DB::Connection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Self::Type, Self::Error> {
        self.0.connect().await
    }

    async fn recycle(
        &self,
        connection: &mut Self::Type,
        metrics: &Metrics,
    ) -> RecycleResult<Self::Error> {
        if metrics.last_used() > IDLE {
            answers::<DB>(connection).await?;
        }
        Ok(())
    }
}
