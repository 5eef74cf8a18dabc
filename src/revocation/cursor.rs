//! The position in the revocation feed.

use std::time::Duration;

use crate::{clock::Timestamp, policy::FEED_OVERLAP, store::FeedPosition};

/// The position in the feed, from which the next read continues.
#[derive(Debug)]
pub(super) struct Cursor {
    memory: Duration,
    /// When the feed was last read.
    read_at: Option<Timestamp>,
    /// The position that the database returned with the last read.
    position: Option<FeedPosition>,
}

impl Cursor {
    /// Creates the cursor of a feed that has not been read yet.
    pub(super) fn new(memory: Duration) -> Self {
        Self {
            memory,
            read_at: None,
            position: None,
        }
    }

    /// Returns the time from which on ended sessions have to be read at `now`. The read
    /// overlaps with the last one, for sessions whose end was committed late. A read from a
    /// position needs no such limit: the end may have waited for a standby for minutes.
    pub(super) fn since(&self, now: Timestamp) -> Timestamp {
        match self.last_read(now) {
            Some(last) if self.position.is_none() => last - FEED_OVERLAP,
            _ => now - self.memory,
        }
    }

    /// Returns the position from which on the feed has to be read at `now`. `None` for a full
    /// read.
    pub(super) fn position(&self, now: Timestamp) -> Option<&FeedPosition> {
        self.last_read(now)?;
        self.position.as_ref()
    }

    /// Records that the feed was read from the time that [`Cursor::since`] returned for
    /// `now`, and up to `position`.
    pub(super) fn record_read(&mut self, now: Timestamp, position: Option<FeedPosition>) {
        self.read_at = Some(now);
        self.position = position;
    }

    /// Returns when the feed was last read; `None` if a full read is due at `now`. It is also
    /// due after the clock was set back: the clock may have been ahead before, and ended
    /// sessions may have been removed from the view too early.
    fn last_read(&self, now: Timestamp) -> Option<Timestamp> {
        self.read_at.filter(|last| *last <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn read_from_a_position_includes_late_commits() {
        let memory = Duration::from_secs(1500);
        let mut cursor = Cursor::new(memory);
        assert!(cursor.position(at(10_000)).is_none());
        cursor.record_read(at(10_000), Some(FeedPosition::default()));
        let now = at(10_001);
        assert!(cursor.position(now).is_some());
        assert_eq!(cursor.since(now), now - memory);
        let set_back = at(9_999);
        assert!(cursor.position(set_back).is_none(), "a full read is due");
    }

    #[test]
    fn full_read_at_start_and_after_the_clock_was_set_back() {
        let memory = Duration::from_secs(1500);
        let mut cursor = Cursor::new(memory);
        let mut read = |seconds| {
            let now = at(seconds);
            let since = cursor.since(now);
            cursor.record_read(now, None);
            since
        };
        assert_eq!(read(10_000), at(8_500));
        // The overlap has what was committed late, or by a clock that is behind.
        assert_eq!(read(10_001), at(9_975));
        assert_eq!(read(10_059), at(9_976));
        // The clock was ahead for a short time.
        assert_eq!(read(90_000), at(10_034));
        assert_eq!(read(10_062), at(8_562));
        assert_eq!(read(10_063), at(10_037));
    }
}
