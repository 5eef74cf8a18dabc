//! The limits on attempts, and the networks that are known to an account.

use super::{
    Store, StoreError,
    audit::Trail,
    connection::{
        backend::Durability::Relaxed,
        either::{ConnectionMut, for_either, with_connection},
    },
};
use crate::{
    attempts::{AttemptKey, Charge},
    audit::AuditEntry,
    clock::Timestamp,
};

/// Charges one attempt to a key, if the limit admits it: the decision of `Limit::judge`
/// (`src/attempts/limit.rs`) in SQL. Concurrent attempts wait for each other at the row.
const CHARGE: &str = "
    INSERT INTO attempts (key, free_at) VALUES ($1, $2 + $3)
    ON CONFLICT (key) DO UPDATE SET free_at = $3 +
        CASE WHEN attempts.free_at BETWEEN $2 AND $4 THEN attempts.free_at ELSE $2 END
    WHERE attempts.free_at <= $4 OR attempts.free_at > $5
    RETURNING free_at";

impl Store {
    /// Charges an attempt to all of these keys, or to none. The charges are in the order of
    /// their keys, so that two attempts do not deadlock. If a power failure loses them, these
    /// attempts do not count.
    ///
    /// # Errors
    /// [`StoreError::TooManyAttempts`] if one of the limits rejects the attempt, with the
    /// time after which none of them does.
    pub(crate) async fn admit_attempt(
        &self,
        charges: &[Charge],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.begin(Relaxed), async |connection| {
            charge_all(connection, charges, now).await
        })
    }

    /// Charges to all of these keys, as [`Store::admit_attempt`] does, and writes an event that
    /// has been logged to the audit trail.
    ///
    /// # Errors
    /// [`StoreError::TooManyAttempts`] if one of the limits rejects it; then it is not written.
    pub(crate) async fn record_limited(
        &self,
        entry: AuditEntry,
        charges: &[Charge],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.begin(Relaxed), async |connection| {
            charge_all(&mut *connection, charges, now).await?;
            let mut logged = Trail::default();
            logged.record(connection, now, entry).await
        })
    }

    /// Refunds an attempt that was charged to these keys, and stores until when a network is
    /// known to an account.
    pub(crate) async fn refund_attempt(
        &self,
        charges: &[Charge],
        known: Option<(AttemptKey, Timestamp)>,
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.begin(Relaxed), async |connection| {
            for Charge { key, limit } in charges {
                sqlx::query("UPDATE attempts SET free_at = free_at - $2 WHERE key = $1")
                    .bind(key.as_bytes())
                    .bind(micros(limit.interval()))
                    .execute(&mut *connection)
                    .await?;
            }
            if let Some((key, expires_at)) = known {
                sqlx::query(
                    "INSERT INTO known_networks (key, expires_at) VALUES ($1, $2)
                     ON CONFLICT (key) DO UPDATE SET expires_at = $2",
                )
                .bind(key.as_bytes())
                .bind(expires_at)
                .execute(connection)
                .await?;
            }
            Ok(())
        })
    }

    /// Returns whether an account has signed in from a network before.
    pub(crate) async fn is_known_network(
        &self,
        key: &AttemptKey,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let query = sqlx::query_scalar("SELECT expires_at FROM known_networks WHERE key = $1");
            let expires_at: Option<Timestamp> = query
                .bind(key.as_bytes())
                .fetch_optional(connection)
                .await?;
            Ok(expires_at.is_some_and(|expires_at| expires_at > now))
        })
    }
}

/// Charges one attempt to each key, if all limits admit it.
///
/// # Errors
/// [`StoreError::TooManyAttempts`]; the transaction must be rolled back.
async fn charge_all<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    charges: &[Charge],
    now: Timestamp,
) -> Result<(), StoreError> {
    for_either!(connection.into(), |connection| {
        let mut longest = None;
        for Charge { key, limit } in charges {
            let last_admitted = limit.last_admitted(now);
            let charged: Option<Timestamp> = sqlx::query_scalar(CHARGE)
                .bind(key.as_bytes())
                .bind(now)
                .bind(micros(limit.interval()))
                .bind(last_admitted)
                .bind(limit.last_possible(now))
                .fetch_optional(&mut *connection)
                .await?;
            if charged.is_some() {
                continue;
            }
            let query = sqlx::query_scalar("SELECT free_at FROM attempts WHERE key = $1");
            let free_at: Option<Timestamp> = query
                .bind(key.as_bytes())
                .fetch_optional(&mut *connection)
                .await?;
            longest = longest.max(free_at.map(|free_at| free_at.since(last_admitted)));
        }
        match longest {
            // Rolls the other charges back.
            Some(wait) => Err(StoreError::TooManyAttempts(wait)),
            None => Ok(()),
        }
    })
}

fn micros(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
