//! What an operator does with sessions: looks at them, and ends them.

use std::sync::Arc;

use super::{SessionError, Sessions, to_its_end};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
    store::{EndReason, ListedRow},
};

/// A session that is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    /// Its id.
    pub id: SessionId,
    /// The address of its account.
    pub email: String,
    /// When it was begun, by a sign-in.
    pub begun_at: Timestamp,
    /// When its refresh token was last handed out.
    pub renewed_at: Timestamp,
    /// When it is over, unless it is renewed again.
    pub ends_at: Timestamp,
}

/// What revoking a session did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It has ended now.
    Now,
    /// It had ended before.
    Before,
    /// There is no such session, or none any more.
    Unknown,
}

impl Sessions {
    /// The sessions that are alive, newest first: of one account or of all, and
    /// at most `most` of them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(
        &self,
        account: Option<AccountId>,
        most: u32,
    ) -> Result<Vec<LiveSession>, SessionError> {
        let (now, lifetime) = (self.0.clock.now(), self.0.policy.refresh_lifetime());
        let rows = self
            .0
            .store
            .live_sessions(account, now, now - lifetime, most)
            .await?;
        let live = rows.into_iter().map(|row: ListedRow| LiveSession {
            id: row.id,
            email: row.email,
            begun_at: row.created_at,
            renewed_at: row.handed_at,
            ends_at: row.expires_at.min(row.handed_at + lifetime),
        });
        Ok(live.collect())
    }

    /// Ends a session as an operator. Every process refuses it within a second.
    ///
    /// # Errors
    /// Where the database fails; the session may go on then.
    pub async fn revoke(&self, session: SessionId) -> Result<Revoked, SessionError> {
        if self.end_for(session, EndReason::Revoked).await? {
            return Ok(Revoked::Now);
        }
        let row = self.0.store.session(session).await?;
        Ok(row.map_or(Revoked::Unknown, |_| Revoked::Before))
    }

    /// Ends all sessions of the account of an external id, as an operator, and returns
    /// how many there were; 0 if there is no such account. Runs to its end even where
    /// the caller is dropped.
    ///
    /// # Errors
    /// Where the database fails; the sessions may go on then.
    pub async fn end_external(&self, id: &str) -> Result<usize, SessionError> {
        match self.0.store.external_account(id).await? {
            Some(account) => self.end_all(account.id).await,
            None => Ok(0),
        }
    }

    /// Ends all sessions of an account as an operator, and says how many there
    /// were. Runs to its end even where the caller is dropped.
    ///
    /// # Errors
    /// Where the database fails; the sessions may go on then.
    pub async fn end_all(&self, account: AccountId) -> Result<usize, SessionError> {
        let sessions = Arc::clone(&self.0);
        to_its_end(async move {
            let now = sessions.clock.now();
            let ended = sessions
                .store
                .end_sessions_of(account, EndReason::Revoked, now)
                .await?;
            let count = ended.len();
            sessions.revocations.end(ended, now);
            Ok(count)
        })
        .await
    }
}
