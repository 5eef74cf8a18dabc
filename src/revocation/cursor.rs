//! The position in the revocation feed.

use crate::{clock::Timestamp, store::FeedPosition};

/// The position in the feed, from which the next read continues.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    /// When the feed was last read, and the position that the database returned with that
    /// read. `None` if the feed has not been read yet.
    last_read: Option<(Timestamp, FeedPosition)>,
}

impl Cursor {
    /// Returns the position from which on the feed has to be read at `now`; `None` for a full
    /// read. It is also due after the clock was set back: the clock may have been ahead
    /// before, and ended sessions may have been removed from the view too early.
    pub(super) fn position(&self, now: Timestamp) -> Option<&FeedPosition> {
        let (at, position) = self.last_read.as_ref()?;
        (*at <= now).then_some(position)
    }

    /// Records that the feed was read at `now` up to `position`.
    pub(super) fn record_read(&mut self, now: Timestamp, position: FeedPosition) {
        self.last_read = Some((now, position));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_read_at_start_and_after_the_clock_was_set_back() {
        let at = Timestamp::from_seconds;
        let mut cursor = Cursor::default();
        assert_eq!(cursor.position(at(10_000)), None);
        cursor.record_read(at(10_000), FeedPosition::default());
        assert!(cursor.position(at(10_000)).is_some());
        assert!(cursor.position(at(90_000)).is_some());
        assert_eq!(cursor.position(at(9_999)), None);
        cursor.record_read(at(9_999), FeedPosition::default());
        assert!(cursor.position(at(9_999)).is_some());
    }
}
