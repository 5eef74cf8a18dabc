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

    /// Takes so many at most of what is to be written.
    pub(crate) fn take(&self, most: usize) -> Vec<(SessionId, u32, Timestamp)> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<_> = pending.keys().take(most).copied().collect();
        let taken = some.iter().filter_map(|key| pending.remove_entry(key));
        let taken = taken.map(|((session, generation), at)| (session, generation, at));
        taken.collect()
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
            confirmations.take(9),
            [(session, 3, Timestamp::from_seconds(5))]
        );
        assert_eq!(confirmations.take(9), []);
    }

    #[test]
    fn a_batch_is_no_larger_than_asked_for_and_nothing_is_lost() {
        let confirmations = Confirmations::default();
        let now = Timestamp::from_seconds(1);
        for _ in 0..5 {
            confirmations.note(SessionId::new(now), 0, now);
        }
        let sizes: Vec<_> = (0..4).map(|_| confirmations.take(2).len()).collect();
        assert_eq!(sizes, [2, 2, 1, 0]);
    }
}
