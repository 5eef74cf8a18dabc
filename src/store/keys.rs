//! Signing keys, sealed.

use sqlx::Connection;

use super::{BEGIN, Durability, Store, StoreError};
use crate::token::SealedKey;

impl Store {
    /// All signing keys; where there is none, `first` becomes the first. Of two
    /// processes that start at once one makes the key, and both get it.
    pub(crate) async fn signing_keys(
        &self,
        first: &SealedKey,
    ) -> Result<Vec<SealedKey>, StoreError> {
        let mut connection = self.writer(Durability::Full).await?;
        let mut tx = connection.begin_with(BEGIN).await?;
        sqlx::query(
            "INSERT INTO signing_keys (kid, sealed, created_at)
             SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM signing_keys)",
        )
        .bind(&first.kid)
        .bind(&first.sealed)
        .bind(first.created_at)
        .execute(&mut *tx)
        .await?;
        let keys = sqlx::query_as("SELECT kid, sealed, created_at FROM signing_keys")
            .fetch_all(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(keys)
    }
}
