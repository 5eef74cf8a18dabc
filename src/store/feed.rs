//! Reading the revocation feed: the sessions that have ended, and the accounts that have changed.

use super::{Store, StoreError, connection::either::with_connection};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// The query of a full read of the revocation feed.
pub(super) const ENDED_SINCE: &str = "SELECT id, ended_at FROM sessions WHERE ended_at > $1";

/// The query of any other read (`SQLite`). Every process runs it several times a second.
pub(super) const ENDED_SINCE_NUMBER: &str = "SELECT id, ended_at FROM sessions
     WHERE ended_number > CAST($2 AS INTEGER) AND ended_at > $1";

/// The same (`PostgreSQL`).
pub(super) const ENDED_SINCE_TRANSACTION: &str = "SELECT id, ended_at FROM sessions
     WHERE ended_by >= $2::text::xid8 AND ended_at > $1";

/// The query for the accounts that have changed (`SQLite`).
pub(super) const CHANGED_SINCE_NUMBER: &str =
    "SELECT id FROM accounts WHERE changed_number > CAST($1 AS INTEGER)";

/// The same (`PostgreSQL`).
pub(super) const CHANGED_SINCE_TRANSACTION: &str =
    "SELECT id FROM accounts WHERE changed_by >= $1::text::xid8";

/// What a read of the revocation feed returned.
#[derive(Debug)]
pub(crate) struct FeedRead {
    /// The sessions that ended, each with the time of its end.
    pub(crate) ended: Vec<(SessionId, Timestamp)>,
    /// The accounts that have changed since the position of the read; `None` if it had no
    /// position, and any account may have changed.
    pub(crate) changed: Option<Vec<AccountId>>,
    /// The position for the next read.
    pub(crate) position: FeedPosition,
}

/// A position in the revocation feed. On `SQLite` the number of an end: the ends up to it have
/// been read. On `PostgreSQL` a transaction: all earlier transactions have ended, so the
/// sessions that they ended need not be read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FeedPosition(pub(super) String);

impl Store {
    /// Returns the sessions that ended after `since`, each with the time of its end.
    pub(crate) async fn ended_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(SessionId, Timestamp)>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let query = sqlx::query_as(ENDED_SINCE).bind(since);
            Ok(query.fetch_all(connection).await?)
        })
    }

    /// Returns the sessions that ended after `since`, the accounts that have changed, and the
    /// position for the next read. With the position of the previous read it leaves out what
    /// was committed before that read. Uses a connection of its own, so that requests do not
    /// delay it.
    pub(crate) async fn read_feed(
        &self,
        since: Timestamp,
        position: Option<&FeedPosition>,
    ) -> Result<FeedRead, StoreError> {
        // Before the sessions: those that end in between are read again.
        let next = self.backend.pick(
            "SELECT CAST(last_number AS TEXT) FROM revocation_feed",
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text",
        );
        let later_ends = self
            .backend
            .pick(ENDED_SINCE_NUMBER, ENDED_SINCE_TRANSACTION);
        let later_changes = self
            .backend
            .pick(CHANGED_SINCE_NUMBER, CHANGED_SINCE_TRANSACTION);
        with_connection!(self.backend.feed(), async |connection| {
            let next = sqlx::query_scalar(next).fetch_one(&mut *connection).await?;
            let Some(FeedPosition(position)) = position else {
                let query = sqlx::query_as(ENDED_SINCE).bind(since);
                return Ok(FeedRead {
                    ended: query.fetch_all(connection).await?,
                    changed: None,
                    position: FeedPosition(next),
                });
            };
            let ended = sqlx::query_as(later_ends).bind(since).bind(position);
            let ended = ended.fetch_all(&mut *connection).await?;
            let changed = sqlx::query_scalar(later_changes).bind(position);
            Ok(FeedRead {
                ended,
                changed: Some(changed.fetch_all(connection).await?),
                position: FeedPosition(next),
            })
        })
    }
}
