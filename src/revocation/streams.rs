//! The open streams of this process, each of which ends with its session.
//!
//! A stream waits on a channel that all streams of its session share. The end of a session
//! closes that channel, so it wakes the streams of that session and no others, and a
//! waiting stream costs nothing.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::ids::SessionId;

/// The channels of the sessions that have open streams.
#[derive(Debug, Default)]
pub(super) struct Streams(Mutex<HashMap<SessionId, watch::Sender<()>>>);

impl Streams {
    /// Adds a stream of a session. The channel closes when the session ends.
    pub(super) fn open(&self, session: SessionId) -> watch::Receiver<()> {
        let mut open = self.lock();
        let channel = open.entry(session).or_insert_with(|| watch::channel(()).0);
        channel.subscribe()
    }

    /// Ends the streams of these sessions.
    pub(super) fn end(&self, sessions: impl IntoIterator<Item = SessionId>) {
        let mut open = self.lock();
        if open.is_empty() {
            return;
        }
        for session in sessions {
            open.remove(&session);
        }
    }

    /// Ends the streams of all sessions.
    pub(super) fn end_all(&self) {
        let open = std::mem::take(&mut *self.lock());
        drop(open);
    }

    /// Removes the channel of a session if its last stream was dropped.
    pub(super) fn remove_if_unused(&self, session: SessionId) {
        let mut open = self.lock();
        if open.get(&session).is_some_and(watch::Sender::is_closed) {
            open.remove(&session);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn is_open(stream: &watch::Receiver<()>) -> bool {
        stream.has_changed().is_ok()
    }

    #[test]
    fn session_end_ends_only_its_own_streams() {
        let streams = Streams::default();
        let [one, two] = [1, 2].map(|at| SessionId::new(Timestamp::from_seconds(at)));
        let (first, second, other) = (streams.open(one), streams.open(one), streams.open(two));
        streams.end([one]);
        assert_eq!([&first, &second, &other].map(is_open), [false, false, true]);
        let again = streams.open(one);
        assert!(is_open(&again));
        streams.end_all();
        assert_eq!([&again, &other].map(is_open), [false, false]);
    }

    #[test]
    fn channel_is_removed_with_the_last_stream() {
        let streams = Streams::default();
        let session = SessionId::new(Timestamp::from_seconds(1));
        let (first, second) = (streams.open(session), streams.open(session));
        drop(first);
        streams.remove_if_unused(session);
        assert!(is_open(&second));
        assert_eq!(streams.lock().len(), 1);
        drop(second);
        streams.remove_if_unused(session);
        assert_eq!(streams.lock().len(), 0);
    }
}
