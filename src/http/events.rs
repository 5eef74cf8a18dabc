//! The recent events of the caller's account.

use super::Caller;
use crate::{
    audit::Actor,
    store::RecentEventRow,
    wire::{AccountEvent, ApiError, EventKind, RecentEvents},
};

/// The maximum number of events that are returned.
const MAX_EVENTS: u32 = 20;

impl Caller {
    /// Returns the last events of the account, newest first and at most 20: sign-ins,
    /// sign-outs, changes of the password, revocations and reuse. An event that the owner of the
    /// account caused has the address of the client; that of an administrator is not shown.
    ///
    /// # Errors
    /// As [`Caller::authenticated`]; 503 `busy` if the database does not respond.
    pub async fn recent_events(&self) -> Result<RecentEvents, ApiError> {
        let account = self.authenticated()?.subject().account;
        let events = self.service().accounts().recent_events(account, MAX_EVENTS);
        let events = events.await?.into_iter().map(own_event);
        Ok(RecentEvents {
            events: events.collect(),
        })
    }
}

fn own_event(row: RecentEventRow) -> AccountEvent {
    let is_own = row.actor.as_deref() == Some(Actor::Owner.kind());
    AccountEvent {
        event: EventKind::from_wire(&row.event).unwrap_or(EventKind::Other),
        at: row.at.as_seconds().max(0).unsigned_abs(),
        address: row.address.filter(|_| is_own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::AuditEvent;

    #[test]
    fn events_of_an_account_have_a_kind() {
        for event in [
            AuditEvent::UserCreated,
            AuditEvent::UserUpdated,
            AuditEvent::SignedIn,
            AuditEvent::SignedOut,
            AuditEvent::SessionRevoked,
            AuditEvent::TokenReuse,
            AuditEvent::PasswordChanged,
            AuditEvent::Deactivated,
            AuditEvent::Activated,
            AuditEvent::AdminGranted,
            AuditEvent::AdminRevoked,
            AuditEvent::Deleted,
            AuditEvent::SignInFailed,
            AuditEvent::PasswordChangeFailed,
            AuditEvent::InvitationCreated,
            AuditEvent::InvitationAccepted,
            AuditEvent::InvitationWithdrawn,
            AuditEvent::KeyCreated,
            AuditEvent::KeyRevoked,
            AuditEvent::KeyRetired,
        ] {
            assert!(EventKind::from_wire(event.name()).is_some(), "{event:?}");
        }
    }
}
