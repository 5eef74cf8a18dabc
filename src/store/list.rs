//! Listing the sessions that have not ended.

use super::{Store, StoreError, connection::either::with_connection};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// A session that has not ended, with its account's address.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct ListedRow {
    pub(crate) id: SessionId,
    pub(crate) email: String,
    pub(crate) created_at: Timestamp,
    pub(crate) handed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Store {
    /// The sessions that have not ended, that expire after `now` and whose
    /// refresh token was handed out after `handed_after`; newest first, of one
    /// account or of all, and at most `most` of them.
    pub(crate) async fn live_sessions(
        &self,
        account: Option<AccountId>,
        now: Timestamp,
        handed_after: Timestamp,
        most: u32,
    ) -> Result<Vec<ListedRow>, StoreError> {
        // Two texts, so that each is answered by an index of its own.
        let statement = match account {
            None => {
                "SELECT s.id, a.email, s.created_at, s.handed_at, s.expires_at
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                 WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.handed_at > $2
                 ORDER BY s.id DESC LIMIT $3"
            }
            Some(_) => {
                "SELECT s.id, a.email, s.created_at, s.handed_at, s.expires_at
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                 WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.handed_at > $2
                   AND s.account_id = $4
                 ORDER BY s.id DESC LIMIT $3"
            }
        };
        with_connection!(self.backend.read(), async |connection| {
            let query = sqlx::query_as(statement)
                .bind(now)
                .bind(handed_after)
                .bind(i64::from(most));
            let query = match account {
                None => query,
                Some(account) => query.bind(account),
            };
            Ok(query.fetch_all(connection).await?)
        })
    }
}
