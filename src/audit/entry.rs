//! An event with everything that is recorded about it.

use super::{Actor, AuditEvent};
use crate::{
    ids::{AccountId, SessionId},
    request_context::RequestContext,
};

/// An event with everything that is recorded about it: what happened, to whom, by whom, and in
/// which request.
#[derive(Clone, Debug)]
pub(crate) struct AuditEntry {
    pub(crate) event: AuditEvent,
    pub(crate) account: Option<AccountId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) actor: Actor,
    /// The id of a signing key.
    pub(crate) key_id: Option<String>,
    /// The request that the current task handles.
    pub(crate) request: Option<RequestContext>,
}

impl AuditEntry {
    /// Creates an entry for an event that the owner of its account causes, in the current
    /// request.
    pub(crate) fn new(event: AuditEvent) -> Self {
        Self {
            event,
            account: None,
            session: None,
            actor: Actor::Owner,
            key_id: None,
            request: RequestContext::current(),
        }
    }

    /// Sets the account to which the event happens. An actor with this account is its owner.
    pub(crate) fn of(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        let actor = self.actor;
        self.by(actor)
    }

    /// Sets the session to which the event happens.
    pub(crate) fn in_session(mut self, session: impl Into<Option<SessionId>>) -> Self {
        self.session = session.into();
        self
    }

    /// Sets who causes the event.
    pub(crate) fn by(mut self, actor: Actor) -> Self {
        let is_own = actor.account().is_some() && actor.account() == self.account;
        self.actor = if is_own { Actor::Owner } else { actor };
        self
    }

    /// Sets the signing key to which the event happens.
    pub(crate) fn of_key(mut self, id: &str) -> Self {
        self.key_id = Some(id.to_owned());
        self
    }

    /// Logs the event. The line contains the address of the client, but no e-mail address, name
    /// or token.
    pub(crate) fn log(&self) {
        use tracing::field::display;

        let event = self.event.name();
        let account = self.account.map(display);
        let session = self.session.map(display);
        let actor = display(self.actor);
        let key = self.key_id.as_deref();
        let address = self.request.as_ref().and_then(|request| request.address);
        let address = address.map(display);
        let request_id = self.request.as_ref().map(|request| display(&request.id));
        if self.event.is_warning() {
            tracing::warn!(target: "portcullis::audit", event, account, session, actor, key, address, request_id);
        } else {
            tracing::info!(target: "portcullis::audit", event, account, session, actor, key, address, request_id);
        }
    }
}
