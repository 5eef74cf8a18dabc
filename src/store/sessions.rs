//! Sessions: one row each, which a refresh changes and never adds to.

use super::{
    Store, StoreError,
    pools::{execute, read, transact},
};
use crate::{
    audit::Event,
    clock::Timestamp,
    ids::{AccountId, SessionId},
    rotation::Record,
};

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl EndReason {
    /// The word in the database; the schema knows all of them.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Replaced => "replaced",
            Self::Deactivated => "deactivated",
            Self::Reuse => "reuse",
        }
    }
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

/// Writes an event into the audit trail, as part of what it is about, and into
/// the log.
macro_rules! record {
    ($connection:ident, $at:expr, $event:expr, $account:expr, $session:expr) => {{
        let (event, account, session) = ($event, $account, $session);
        sqlx::query(
            "INSERT INTO audit_events (at, event, account_id, session_id) VALUES ($1, $2, $3, $4)",
        )
        .bind($at)
        .bind(event.name())
        .bind(account)
        .bind(session)
        .execute(&mut *$connection)
        .await?;
        event.log(account, session);
    }};
}

/// Ends one session, and records it where it had not ended before.
macro_rules! end_one {
    ($connection:ident, $id:expr, $reason:expr, $now:expr) => {{
        let ended: Option<(AccountId,)> = sqlx::query_as(
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE id = $1 AND ended_at IS NULL RETURNING account_id",
        )
        .bind($id)
        .bind($now)
        .bind($reason.as_str())
        .fetch_optional(&mut *$connection)
        .await?;
        if let Some((account,)) = ended {
            record!(
                $connection,
                $now,
                Event::SignedOut,
                Some(account),
                Some($id)
            );
        }
    }};
}

/// Ends all sessions of an account and says which.
macro_rules! end_all {
    ($connection:ident, $account:expr, $reason:expr, $now:expr) => {{
        let ended: Vec<(SessionId,)> = sqlx::query_as(
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE account_id = $1 AND ended_at IS NULL RETURNING id",
        )
        .bind($account)
        .bind($now)
        .bind($reason.as_str())
        .fetch_all(&mut *$connection)
        .await?;
        ended.into_iter().map(|(id,)| id).collect()
    }};
}

pub(super) use {end_all, record};

impl Store {
    /// Begins a session, where the account is active still, and ends the one
    /// that it replaces. False where the account is not active.
    pub(crate) async fn begin_session(
        &self,
        new: &NewSession,
        replaced: Option<SessionId>,
        update_last_login: bool,
    ) -> Result<bool, StoreError> {
        // Switching the account off waits for this, or this sees it.
        let find = self.pools.pick(
            "SELECT id FROM accounts WHERE id = $1 AND is_active",
            "SELECT id FROM accounts WHERE id = $1 AND is_active FOR SHARE",
        );
        transact!(self, Full, connection => {
            let found: Option<(AccountId,)> =
                sqlx::query_as(find).bind(new.account).fetch_optional(&mut *connection).await?;
            if found.is_none() {
                return Ok(false);
            }
            sqlx::query(
                "INSERT INTO sessions
                     (id, account_id, key_hash, generation, handed_at, created_at, expires_at)
                 VALUES ($1, $2, $3, 0, $4, $4, $5)",
            )
            .bind(new.id)
            .bind(new.account)
            .bind(&new.key_hash)
            .bind(new.now)
            .bind(new.expires_at)
            .execute(&mut *connection)
            .await?;
            if update_last_login {
                sqlx::query("UPDATE accounts SET last_login_at = $2 WHERE id = $1")
                    .bind(new.account)
                    .bind(new.now)
                    .execute(&mut *connection)
                    .await?;
            }
            if let Some(replaced) = replaced {
                end_one!(connection, replaced, EndReason::Replaced, new.now);
            }
            record!(connection, new.now, Event::SignedIn, Some(new.account), Some(new.id));
        });
        Ok(true)
    }

    /// A session with its account.
    pub(crate) async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        Ok(read!(self, connection => {
            sqlx::query_as(
                "SELECT s.account_id, s.key_hash, s.generation, s.handed_at, s.confirmed_at,
                        s.expires_at, s.ended_at IS NOT NULL AS is_ended,
                        a.email, a.name, a.is_active, a.is_admin
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                 WHERE s.id = $1",
            )
            .bind(id)
            .fetch_optional(connection)
            .await?
        }))
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
        let rows = execute!(self, Relaxed, connection => {
            sqlx::query(
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
            .execute(connection)
            .await?
            .rows_affected()
        });
        Ok(rows == 1)
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
        let rows = execute!(self, Relaxed, connection => {
            sqlx::query(
                "UPDATE sessions
                 SET handed_at = CASE WHEN handed_at < $4 THEN $4 ELSE handed_at END
                 WHERE id = $1 AND generation = $2 AND confirmed_at IS NOT DISTINCT FROM $3
                   AND ended_at IS NULL
                   AND EXISTS (SELECT 1 FROM accounts WHERE id = account_id AND is_active)",
            )
            .bind(id)
            .bind(i64::from(judged.generation))
            .bind(judged.confirmed_at)
            .bind(now)
            .execute(connection)
            .await?
            .rows_affected()
        });
        Ok(rows == 1)
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
        transact!(self, Full, connection => {
            let updated = sqlx::query(
                "UPDATE sessions SET ended_at = $4, end_reason = $5
                 WHERE id = $1 AND generation = $2 AND confirmed_at IS NOT DISTINCT FROM $3
                   AND ended_at IS NULL",
            )
            .bind(id)
            .bind(i64::from(judged.generation))
            .bind(judged.confirmed_at)
            .bind(now)
            .bind(EndReason::Reuse.as_str())
            .execute(&mut *connection)
            .await?;
            if updated.rows_affected() == 0 {
                return Ok(false);
            }
            record!(connection, now, Event::TokenReuse, Some(account), Some(id));
        });
        Ok(true)
    }

    /// Ends a session that has not ended yet.
    pub(crate) async fn end_session(
        &self,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        transact!(self, Full, connection => end_one!(connection, id, reason, now));
        Ok(())
    }

    /// Writes when the current generation of each session was first used. A
    /// generation that is no longer current is passed over. The batch is in the
    /// order of its sessions, so that two processes never wait for each other.
    pub(crate) async fn confirm(
        &self,
        confirmations: &[(SessionId, u32, Timestamp)],
    ) -> Result<(), StoreError> {
        transact!(self, Relaxed, connection => {
            for (id, generation, at) in confirmations {
                sqlx::query(
                    "UPDATE sessions SET confirmed_at = $3
                     WHERE id = $1 AND generation = $2 AND confirmed_at IS NULL",
                )
                .bind(id)
                .bind(i64::from(*generation))
                .bind(at)
                .execute(&mut *connection)
                .await?;
            }
        });
        Ok(())
    }

    /// The sessions that ended after `since`, with the moment.
    pub(crate) async fn ended_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(SessionId, Timestamp)>, StoreError> {
        Ok(read!(self, connection => {
            sqlx::query_as("SELECT id, ended_at FROM sessions WHERE ended_at > $1")
                .bind(since)
                .fetch_all(connection)
                .await?
        }))
    }
}
