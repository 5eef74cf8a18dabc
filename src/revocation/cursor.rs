//! The position in the revocation feed.

use std::time::Duration;

use crate::{clock::Timestamp, policy::FEED_OVERLAP, store::FeedPosition};

/// How often the feed is read in full: all ended sessions that the view keeps, not only
/// new ones. A full read finds sessions that were ended by a server whose clock was behind
/// by more than the allowed difference.
const FULL_READ_INTERVAL: Duration = Duration::from_secs(60);

/// The position in the feed, from which the next read continues.
#[derive(Debug)]
pub(super) struct Cursor {
    memory: Duration,
    /// When the feed was last read, and when it was last read in full.
    read_at: Option<(Timestamp, Timestamp)>,
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
        match self.last_reads(now) {
            Some((last, _)) if self.position.is_none() => last - FEED_OVERLAP,
            _ => now - self.memory,
        }
    }

    /// Returns the position from which on the feed has to be read at `now`. `None` for a full
    /// read.
    pub(super) fn position(&self, now: Timestamp) -> Option<&FeedPosition> {
        self.last_reads(now)?;
        self.position.as_ref()
    }

    /// Records that the feed was read from the time that [`Cursor::since`] returned for
    /// `now`, and up to `position`.
    pub(super) fn record_read(&mut self, now: Timestamp, position: Option<FeedPosition>) {
        let full = self.last_reads(now).map_or(now, |(_, full)| full);
        self.read_at = Some((now, full));
        self.position = position;
    }

    /// Returns when the feed was last read, and when it was last read in full; `None` if a full
    /// read is due at `now`.
    fn last_reads(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        self.read_at
            .filter(|(last, full)| !is_full_read_due(*last, *full, now))
    }
}

/// Returns whether a full read is due: after [`FULL_READ_INTERVAL`], and after the clock
/// was set back. It may have been ahead before, and ended sessions may have been removed
/// from the view too early.
fn is_full_read_due(last: Timestamp, full: Timestamp, now: Timestamp) -> bool {
    now < last || now.since(full) >= FULL_READ_INTERVAL
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
        assert!(cursor.position(at(10_060)).is_none(), "a full read is due");
    }

    #[test]
    fn full_read_at_start_each_minute_and_clock_reset() {
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
        assert_eq!(read(10_060), at(8_560));
        assert_eq!(read(10_061), at(10_035));
        // The clock was ahead for a short time.
        assert_eq!(read(90_000), at(88_500));
        assert_eq!(read(10_062), at(8_562));
        assert_eq!(read(10_063), at(10_037));
    }
}
