//! Databases of another version of this program, which it does not open.

use std::future::{Ready, ready};

use super::*;

on_both! { Database:
    newer_database_is_rejected;
    changed_migration_is_rejected;
}

/// A database that is opened several times.
struct Database {
    /// `None` on `SQLite`.
    url: Option<String>,
    folder: tempfile::TempDir,
}

impl Database {
    fn on_sqlite() -> Ready<Self> {
        ready(Self::at(None))
    }

    async fn on_postgres() -> Self {
        Self::at(Some(postgres::new_database().await))
    }

    fn at(url: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { url, folder }
    }

    async fn open(&self) -> Result<Store, StoreError> {
        let Some(url) = &self.url else {
            return Store::open_sqlite(&self.folder.path().join("db")).await;
        };
        Store::open_postgres(url, DEFAULT_SCHEMA, ConnectionCounts::default()).await
    }

    /// Migrates the database, runs a statement, and returns why it cannot be opened again.
    async fn error_after(&self, on_sqlite: &'static str, on_postgres: &'static str) -> StoreError {
        let store = self.open().await.expect("created");
        let statement = store.backend.pick(on_sqlite, on_postgres);
        let run: Result<(), StoreError> = async {
            with_connection!(store.backend.begin(Full), async |connection| {
                sqlx::query(statement).execute(connection).await?;
                Ok(())
            })
        }
        .await;
        run.expect("done");
        store.close().await;
        self.open().await.expect_err("rejected")
    }
}

async fn newer_database_is_rejected(database: Database) {
    let error = database.error_after(
        "INSERT INTO _sqlx_migrations
             (version, description, installed_on, success, checksum, execution_time)
         VALUES (9999, 'later', CURRENT_TIMESTAMP, 1, x'00', 0)",
        "INSERT INTO _sqlx_migrations
             (version, description, installed_on, success, checksum, execution_time)
         VALUES (9999, 'later', CURRENT_TIMESTAMP, TRUE, '\\x00', 0)",
    );
    let error = error.await;
    assert!(matches!(error, StoreError::Newer(_, 9999)), "{error}");
    let message = error.to_string();
    assert!(message.contains("a newer version of Portcullis"), "{error}");
}

/// A migration was applied, and then its file was changed.
async fn changed_migration_is_rejected(database: Database) {
    let error = database.error_after(
        "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2",
        "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 2",
    );
    let error = error.await;
    assert!(matches!(error, StoreError::Unreleased(_, 2)), "{error}");
    let message = error.to_string();
    assert!(message.contains("a development version"), "{error}");
}
