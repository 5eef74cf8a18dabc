//! Reading the audit trail.

use super::{
    Store, StoreError,
    connection::either::with_connection,
    page::{Page, limit_for},
};
use crate::{
    audit::AuditEvent,
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// The events of the audit trail that are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventFilter {
    /// Those with this name.
    pub(crate) event: Option<&'static str>,
    /// Those of this account.
    pub(crate) account: Option<AccountId>,
    /// Those at this time or later.
    pub(crate) from: Option<Timestamp>,
    /// Those before this time.
    pub(crate) to: Option<Timestamp>,
}

/// A position in the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventPosition {
    pub(crate) at: Timestamp,
    pub(crate) id: i64,
}

/// An event, with the e-mail addresses of its accounts. An address is `None` if the row of the
/// account has been purged, and empty if the account has none or was deleted.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct EventRow {
    pub(crate) id: i64,
    pub(crate) at: Timestamp,
    pub(crate) event: String,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) account_email: Option<String>,
    pub(crate) session_id: Option<SessionId>,
    /// The kind of [`Actor`](crate::audit::Actor); `None` for an event of an older version.
    pub(crate) actor: Option<String>,
    pub(crate) actor_id: Option<AccountId>,
    pub(crate) actor_email: Option<String>,
    pub(crate) request_id: Option<String>,
    /// The address of the client; `None` if it was not known, or the account was deleted.
    pub(crate) address: Option<String>,
    /// The id of a signing key.
    pub(crate) key_id: Option<String>,
}

impl EventRow {
    /// Returns the position of the event.
    pub(crate) const fn position(&self) -> EventPosition {
        EventPosition {
            at: self.at,
            id: self.id,
        }
    }
}

/// The query of a page of events, with a further condition.
macro_rules! events {
    ($condition:literal) => {
        concat!(
            "SELECT id, at, event, account_id, session_id, actor, actor_id, request_id, address,
                    key_id,
                    (SELECT email FROM accounts a WHERE a.id = account_id) AS account_email,
                    (SELECT email FROM accounts a WHERE a.id = actor_id) AS actor_email
             FROM audit_events WHERE (at, id) < ($1, $2) AND at >= $3",
            $condition,
            " ORDER BY at DESC, id DESC LIMIT $4"
        )
    };
}

// A statement for each filter, so that each can use an index of its own.
pub(super) const EVENTS: &str = events!("");
pub(super) const EVENTS_OF_KIND: &str = events!(" AND event = $5");
pub(super) const EVENTS_OF_ACCOUNT: &str = events!(" AND account_id = $5");
/// Reads all events of the account until the page is full. The expression keeps the database
/// from using the index by kind, which may have far more rows.
pub(super) const EVENTS_OF_ACCOUNT_AND_KIND: &str =
    events!(" AND account_id = $5 AND event || '' = $6");

impl Store {
    /// Returns the names and times of the last events of an account, newest first, and at
    /// most `limit` of them. Leaves out failed attempts, of which a stranger can cause so many
    /// that the other events would not be shown.
    pub(crate) async fn recent_events(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let events = sqlx::query_as(
                "SELECT event, at FROM audit_events WHERE account_id = $1
                   AND event NOT IN ($3, $4)
                 ORDER BY at DESC, id DESC LIMIT $2",
            )
            .bind(account)
            .bind(i64::from(limit))
            .bind(AuditEvent::SignInFailed.name())
            .bind(AuditEvent::PasswordChangeFailed.name())
            .fetch_all(connection)
            .await?;
            Ok(events)
        })
    }

    /// Returns the events before a position, newest first.
    pub(crate) async fn events(
        &self,
        filter: &EventFilter,
        before: Option<EventPosition>,
        len: usize,
    ) -> Result<Page<EventRow>, StoreError> {
        let end = |at| EventPosition { at, id: i64::MIN };
        let to = end(filter.to.unwrap_or(Timestamp::from_micros(i64::MAX)));
        let before = before.map_or(to, |before| before.min(to));
        let from = filter.from.unwrap_or(Timestamp::from_micros(i64::MIN));
        let statement = match (filter.account, filter.event) {
            (None, None) => EVENTS,
            (None, Some(_)) => EVENTS_OF_KIND,
            (Some(_), None) => EVENTS_OF_ACCOUNT,
            (Some(_), Some(_)) => EVENTS_OF_ACCOUNT_AND_KIND,
        };
        with_connection!(self.backend.read(), async |connection| {
            let query = sqlx::query_as(statement)
                .bind(before.at)
                .bind(before.id)
                .bind(from)
                .bind(limit_for(len));
            let query = match filter.account {
                None => query,
                Some(account) => query.bind(account),
            };
            let query = match filter.event {
                None => query,
                Some(event) => query.bind(event),
            };
            Ok(Page::new(query.fetch_all(connection).await?, len))
        })
    }
}
