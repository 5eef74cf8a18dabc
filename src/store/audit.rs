//! Writing the audit trail.

use super::{
    StoreError,
    connection::either::{ConnectionMut, for_either},
};
use crate::{audit::AuditEntry, clock::Timestamp, request_context::RequestContext};

/// The events of a transaction. They are written in the transaction, and logged once it has been
/// committed: the log contains no event that did not happen.
#[derive(Debug, Default)]
pub(super) struct Trail(Vec<AuditEntry>);

impl Trail {
    /// Writes an event to the audit trail.
    pub(super) async fn record(
        &mut self,
        connection: impl Into<ConnectionMut<'_>>,
        at: Timestamp,
        entry: AuditEntry,
    ) -> Result<(), StoreError> {
        self.record_all(connection, at, vec![entry]).await
    }

    /// Writes several events to the audit trail, in one statement.
    pub(super) async fn record_all(
        &mut self,
        connection: impl Into<ConnectionMut<'_>>,
        at: Timestamp,
        entries: Vec<AuditEntry>,
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        for_either!(connection.into(), |connection| {
            let mut insert = sqlx::QueryBuilder::new(
                "INSERT INTO audit_events (at, event, account_id, session_id, actor, actor_id,
                                           request_id, address, key_id) ",
            );
            insert.push_values(&entries, |mut row, entry| {
                let request = entry.request.as_ref();
                row.push_bind(at).push_bind(entry.event.name());
                row.push_bind(entry.account).push_bind(entry.session);
                row.push_bind(entry.actor.kind());
                row.push_bind(entry.actor.account());
                row.push_bind(request.map(|request| request.id.to_string()));
                row.push_bind(request.and_then(address));
                row.push_bind(entry.key_id.clone());
            });
            insert.build().execute(connection).await?;
        });
        self.0.extend(entries);
        Ok(())
    }

    /// Logs an event after the commit, and does not store it.
    pub(super) fn log_only(&mut self, entry: AuditEntry) {
        self.0.push(entry);
    }

    /// Logs the events, after the commit.
    pub(super) fn log(self) {
        for entry in self.0 {
            entry.log();
        }
    }
}

fn address(request: &RequestContext) -> Option<String> {
    request.address.map(|address| address.to_string())
}
