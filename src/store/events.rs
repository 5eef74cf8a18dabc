//! Reading the audit trail.

use super::{
    Store, StoreError,
    connection::either::with_connection,
    page::{Page, PagePosition, limit_for},
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
    /// Those of the request with this id. There is no index of requests: the time of the
    /// request has to be in `from` and `to`.
    pub(crate) request: Option<String>,
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

impl EventPosition {
    /// Returns the position before all events of a time.
    const fn before(at: Timestamp) -> Self {
        Self { at, id: i64::MIN }
    }
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

/// An event of an account, as shown to its owner.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct RecentEventRow {
    pub(crate) event: String,
    pub(crate) at: Timestamp,
    pub(crate) actor: Option<String>,
    pub(crate) address: Option<String>,
}

/// The queries of a page of events after an event, and of one before an event, with a further
/// condition.
macro_rules! events {
    ($condition:literal) => {
        [
            events!($condition, "<", ">=", " DESC"),
            // In the opposite order.
            events!($condition, ">", "<", ""),
        ]
    };
    ($condition:literal, $from:literal, $to:literal, $order:literal) => {
        concat!(
            "SELECT id, at, event, account_id, session_id, actor, actor_id, request_id, address,
                    key_id,
                    (SELECT email FROM accounts a WHERE a.id = account_id) AS account_email,
                    (SELECT email FROM accounts a WHERE a.id = actor_id) AS actor_email
             FROM audit_events WHERE (at, id) ",
            $from,
            " ($1, $2) AND at ",
            $to,
            " $3",
            $condition,
            " ORDER BY at",
            $order,
            ", id",
            $order,
            " LIMIT $4"
        )
    };
}

// Statements for each filter, so that each can use an index of its own.
pub(super) const EVENTS: [&str; 2] = events!("");
pub(super) const EVENTS_OF_KIND: [&str; 2] = events!(" AND event = $5");
pub(super) const EVENTS_OF_ACCOUNT: [&str; 2] = events!(" AND account_id = $5");
/// Reads all events of the account until the page is full. The expression keeps the database
/// from using the index by kind, which may have far more rows.
pub(super) const EVENTS_OF_ACCOUNT_AND_KIND: [&str; 2] =
    events!(" AND account_id = $5 AND event || '' = $6");
/// Reads all events of the time of the request, by any of the indexes.
pub(super) const EVENTS_OF_REQUEST: [&str; 2] = events!(
    " AND request_id = $5 AND ($6 IS NULL OR account_id = $6) AND ($7 IS NULL OR event = $7)"
);

impl Store {
    /// Returns the last events of an account, newest first, and at most `limit` of them. Leaves out failed attempts, of which a stranger can cause so many
    /// that the other events would not be shown.
    pub(crate) async fn recent_events(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<RecentEventRow>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let events = sqlx::query_as(
                "SELECT event, at, actor, address FROM audit_events WHERE account_id = $1
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

    /// Returns a page of events, newest first.
    pub(crate) async fn events(
        &self,
        filter: &EventFilter,
        position: PagePosition<EventPosition>,
        len: usize,
    ) -> Result<Page<EventRow>, StoreError> {
        if let PagePosition::Before(first) = position {
            let rows = self.events_before(filter, first, len).await?;
            if let Some(page) = Page::before(rows, len) {
                return Ok(page);
            }
        }
        let last = position.after();
        let rows = self.events_after(filter, last, len).await?;
        Ok(Page::new(rows, len, last.is_none()))
    }

    async fn events_after(
        &self,
        filter: &EventFilter,
        last: Option<EventPosition>,
        len: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let to = filter.to.unwrap_or(Timestamp::from_micros(i64::MAX));
        let to = EventPosition::before(to);
        let last = last.map_or(to, |last| last.min(to));
        let from = filter.from.unwrap_or(Timestamp::from_micros(i64::MIN));
        let [statement, _] = statements(filter);
        self.filtered_events(statement, filter, last, from, len)
            .await
    }

    /// Returns the events before an event of the list, which are later ones, in the order of
    /// their times.
    async fn events_before(
        &self,
        filter: &EventFilter,
        first: EventPosition,
        len: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let from = filter.from.unwrap_or(Timestamp::from_micros(i64::MIN));
        let first = first.max(EventPosition::before(from));
        let to = filter.to.unwrap_or(Timestamp::from_micros(i64::MAX));
        let [_, statement] = statements(filter);
        self.filtered_events(statement, filter, first, to, len)
            .await
    }

    /// Reads events from a position to a time.
    async fn filtered_events(
        &self,
        statement: &'static str,
        filter: &EventFilter,
        position: EventPosition,
        end: Timestamp,
        len: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let query = sqlx::query_as(statement)
                .bind(position.at)
                .bind(position.id)
                .bind(end)
                .bind(limit_for(len));
            let query = match (&filter.request, filter.account, filter.event) {
                (None, None, None) => query,
                (None, None, Some(event)) => query.bind(event),
                (None, Some(account), None) => query.bind(account),
                (None, Some(account), Some(event)) => query.bind(account).bind(event),
                (Some(request), account, event) => query.bind(request).bind(account).bind(event),
            };
            Ok(query.fetch_all(connection).await?)
        })
    }
}

const fn statements(filter: &EventFilter) -> [&'static str; 2] {
    match (&filter.request, filter.account, filter.event) {
        (None, None, None) => EVENTS,
        (None, None, Some(_)) => EVENTS_OF_KIND,
        (None, Some(_), None) => EVENTS_OF_ACCOUNT,
        (None, Some(_), Some(_)) => EVENTS_OF_ACCOUNT_AND_KIND,
        (Some(_), ..) => EVENTS_OF_REQUEST,
    }
}
