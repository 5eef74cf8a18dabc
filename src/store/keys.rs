//! Signing keys, sealed.

use super::{Store, StoreError, pools::transact};
use crate::token::SealedKey;

impl Store {
    /// All signing keys; where there is none, `first` becomes the first. Of two
    /// processes that start at once one makes the key, and both get it.
    pub(crate) async fn signing_keys(
        &self,
        first: &SealedKey,
    ) -> Result<Vec<SealedKey>, StoreError> {
        let keys = transact!(self, Full, connection => {
            // Another process that starts now waits here, and finds the key.
            let lock = self.pools.pick("SELECT 1", "LOCK TABLE signing_keys IN EXCLUSIVE MODE");
            sqlx::query(lock).execute(&mut *connection).await?;
            sqlx::query(
                "INSERT INTO signing_keys (kid, sealed, created_at)
                 SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM signing_keys)",
            )
            .bind(&first.kid)
            .bind(&first.sealed)
            .bind(first.created_at)
            .execute(&mut *connection)
            .await?;
            sqlx::query_as("SELECT kid, sealed, created_at FROM signing_keys")
                .fetch_all(connection)
                .await?
        });
        Ok(keys)
    }
}
