//! A copy of the database (`SQLite`).

use super::{Store, StoreError, connection::backend::Backend};

impl Store {
    /// Returns whether the database is a file of `SQLite`.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.backend, Backend::Sqlite { .. })
    }

    /// Writes a copy of the database to an empty file, in the state of one moment. Other
    /// processes read and write meanwhile; the writes of this process wait.
    pub(crate) async fn copy_to(&self, file: &str) -> Result<(), StoreError> {
        let Backend::Sqlite { writer, .. } = &self.backend else {
            return Ok(());
        };
        let mut connection = writer.acquire().await?;
        sqlx::query("VACUUM INTO $1")
            .bind(file)
            .execute(&mut *connection)
            .await?;
        connection.release();
        Ok(())
    }
}
