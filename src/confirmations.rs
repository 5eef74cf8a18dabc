//! Confirmations: the first use of each generation's access token, gathered off
//! the request path and written in batches. A lost one only makes the rotation
//! lenient, so nothing waits for them and too many are dropped.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{clock::Timestamp, ids::SessionId};

/// The most that is kept between two batches.
const MOST: usize = 100_000;

/// What has been confirmed since the last batch.
#[derive(Debug, Default)]
pub(crate) struct Confirmations(Mutex<HashMap<(SessionId, u32), Timestamp>>);

impl Confirmations {
    /// Notes that an access token of that generation was used at `at`. The
    /// first note of a generation counts.
    pub(crate) fn note(&self, session: SessionId, generation: u32, at: Timestamp) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() < MOST {
            pending.entry((session, generation)).or_insert(at);
        }
    }

    /// Takes what is to be written, in the order of the sessions.
    pub(crate) fn take(&self) -> Vec<(SessionId, u32, Timestamp)> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = pending
            .drain()
            .map(|((session, generation), at)| (session, generation, at));
        let mut taken: Vec<_> = taken.collect();
        taken.sort_unstable();
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_use_counts() {
        let confirmations = Confirmations::default();
        let session = SessionId::new(Timestamp::from_seconds(1));
        confirmations.note(session, 3, Timestamp::from_seconds(5));
        confirmations.note(session, 3, Timestamp::from_seconds(6));
        assert_eq!(
            confirmations.take(),
            [(session, 3, Timestamp::from_seconds(5))]
        );
        assert_eq!(confirmations.take(), []);
    }
}
