//! The set of ended sessions, built so that no reader waits for a long write.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use crate::{clock::Timestamp, ids::SessionId};

/// The number of shards. A shard is locked while one session is added to it, and its
/// largest table grows in a fraction of a millisecond even with a million sessions.
const SHARDS: usize = 64;

/// The number of buckets that cover the memory of the view. A session is kept for its
/// memory and for up to one bucket longer, and a look-up looks into each bucket.
const BUCKETS: u32 = 4;

/// The ended sessions, in shards by their id, and in each shard in buckets by the time of
/// their end. Old sessions are removed a bucket at a time, which costs the same for one
/// session as for a million.
#[derive(Debug)]
pub(super) struct EndedSessions {
    shards: [RwLock<Shard>; SHARDS],
    /// The time that a bucket covers, in microseconds.
    width: i64,
}

/// The sessions of a shard, by the number of their bucket.
type Shard = BTreeMap<i64, HashSet<SessionId>>;

impl EndedSessions {
    /// Creates an empty set that has to keep sessions for `memory`.
    pub(super) fn new(memory: Duration) -> Self {
        let width = i64::try_from((memory / BUCKETS).as_micros()).unwrap_or(i64::MAX);
        Self {
            shards: [(); SHARDS].map(|()| RwLock::default()),
            width: width.max(1),
        }
    }

    /// Returns whether the set has a session.
    pub(super) fn contains(&self, session: SessionId) -> bool {
        let shard = self.read(shard_of(session));
        shard.values().any(|bucket| bucket.contains(&session))
    }

    /// Returns the number of sessions.
    pub(super) fn len(&self) -> usize {
        let of_shard = |shard| self.read(shard).values().map(HashSet::len).sum::<usize>();
        (0..SHARDS).map(of_shard).sum()
    }

    /// Adds a session that ended at `at`.
    pub(super) fn insert(&self, session: SessionId, at: Timestamp) {
        let bucket = self.bucket(at);
        let mut shard = self.write(shard_of(session));
        shard.entry(bucket).or_default().insert(session);
    }

    /// Removes the sessions that ended before `horizon`, if all sessions of their bucket
    /// did.
    pub(super) fn remove_before(&self, horizon: Timestamp) {
        let first_kept = self.bucket(horizon);
        for index in 0..SHARDS {
            let is_due = |shard: &Shard| {
                shard
                    .first_key_value()
                    .is_some_and(|(n, _)| *n < first_kept)
            };
            if is_due(&self.read(index)) {
                let mut shard = self.write(index);
                let kept = shard.split_off(&first_kept);
                let removed = std::mem::replace(&mut *shard, kept);
                drop(shard);
                // Freed without the lock.
                drop(removed);
            }
        }
    }

    fn bucket(&self, at: Timestamp) -> i64 {
        at.as_micros().div_euclid(self.width)
    }

    fn read(&self, index: usize) -> RwLockReadGuard<'_, Shard> {
        self.shards[index]
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, index: usize) -> RwLockWriteGuard<'_, Shard> {
        self.shards[index]
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the shard of a session. The last byte of a `UUIDv7` is random.
fn shard_of(session: SessionId) -> usize {
    usize::from(session.last_byte()) % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_is_removed_when_all_of_it_is_old() {
        let at = Timestamp::from_seconds;
        let ended = EndedSessions::new(Duration::from_secs(40));
        let [early, late] = [100, 109].map(|end| {
            let session = SessionId::new(at(end));
            ended.insert(session, at(end));
            session
        });
        ended.remove_before(at(109));
        assert!(ended.contains(early) && ended.contains(late));
        let later = SessionId::new(at(110));
        ended.insert(later, at(110));
        ended.remove_before(at(110));
        assert!(!ended.contains(early) && !ended.contains(late));
        assert!(ended.contains(later));
    }

    #[test]
    fn old_buckets_are_removed_from_every_shard() {
        let (begin, memory) = (
            Timestamp::from_seconds(1_000_000),
            Duration::from_secs(1500),
        );
        let ended = EndedSessions::new(memory);
        for n in 0..10_000_u64 {
            let at = begin + Duration::from_millis(100 * n);
            ended.insert(SessionId::new(at), at);
        }
        assert!((0..SHARDS).all(|shard| !ended.read(shard).is_empty()));
        ended.remove_before(begin + memory);
        assert!((0..SHARDS).all(|shard| ended.read(shard).is_empty()));
    }
}
