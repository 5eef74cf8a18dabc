//! The wait of one stream for the end of its session.

use std::sync::Arc;

use tokio::sync::watch;

use super::{RevocationView, SessionStatus};
use crate::ids::SessionId;

/// A stream's registration in the view, which is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct StreamRegistration {
    view: Arc<RevocationView>,
    session: SessionId,
    /// `None` if the stream must end at once.
    channel: Option<watch::Receiver<()>>,
}

impl StreamRegistration {
    /// Registers a stream of a session. If the session has ended, or the view is stale,
    /// the stream must end at once.
    pub(crate) fn new(view: Arc<RevocationView>, session: SessionId) -> Self {
        // Registered before the view is asked, because the session may end in between.
        let channel = view.streams().open(session);
        let is_live = view.status(session) == SessionStatus::Live;
        let mut registration = Self {
            view,
            session,
            channel: Some(channel),
        };
        if !is_live {
            registration.unregister();
        }
        registration
    }

    /// Waits until the stream must end.
    pub(crate) async fn ended(&mut self) {
        if let Some(channel) = &mut self.channel {
            // No value is ever sent, so this returns when the channel is closed.
            while channel.changed().await.is_ok() {}
        }
    }

    fn unregister(&mut self) {
        self.channel = None;
        self.view.streams().remove_if_unused(self.session);
    }
}

impl Drop for StreamRegistration {
    fn drop(&mut self) {
        self.unregister();
    }
}
