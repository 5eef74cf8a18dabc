//! Listing the sessions that have not ended.

use super::{Store, StoreError, connection::either::with_connection};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// A session that has not ended, with the e-mail address of its account and its device.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct ListedRow {
    pub(crate) id: SessionId,
    pub(crate) email: String,
    /// Empty if unknown, also for a session that began before devices were stored.
    pub(crate) user_agent: String,
    /// Empty if unknown.
    pub(crate) address: String,
    pub(crate) created_at: Timestamp,
    pub(crate) handed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Store {
    /// Returns the sessions that have not ended, that expire after `now`, and whose refresh
    /// token was last issued after `issued_after`; of one account or of all, newest first,
    /// and at most `limit` of them.
    pub(crate) async fn live_sessions(
        &self,
        account: Option<AccountId>,
        now: Timestamp,
        issued_after: Timestamp,
        limit: u32,
    ) -> Result<Vec<ListedRow>, StoreError> {
        // Two statements, so that each can use an index of its own.
        let statement = match account {
            None => {
                "SELECT s.id, a.email, s.created_at, s.handed_at, s.expires_at,
                        coalesce(d.user_agent, '') AS user_agent,
                        coalesce(d.address, '') AS address
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                      LEFT JOIN session_devices d ON d.session_id = s.id
                 WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.handed_at > $2
                 ORDER BY s.id DESC LIMIT $3"
            }
            Some(_) => {
                "SELECT s.id, a.email, s.created_at, s.handed_at, s.expires_at,
                        coalesce(d.user_agent, '') AS user_agent,
                        coalesce(d.address, '') AS address
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                      LEFT JOIN session_devices d ON d.session_id = s.id
                 WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.handed_at > $2
                   AND s.account_id = $4
                 ORDER BY s.id DESC LIMIT $3"
            }
        };
        with_connection!(self.backend.read(), async |connection| {
            let query = sqlx::query_as(statement)
                .bind(now)
                .bind(issued_after)
                .bind(i64::from(limit));
            let query = match account {
                None => query,
                Some(account) => query.bind(account),
            };
            Ok(query.fetch_all(connection).await?)
        })
    }
}
