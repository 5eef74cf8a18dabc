//! Signing keys, sealed, with the times of their life cycle.

use super::{
    Store, StoreError,
    audit::Trail,
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
};
use crate::{
    audit::{Actor, AuditEntry, AuditEvent},
    clock::Timestamp,
    keys::SealedKey,
};

/// Adds a key, and records that. Returns `false` if its number is taken: of two processes that
/// create a successor at once, one succeeds.
async fn insert(
    connection: impl Into<ConnectionMut<'_>>,
    trail: &mut Trail,
    key: &SealedKey,
    actor: Actor,
) -> Result<bool, StoreError> {
    for_either!(connection.into(), |connection| {
        let inserted = sqlx::query(
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
        .execute(&mut *connection)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        let entry = AuditEntry::new(AuditEvent::KeyCreated).by(actor);
        let recorded = trail.record(connection, key.life.created_at, entry.of_key(&key.kid));
        recorded.await?;
    });
    Ok(true)
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
    pub(crate) async fn add_signing_key(
        &self,
        key: &SealedKey,
        actor: Actor,
    ) -> Result<bool, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            insert(connection, trail, key, actor).await
        })
    }

    /// Adds a key, and revokes all earlier keys from the time at which it signs. Returns
    /// `false`, and does neither, if its number is taken.
    pub(crate) async fn replace_signing_keys(
        &self,
        key: &SealedKey,
        actor: Actor,
    ) -> Result<bool, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            if !insert(&mut *connection, trail, key, actor).await? {
                return Ok(false);
            }
            let revoked: Vec<String> = sqlx::query_scalar(
                "UPDATE signing_keys SET revoked_at = $2
                 WHERE number < $1 AND (revoked_at IS NULL OR revoked_at > $2)
                 RETURNING kid",
            )
            .bind(key.life.number)
            .bind(key.life.signs_from)
            .fetch_all(&mut *connection)
            .await?;
            let entry = AuditEntry::new(AuditEvent::KeyRevoked).by(actor);
            let entries = revoked.iter().map(|kid| entry.clone().of_key(kid));
            let recorded = trail.record_all(connection, key.life.created_at, entries.collect());
            recorded.await?;
            Ok(true)
        })
    }

    /// Raises the time until which a key must verify. Never lowers it.
    pub(crate) async fn extend_signing_key(
        &self,
        number: i64,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.write(Full), async |connection, trail| {
            let extended: Vec<String> = sqlx::query_scalar(
                "UPDATE signing_keys SET verifies_until = $2
                 WHERE number = $1 AND verifies_until < $2
                 RETURNING kid",
            )
            .bind(number)
            .bind(until)
            .fetch_all(connection)
            .await?;
            for kid in extended {
                let entry = AuditEntry::new(AuditEvent::KeyExtended).by(Actor::System);
                trail.log_only(entry.of_key(&kid));
            }
            Ok(())
        })
    }

    /// Deletes a key, unless it must verify beyond `cutoff`. The key with the highest
    /// number stays, so that no number is used twice.
    pub(crate) async fn retire_signing_key(
        &self,
        number: i64,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            let retired: Vec<String> = sqlx::query_scalar(
                "DELETE FROM signing_keys WHERE number = $1 AND verifies_until <= $2
                 AND number < (SELECT max(number) FROM signing_keys)
                 RETURNING kid",
            )
            .bind(number)
            .bind(cutoff)
            .fetch_all(&mut *connection)
            .await?;
            let entry = AuditEntry::new(AuditEvent::KeyRetired).by(Actor::System);
            let entries = retired.iter().map(|kid| entry.clone().of_key(kid));
            trail.record_all(connection, now, entries.collect()).await
        })
    }
}
