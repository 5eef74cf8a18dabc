//! Signing keys, sealed, with the times of their life cycle.

use super::{
    Store, StoreError,
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
};
use crate::{clock::Timestamp, keys::SealedKey};

/// Adds a key. Returns `false` if its number is taken: of two processes that create a
/// successor at once, one succeeds.
async fn insert(
    connection: impl Into<ConnectionMut<'_>>,
    key: &SealedKey,
) -> Result<bool, StoreError> {
    let rows = for_either!(connection.into(), |connection| {
        sqlx::query(
            "INSERT INTO signing_keys
                 (number, kid, sealed, created_at, signs_from, verifies_until)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (number) DO NOTHING",
        )
        .bind(key.life.number)
        .bind(&key.kid)
        .bind(&key.sealed)
        .bind(key.life.created_at)
        .bind(key.life.signs_from)
        .bind(key.life.verifies_until)
        .execute(connection)
        .await?
        .rows_affected()
    });
    Ok(rows == 1)
}

impl Store {
    /// Returns all signing keys, in no particular order.
    pub(crate) async fn signing_keys(&self) -> Result<Vec<SealedKey>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let keys = sqlx::query_as(
                "SELECT number, kid, sealed, created_at, signs_from, verifies_until, revoked_at
                 FROM signing_keys",
            )
            .fetch_all(connection)
            .await?;
            Ok(keys)
        })
    }

    /// Adds a key. Returns `false` if its number is taken.
    pub(crate) async fn add_signing_key(&self, key: &SealedKey) -> Result<bool, StoreError> {
        with_connection!(self.backend.write(Full), async |connection| {
            insert(connection, key).await
        })
    }

    /// Adds a key, and revokes all earlier keys from the time at which it signs. Returns
    /// `false`, and does neither, if its number is taken.
    pub(crate) async fn replace_signing_keys(&self, key: &SealedKey) -> Result<bool, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection| {
            if !insert(&mut *connection, key).await? {
                return Ok(false);
            }
            sqlx::query(
                "UPDATE signing_keys SET revoked_at = $2
                 WHERE number < $1 AND (revoked_at IS NULL OR revoked_at > $2)",
            )
            .bind(key.life.number)
            .bind(key.life.signs_from)
            .execute(connection)
            .await?;
            Ok(true)
        })
    }

    /// Raises the time until which a key must verify. Never lowers it.
    pub(crate) async fn extend_signing_key(
        &self,
        number: i64,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.write(Full), async |connection| {
            sqlx::query(
                "UPDATE signing_keys SET verifies_until = $2
                 WHERE number = $1 AND verifies_until < $2",
            )
            .bind(number)
            .bind(until)
            .execute(connection)
            .await?;
            Ok(())
        })
    }

    /// Deletes a key, unless it must verify beyond `cutoff`. The key with the highest
    /// number stays, so that no number is used twice.
    pub(crate) async fn retire_signing_key(
        &self,
        number: i64,
        cutoff: Timestamp,
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.write(Full), async |connection| {
            sqlx::query(
                "DELETE FROM signing_keys WHERE number = $1 AND verifies_until <= $2
                 AND number < (SELECT max(number) FROM signing_keys)",
            )
            .bind(number)
            .bind(cutoff)
            .execute(connection)
            .await?;
            Ok(())
        })
    }
}
