//! Sessions: one row each, which a refresh changes and never adds to.

use super::{
    Store, StoreError,
    audit::record,
    connection::{
        backend::Durability::Full,
        either::{ConnectionMut, for_either, with_connection},
    },
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
    /// An operator ended it.
    Revoked,
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
            Self::Revoked => "revoked",
            Self::Deactivated => "deactivated",
            Self::Reuse => "reuse",
        }
    }

    /// What is recorded of it.
    pub(super) const fn event(self) -> Event {
        match self {
            Self::SignedOut | Self::Replaced => Event::SignedOut,
            Self::Revoked => Event::SessionRevoked,
            Self::Deactivated => Event::Deactivated,
            Self::Reuse => Event::TokenReuse,
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

/// Whose session it is, and until when.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Holder {
    pub(crate) account_id: AccountId,
    pub(crate) expires_at: Timestamp,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) is_admin: bool,
}

/// A session with its account, as a refresh needs them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct SessionRow {
    #[sqlx(flatten)]
    pub(crate) holder: Holder,
    pub(crate) key_hash: Vec<u8>,
    generation: i64,
    parent: Option<i64>,
    handed_at: Timestamp,
    confirmed_at: Option<Timestamp>,
    end_reason: Option<String>,
    pub(crate) is_active: bool,
}

impl SessionRow {
    pub(crate) fn is_ended(&self) -> bool {
        self.end_reason.is_some()
    }

    pub(crate) fn is_ended_by(&self, reason: EndReason) -> bool {
        self.end_reason.as_deref() == Some(reason.as_str())
    }

    /// What the rotation judges.
    pub(crate) fn record(&self) -> Record {
        // The schema holds them to 32 bits.
        let generation = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Record {
            generation: generation(self.generation),
            parent: self.parent.map(generation),
            handed_at: self.handed_at,
            confirmed_at: self.confirmed_at,
        }
    }
}

/// What a session must still be like to be ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum EndCondition<'r> {
    /// Anything.
    Any,
    /// As it was judged: of that generation, and used since or not.
    Judged(&'r Record),
    /// One of which this generation is a stray
    /// ([`is_stray`](crate::rotation::is_stray)).
    Stray(u32),
}

/// Ends one session, and records it. Returns whether it did: the session may have
/// ended before, or the condition may not hold.
pub(super) async fn end_one<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    id: SessionId,
    reason: EndReason,
    now: Timestamp,
    condition: EndCondition<'_>,
) -> Result<bool, StoreError> {
    let statement = match condition {
        EndCondition::Any => {
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE id = $1 AND ended_at IS NULL
             RETURNING account_id"
        }
        EndCondition::Judged(_) => {
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE id = $1 AND ended_at IS NULL
               AND generation = $4 AND confirmed_at IS NOT DISTINCT FROM $5
             RETURNING account_id"
        }
        EndCondition::Stray(_) => {
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE id = $1 AND ended_at IS NULL AND parent < $4 AND generation > $4
             RETURNING account_id"
        }
    };
    for_either!(connection.into(), |connection| {
        let query = sqlx::query_scalar(statement)
            .bind(id)
            .bind(now)
            .bind(reason.as_str());
        let query = match condition {
            EndCondition::Any => query,
            EndCondition::Judged(record) => query
                .bind(i64::from(record.generation))
                .bind(record.confirmed_at),
            EndCondition::Stray(generation) => query.bind(i64::from(generation)),
        };
        let account: Option<AccountId> = query.fetch_optional(&mut *connection).await?;
        if let Some(account) = account {
            record(connection, now, reason.event(), account, Some(id)).await?;
        }
        Ok(account.is_some())
    })
}

/// Ends all sessions of an account and returns them.
pub(super) async fn end_all<'c>(
    connection: impl Into<ConnectionMut<'c>>,
    account: AccountId,
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<SessionId>, StoreError> {
    let connection = connection.into();
    // PostgreSQL locks them in their order first, as confirmations do, so that
    // neither waits for the other.
    let lock = connection.pick(
        "SELECT $1",
        "SELECT id FROM sessions WHERE account_id = $1 AND ended_at IS NULL
         ORDER BY id FOR UPDATE",
    );
    for_either!(connection, |connection| {
        sqlx::query(lock)
            .bind(account)
            .execute(&mut *connection)
            .await?;
        let ended = sqlx::query_scalar(
            "UPDATE sessions SET ended_at = $2, end_reason = $3
             WHERE account_id = $1 AND ended_at IS NULL RETURNING id",
        )
        .bind(account)
        .bind(now)
        .bind(reason.as_str())
        .fetch_all(connection)
        .await?;
        Ok(ended)
    })
}

/// Every process asks this several times a second.
pub(super) const ENDED_SINCE: &str = "SELECT id, ended_at FROM sessions WHERE ended_at > $1";

impl Store {
    /// Begins a session, where the account is active still, and ends those
    /// that it replaces. False where the account is not active.
    pub(crate) async fn begin_session(
        &self,
        new: &NewSession,
        replaced: &[SessionId],
        update_last_login: bool,
    ) -> Result<bool, StoreError> {
        // Switching the account off waits for this, or this sees it.
        let find = if update_last_login {
            // Two sign-ins that share it would each wait for the other to write.
            "SELECT id FROM accounts WHERE id = $1 AND is_active FOR NO KEY UPDATE"
        } else {
            "SELECT id FROM accounts WHERE id = $1 AND is_active FOR SHARE"
        };
        let find = self
            .backend
            .pick("SELECT id FROM accounts WHERE id = $1 AND is_active", find);
        with_connection!(self.backend.begin(Full), async |connection| {
            let found: Option<AccountId> = sqlx::query_scalar(find)
                .bind(new.account)
                .fetch_optional(&mut *connection)
                .await?;
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
            for id in replaced {
                let (reason, any) = (EndReason::Replaced, EndCondition::Any);
                end_one(&mut *connection, *id, reason, new.now, any).await?;
            }
            let (event, session) = (Event::SignedIn, Some(new.id));
            record(connection, new.now, event, new.account, session).await?;
            Ok(true)
        })
    }

    /// A session with its account.
    pub(crate) async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let session = sqlx::query_as(
                "SELECT s.account_id, s.key_hash, s.generation, s.parent, s.handed_at,
                        s.confirmed_at, s.expires_at, s.end_reason,
                        a.email, a.name, a.is_active, a.is_admin
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                 WHERE s.id = $1",
            )
            .bind(id)
            .fetch_optional(connection)
            .await?;
            Ok(session)
        })
    }

    /// Ends a session. Returns whether it did: it may have ended before.
    pub(crate) async fn end_session(
        &self,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        with_connection!(self.backend.begin(Full), async |connection| {
            end_one(connection, id, reason, now, EndCondition::Any).await
        })
    }

    /// The sessions that ended after `since`, with the moment.
    pub(crate) async fn ended_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(SessionId, Timestamp)>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let ended = sqlx::query_as(ENDED_SINCE)
                .bind(since)
                .fetch_all(connection)
                .await?;
            Ok(ended)
        })
    }
}
