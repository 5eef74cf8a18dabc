//! Reading the audit trail.

use super::{Store, StoreError, connection::either::with_connection};
use crate::{clock::Timestamp, ids::AccountId};

impl Store {
    /// Returns the names and times of the last events of an account, newest first, and at
    /// most `limit` of them.
    pub(crate) async fn recent_events(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let events = sqlx::query_as(
                "SELECT event, at FROM audit_events WHERE account_id = $1
                 ORDER BY at DESC, id DESC LIMIT $2",
            )
            .bind(account)
            .bind(i64::from(limit))
            .fetch_all(connection)
            .await?;
            Ok(events)
        })
    }
}
