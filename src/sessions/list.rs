//! Listing live sessions.

use std::collections::HashMap;

use super::{Device, Inner, SessionError, Sessions};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
    store::{ListedRow, LiveTimes},
};

/// A live session: it has neither ended nor expired.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveSession {
    /// Its id.
    pub id: SessionId,
    /// The e-mail address of its account.
    pub email: String,
    /// The device on which it began.
    pub device: Device,
    /// When it began, by a sign-in.
    pub created_at: Timestamp,
    /// When its refresh token was last issued.
    pub refreshed_at: Timestamp,
    /// When it expires, unless it is refreshed again.
    pub expires_at: Timestamp,
}

impl Sessions {
    /// Returns at most `limit` live sessions of one account or of all accounts, newest
    /// first.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails.
    pub async fn list(
        &self,
        account: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<LiveSession>, SessionError> {
        let Inner { store, policy, .. } = &*self.inner;
        let times = LiveTimes::at(self.inner.clock.now(), policy);
        let rows = store.live_sessions(account, times, limit).await?;
        let expires_at = |row: &ListedRow| {
            let idle_until = row.handed_at + policy.refresh_lifetime();
            let lasts_until = row.created_at + policy.session_lifetime();
            row.expires_at.min(idle_until).min(lasts_until)
        };
        let live = rows.into_iter().map(|row: ListedRow| LiveSession {
            expires_at: expires_at(&row),
            id: row.id,
            email: row.email,
            device: Device::new(&row.user_agent, row.address.parse().ok()),
            created_at: row.created_at,
            refreshed_at: row.handed_at,
        });
        Ok(live.collect())
    }

    /// Returns how many live sessions each of these accounts has.
    pub(crate) async fn count_by_account(
        &self,
        accounts: &[AccountId],
    ) -> Result<HashMap<AccountId, u32>, SessionError> {
        let Inner { store, policy, .. } = &*self.inner;
        let times = LiveTimes::at(self.inner.clock.now(), policy);
        let counts = store.count_live_by_account(accounts, times).await?;
        let count = |count: i64| u32::try_from(count).unwrap_or_default();
        Ok(counts.into_iter().map(|(id, n)| (id, count(n))).collect())
    }
}
