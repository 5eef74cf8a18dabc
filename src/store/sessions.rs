//! Sessions: one row each, which a refresh changes and never adds to.

use sqlx::{Connection, SqliteConnection};

use super::{BEGIN, Durability, Store, StoreError, accounts::record};
use crate::{
    audit::Event,
    clock::Timestamp,
    ids::{AccountId, SessionId},
    rotation::Record,
};

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
pub(crate) enum EndReason {
    /// Its owner signed out.
    SignedOut,
    /// Somebody signed in over it.
    Replaced,
    /// Its account was switched off.
    Deactivated,
    /// A superseded refresh token came back.
    Reuse,
}

/// A session that is to begin.
#[derive(Debug)]
pub(crate) struct NewSession {
    pub(crate) id: SessionId,
    pub(crate) account: AccountId,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) now: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// A session with its account, as a refresh needs them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct SessionRow {
    pub(crate) account_id: AccountId,
    pub(crate) key_hash: Vec<u8>,
    generation: i64,
    handed_at: Timestamp,
    confirmed_at: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
    pub(crate) is_ended: bool,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) is_active: bool,
    pub(crate) is_admin: bool,
}

impl SessionRow {
    /// What the rotation judges.
    pub(crate) fn record(&self) -> Record {
        Record {
            // The schema holds it to 32 bits.
            generation: u32::try_from(self.generation).unwrap_or(u32::MAX),
            handed_at: self.handed_at,
            confirmed_at: self.confirmed_at,
        }
    }
}

