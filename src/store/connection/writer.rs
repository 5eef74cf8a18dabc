//! The one connection that writes (`SQLite`), and what its commits survive.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sqlx::Sqlite;

use super::{
    backend::Durability,
    pool::{Pool, PooledConnection},
};

/// The connection that writes. Its commits survive a power failure or not, as it
/// is set; what it is set to is remembered, so that a rotation, of which there are
/// many, is a single statement.
#[derive(Clone, Debug)]
pub(in crate::store) struct Writer {
    pool: Pool<Sqlite>,
    /// Whether it may be set to the stronger durability. Raised before it is set
    /// so, lowered after it is not: whoever is dropped half-way leaves commits
    /// stronger than need be, never weaker.
    may_be_full: Arc<AtomicBool>,
}

impl Writer {
    pub(in crate::store) fn new(pool: Pool<Sqlite>) -> Self {
        Self {
            pool,
            may_be_full: Arc::default(),
        }
    }

    /// Waits for what is under way, then closes it.
    pub(in crate::store) async fn close(&self) {
        self.pool.close().await;
    }

    /// The connection, once nobody else has it.
    pub(in crate::store) async fn acquire(&self) -> Result<PooledConnection<Sqlite>, sqlx::Error> {
        self.pool.acquire().await
    }

    /// The connection, set for a single statement that commits by itself.
    pub(in crate::store) async fn set_to(
        &self,
        durability: Durability,
    ) -> Result<PooledConnection<Sqlite>, sqlx::Error> {
        let mut lent = self.acquire().await?;
        match durability {
            Durability::Full => {
                self.may_be_full.store(true, Ordering::Relaxed);
                sqlx::query("PRAGMA synchronous = FULL")
                    .execute(&mut *lent)
                    .await?;
            }
            Durability::Relaxed if self.may_be_full.load(Ordering::Relaxed) => {
                sqlx::query("PRAGMA synchronous = NORMAL")
                    .execute(&mut *lent)
                    .await?;
                self.may_be_full.store(false, Ordering::Relaxed);
            }
            Durability::Relaxed => {}
        }
        Ok(lent)
    }

    /// How whoever has the connection begins a transaction. It takes the write
    /// lock at once (a deferred one that reads first fails where another process
    /// wrote in between), with the durability set each time.
    pub(in crate::store) fn begin(&self, durability: Durability) -> &'static str {
        match durability {
            Durability::Full => {
                self.may_be_full.store(true, Ordering::Relaxed);
                "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
            }
            Durability::Relaxed => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Connection;

    use super::*;
    use crate::store::connection::backend::{
        Backend,
        Durability::{Full, Relaxed},
    };

    async fn level(connection: &mut sqlx::SqliteConnection) -> Durability {
        let level: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(connection)
            .await
            .expect("a level");
        match level {
            1 => Relaxed,
            2 => Full,
            other => panic!("level {other}"),
        }
    }

    #[tokio::test]
    async fn a_commit_is_as_durable_as_it_says_whatever_went_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let backend = Backend::open_sqlite(&folder.path().join("db")).await;
        let Ok(Backend::Sqlite { writer, .. }) = backend else {
            panic!("not opened: {backend:?}");
        };
        for (transaction, statement, is_dropped) in [
            (Relaxed, Relaxed, false),
            (Full, Relaxed, false),
            (Full, Full, false),
            (Relaxed, Full, false),
            (Relaxed, Relaxed, true),
            (Full, Relaxed, true),
        ] {
            let mut lent = writer.acquire().await.expect("free");
            let begin = writer.begin(transaction);
            let mut tx = lent.begin_with(begin).await.expect("begun");
            assert_eq!(level(&mut tx).await, transaction, "{statement:?} followed");
            if is_dropped {
                drop(tx);
            } else {
                tx.commit().await.expect("committed");
            }
            drop(lent);

            let mut lent = writer.set_to(statement).await.expect("free");
            assert_eq!(level(&mut lent).await, statement, "after {transaction:?}");
        }
    }
}
