//! The single connection that writes (`SQLite`), and the durability of its commits.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sqlx::Sqlite;

use super::{
    backend::Durability,
    pool::{Pool, PooledConnection},
};

/// The connection that writes, with a durability that is set for each use.
///
/// The writer remembers the current durability, so that a rotation, which is the most
/// frequent write, needs no statement to set it.
#[derive(Clone, Debug)]
pub(in crate::store) struct Writer {
    pool: Pool<Sqlite>,
    /// Whether the durability may be [`Durability::Full`]. It becomes `true` before the
    /// durability is raised and `false` after it is lowered. So if a caller is cancelled
    /// in between, commits are more durable than needed, never less.
    may_be_full: Arc<AtomicBool>,
}

impl Writer {
    pub(in crate::store) fn new(pool: Pool<Sqlite>) -> Self {
        Self {
            pool,
            may_be_full: Arc::default(),
        }
    }

    /// Waits until the connection is free, then closes it.
    pub(in crate::store) async fn close(&self) {
        self.pool.close().await;
    }

    /// Returns the pool of the connection.
    pub(in crate::store) fn pool(&self) -> &Pool<Sqlite> {
        &self.pool
    }

    /// Waits until the connection is free, and acquires it.
    pub(in crate::store) async fn acquire(&self) -> Result<PooledConnection<Sqlite>, sqlx::Error> {
        self.pool.acquire().await
    }

    /// Acquires the connection for a single statement that commits by itself, with that
    /// durability.
    pub(in crate::store) async fn set_to(
        &self,
        durability: Durability,
    ) -> Result<PooledConnection<Sqlite>, sqlx::Error> {
        let mut connection = self.acquire().await?;
        match durability {
            Durability::Full => {
                self.may_be_full.store(true, Ordering::Relaxed);
                sqlx::query("PRAGMA synchronous = FULL")
                    .execute(&mut *connection)
                    .await?;
            }
            Durability::Relaxed if self.may_be_full.load(Ordering::Relaxed) => {
                sqlx::query("PRAGMA synchronous = NORMAL")
                    .execute(&mut *connection)
                    .await?;
                self.may_be_full.store(false, Ordering::Relaxed);
            }
            Durability::Relaxed => {}
        }
        Ok(connection)
    }

    /// Returns the statements that set the durability and begin a transaction on the
    /// connection. The transaction takes the write lock at once: a deferred one that
    /// reads first would fail if another process wrote in between.
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
            .expect("the level is read");
        match level {
            1 => Relaxed,
            2 => Full,
            other => panic!("level {other}"),
        }
    }

    #[tokio::test]
    async fn commit_has_the_requested_durability() {
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
            let mut connection = writer.acquire().await.expect("acquired");
            let begin = writer.begin(transaction);
            let mut tx = connection.begin_with(begin).await.expect("begun");
            assert_eq!(level(&mut tx).await, transaction, "before {statement:?}");
            if is_dropped {
                drop(tx);
            } else {
                tx.commit().await.expect("committed");
            }
            drop(connection);

            let mut connection = writer.set_to(statement).await.expect("acquired");
            let level = level(&mut connection).await;
            assert_eq!(level, statement, "after {transaction:?}");
        }
    }
}