impl Store {
    /// Begins a session, where the account is active still, and ends the one
    /// that it replaces. False where the account is not active.
    pub(crate) async fn begin_session(
        &self,
        new: &NewSession,
        replaced: Option<SessionId>,
        update_last_login: bool,
    ) -> Result<bool, StoreError> {
        let mut connection = self.writer(Durability::Full).await?;
        let mut tx = connection.begin_with(BEGIN).await?;
        let inserted = sqlx::query(
            "INSERT INTO sessions
                 (id, account_id, key_hash, generation, handed_at, created_at, expires_at)
             SELECT $1, id, $3, 0, $4, $4, $5 FROM accounts WHERE id = $2 AND is_active",
        )
        .bind(new.id)
        .bind(new.account)
        .bind(&new.key_hash)
        .bind(new.now)
        .bind(new.expires_at)
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        if update_last_login {
            sqlx::query("UPDATE accounts SET last_login_at = $2 WHERE id = $1")
                .bind(new.account)
                .bind(new.now)
                .execute(&mut *tx)
                .await?;
        }
        if let Some(replaced) = replaced {
            end_one(&mut tx, replaced, EndReason::Replaced, new.now).await?;
        }
        record(
            &mut tx,
            new.now,
            Event::SignedIn,
            Some(new.account),
            Some(new.id),
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A session with its account.
    pub(crate) async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        let row = sqlx::query_as(
            "SELECT s.account_id, s.key_hash, s.generation, s.handed_at, s.confirmed_at,
                    s.expires_at, s.ended_at IS NOT NULL AS is_ended,
                    a.email, a.name, a.is_active, a.is_admin
             FROM sessions s JOIN accounts a ON a.id = s.account_id
             WHERE s.id = $1",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row)
    }

    /// Moves the session from the judged state to the next generation. False
    /// where it is no longer in that state, has ended, or its account is off:
    /// then another request was faster, and the caller reads and judges again.
    pub(crate) async fn rotate(
        &self,
        id: SessionId,
        judged: &Record,
        next: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut connection = self.writer(Durability::Relaxed).await?;
        let updated = sqlx::query(
            "UPDATE sessions SET generation = $4, handed_at = $5, confirmed_at = NULL
             WHERE id = $1 AND generation = $2 AND handed_at = $3
               AND ended_at IS NULL
               AND EXISTS (SELECT 1 FROM accounts WHERE id = account_id AND is_active)",
        )
        .bind(id)
        .bind(i64::from(judged.generation))
        .bind(judged.handed_at)
        .bind(i64::from(next))
        .bind(now)
        .execute(&mut *connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Notes that the current generation is handed out again. The condition
    /// leaves `handed_at` out, on which the decision did not depend: of many
    /// requests that were all repeated at once, each gets through.
    pub(crate) async fn replay(
        &self,
        id: SessionId,
        judged: &Record,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut connection = self.writer(Durability::Relaxed).await?;
        let updated = sqlx::query(
            "UPDATE sessions SET handed_at = max(handed_at, $4)
             WHERE id = $1 AND generation = $2 AND confirmed_at IS NOT DISTINCT FROM $3
               AND ended_at IS NULL
               AND EXISTS (SELECT 1 FROM accounts WHERE id = account_id AND is_active)",
        )
        .bind(id)
        .bind(i64::from(judged.generation))
        .bind(judged.confirmed_at)
        .bind(now)
        .execute(&mut *connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Ends the session of a reused token, where what it was judged by holds
    /// still, and records the event. False where it does not.
    pub(crate) async fn end_for_reuse(
        &self,
        id: SessionId,
        account: AccountId,
        judged: &Record,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut connection = self.writer(Durability::Full).await?;
        let mut tx = connection.begin_with(BEGIN).await?;
        let updated = sqlx::query(
            "UPDATE sessions SET ended_at = $4, end_reason = $5
             WHERE id = $1 AND generation = $2 AND confirmed_at IS NOT DISTINCT FROM $3
               AND ended_at IS NULL",
        )
        .bind(id)
        .bind(i64::from(judged.generation))
        .bind(judged.confirmed_at)
        .bind(now)
        .bind(EndReason::Reuse)
        .execute(&mut *tx)
        .await?;
        if updated.rows_affected() == 0 {
            return Ok(false);
        }
        record(&mut tx, now, Event::TokenReuse, Some(account), Some(id)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends a session that has not ended yet.
    pub(crate) async fn end_session(
        &self,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut connection = self.writer(Durability::Full).await?;
        let mut tx = connection.begin_with(BEGIN).await?;
        end_one(&mut tx, id, reason, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes when the current generation of each session was first used. A
    /// generation that is no longer current is passed over.
    pub(crate) async fn confirm(
        &self,
        confirmations: &[(SessionId, u32, Timestamp)],
    ) -> Result<(), StoreError> {
        let mut connection = self.writer(Durability::Relaxed).await?;
        let mut tx = connection.begin_with(BEGIN).await?;
        for (id, generation, at) in confirmations {
            sqlx::query(
                "UPDATE sessions SET confirmed_at = $3
                 WHERE id = $1 AND generation = $2 AND confirmed_at IS NULL",
            )
            .bind(id)
            .bind(i64::from(*generation))
            .bind(at)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The sessions that ended after `since`, with the moment.
    pub(crate) async fn ended_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(SessionId, Timestamp)>, StoreError> {
        let rows = sqlx::query_as("SELECT id, ended_at FROM sessions WHERE ended_at > $1")
            .bind(since)
            .fetch_all(&self.readers)
            .await?;
        Ok(rows)
    }
}

/// Ends one session, and records it where it had not ended before.
async fn end_one(
    connection: &mut SqliteConnection,
    id: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ended: Option<(AccountId,)> = sqlx::query_as(
        "UPDATE sessions SET ended_at = $2, end_reason = $3
         WHERE id = $1 AND ended_at IS NULL RETURNING account_id",
    )
    .bind(id)
    .bind(now)
    .bind(reason)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some((account,)) = ended {
        record(connection, now, Event::SignedOut, Some(account), Some(id)).await?;
    }
    Ok(())
}

/// Ends all sessions of an account and says which.
pub(super) async fn end_all(
    connection: &mut SqliteConnection,
    account: AccountId,
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let ended: Vec<(SessionId,)> = sqlx::query_as(
        "UPDATE sessions SET ended_at = $2, end_reason = $3
         WHERE account_id = $1 AND ended_at IS NULL RETURNING id",
    )
    .bind(account)
    .bind(now)
    .bind(reason)
    .fetch_all(connection)
    .await?;
    Ok(ended.into_iter().map(|(id,)| id).collect())
}
