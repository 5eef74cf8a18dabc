//! The rotation decision: what a presented refresh token means.
//!
//! Pure and total: every branch of the protocol is in [`judge`] and nowhere
//! else. RFC 9700, section 4.14.2, asks that the reuse of a refresh token be
//! found; it says nothing of the honest browser that lost an answer. The
//! branches *renew*, *replay* and *heal* are for that browser.

use std::time::Duration;

use crate::clock::Timestamp;

/// What the database holds of a live session's rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The generation whose refresh token is the current one; 0 at sign-in.
    pub generation: u32,
    /// When the current generation's refresh token was last handed out.
    pub handed_at: Timestamp,
    /// When an access token of the current generation was first used.
    pub confirmed_at: Option<Timestamp>,
}

/// What is to be done with a refresh token that passed every other check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The current token, in due time: it is superseded by generation `next`.
    Rotate {
        /// The generation of the new refresh token.
        next: u32,
    },
    /// The current token, handed out just now: a second tab, or a request sent
    /// twice. A new access token; the refresh cookie stays untouched and
    /// nothing is written, or a late answer could set the browser back.
    Renew,
    /// The predecessor, while the successor may not have arrived: the answer
    /// was lost. The current generation is handed out again.
    Replay,
    /// A token of a generation that we signed and do not remember: our own
    /// write was lost. Go on from what the browser has.
    Heal {
        /// The generation of the new refresh token.
        next: u32,
    },
    /// Anything else was superseded for good: two parties hold one session's
    /// tokens, and the session ends.
    Reuse,
}

/// Judges a refresh token of generation `presented`.
///
/// The caller has verified its signature, its claims and its `key`, and the
/// session is live and of an active account. `window` is the replay window W;
/// a moment exactly W ago is still within it. A clock that was set back counts
/// as no time passed, which errs towards the honest browser.
pub fn judge(record: &Record, presented: u32, now: Timestamp, window: Duration) -> Decision {
    let within = |since: Timestamp| now.since(since) <= window;

    if presented == record.generation {
        if within(record.handed_at) {
            return Decision::Renew;
        }
        return successor(presented).map_or(Decision::Reuse, |next| Decision::Rotate { next });
    }
    if presented > record.generation {
        return successor(presented).map_or(Decision::Reuse, |next| Decision::Heal { next });
    }
    let is_predecessor = record.generation - presented == 1;
    if is_predecessor && record.confirmed_at.is_none_or(within) {
        return Decision::Replay;
    }
    Decision::Reuse
}

/// None at the end of the numbers, where no session can get by renewing: at one
/// rotation a second it is 136 years away.
fn successor(generation: u32) -> Option<u32> {
    generation.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: Duration = Duration::from_secs(30);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn record(generation: u32, confirmed_at: Option<i64>) -> Record {
        Record {
            generation,
            handed_at: at(1_000),
            confirmed_at: confirmed_at.map(at),
        }
    }

    #[test]
    fn the_table_of_the_protocol() {
        use Decision::{Heal, Renew, Replay, Reuse, Rotate};
        let cases = [
            (
                "current, in due time",
                record(5, None),
                5,
                2_000,
                Rotate { next: 6 },
            ),
            (
                "current, first second past the window",
                record(5, None),
                5,
                1_031,
                Rotate { next: 6 },
            ),
            (
                "current, exactly at the window",
                record(5, None),
                5,
                1_030,
                Renew,
            ),
            (
                "current, handed out this moment",
                record(5, None),
                5,
                1_000,
                Renew,
            ),
            ("current, clock set back", record(5, None), 5, 10, Renew),
            (
                "predecessor, successor never used",
                record(5, None),
                4,
                900_000,
                Replay,
            ),
            (
                "predecessor, used exactly W ago",
                record(5, Some(1_100)),
                4,
                1_130,
                Replay,
            ),
            (
                "predecessor, used longer ago",
                record(5, Some(1_100)),
                4,
                1_131,
                Reuse,
            ),
            (
                "grandparent, inside the window",
                record(5, None),
                3,
                1_001,
                Reuse,
            ),
            ("the first token of all", record(5, None), 0, 1_001, Reuse),
            (
                "a write of ours was lost",
                record(5, Some(1_100)),
                6,
                1_001,
                Heal { next: 7 },
            ),
            (
                "several writes were lost",
                record(5, None),
                9,
                2_000,
                Heal { next: 10 },
            ),
            (
                "generation 0 has no predecessor",
                record(0, None),
                0,
                2_000,
                Rotate { next: 1 },
            ),
            (
                "the end of the numbers",
                record(u32::MAX, None),
                u32::MAX,
                2_000,
                Reuse,
            ),
            (
                "healing at the end of the numbers",
                record(0, None),
                u32::MAX,
                2_000,
                Reuse,
            ),
        ];
        for (name, record, presented, now, expected) in cases {
            assert_eq!(judge(&record, presented, at(now), W), expected, "{name}");
        }
    }

    #[test]
    fn microseconds_count_at_the_edge() {
        let edge = at(1_030) + Duration::from_micros(1);
        assert_eq!(
            judge(&record(5, None), 5, edge, W),
            Decision::Rotate { next: 6 }
        );
    }
}
