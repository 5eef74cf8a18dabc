//! Listing the sessions that are alive.

use super::{SessionError, Sessions};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
    store::ListedRow,
};

/// A session that is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
}
