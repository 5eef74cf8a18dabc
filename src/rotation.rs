//! The rotation decision: what a presented refresh token means.
//!
//! [`judge`] is pure and total. It contains every branch of this decision, and no
//! other function contains one. RFC 9700, section 4.14.2, requires that the reuse of
//! a refresh token is detected; it does not mention the honest browser that lost a
//! response. The branches *keep*, *replay* and *heal* are for that browser, and so is
//! the *rotate* that follows a response that was lost for good.

use std::time::Duration;

use crate::clock::Timestamp;

/// The state of a live session's rotation, as stored in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The current generation; 0 at sign-in.
    pub generation: u32,
    /// The generation that was presented to get the current one; `None` at sign-in.
    /// The generations between the two were issued, never arrived, and are void.
    pub parent: Option<u32>,
    /// When the refresh token of the current generation was last issued, or when *heal*
    /// made the generation the current one.
    pub handed_at: Timestamp,
    /// When an access token of the current generation was first used.
    pub confirmed_at: Option<Timestamp>,
}

/// The place of a presented refresh token in the rotation, from its claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The token's generation.
    pub generation: u32,
    /// The generation that was presented to get the token; `None` at sign-in.
    pub parent: Option<u32>,
}

/// The two windows of the rotation, from [`Policy`](crate::policy::Policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// W: within this time a second request counts as a retry. A time exactly W ago
    /// is still within the window.
    pub replay: Duration,
    /// L: the time after which an unused response counts as lost. At least W. A
    /// longer L tolerates a network that is slower than assumed, but also gives more
    /// time to a thief who does not use the stolen tokens.
    pub lost: Duration,
}

/// The decision about a refresh token that passed every other check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Issues generation `next`, whose parent is the presented generation. The
    /// presented token is the current one, after W; or it is the parent of the current
    /// generation, which was issued more than L ago, was never used, and is void from
    /// now on.
    Rotate {
        /// The generation of the new refresh token.
        next: u32,
    },
    /// Issues a new access token only. The presented token is the current one and was
    /// issued within W: a second tab, or a request that was sent twice. Nothing is
    /// written. The refresh cookie is not set; otherwise a late response could replace
    /// the browser's refresh token with an older one.
    Keep,
    /// Issues the current generation again. The presented token is its parent, and the
    /// current token may not have arrived: the response was lost.
    Replay,
    /// Makes the presented generation the current one, with its parent, and issues a
    /// new access token only. The server signed the presented token but has no record
    /// of its generation: the server's own write was lost. No refresh token is issued:
    /// earlier requests may still be under way, and a late response could replace a
    /// newer refresh token in the browser.
    Heal,
    /// Ends the session. The presented token was superseded for good, so two parties
    /// hold the session's tokens.
    Reuse,
}

/// Decides what a presented refresh token means.
///
/// The caller has verified the token's signature, claims and `key`, and has checked
/// that the session is live and its account is active. If the clock was set back, no
/// time counts as passed, which favours the honest browser.
pub fn judge(record: &Record, presented: Presented, now: Timestamp, windows: Windows) -> Decision {
    let within = |window: Duration, since: Timestamp| now.since(since) <= window;
    if presented.generation > record.generation {
        return Decision::Heal;
    }
    if presented.generation == record.generation {
        return if within(windows.replay, record.handed_at) {
            Decision::Keep
        } else {
            supersede(record)
        };
    }
    if Some(presented.generation) != record.parent {
        return Decision::Reuse;
    }
    match record.confirmed_at {
        Some(at) if within(windows.replay, at) => Decision::Replay,
        Some(_) => Decision::Reuse,
        None if within(windows.lost, record.handed_at) => Decision::Replay,
        None => supersede(record),
    }
}

/// Rotates to the next generation. At the largest generation number the result is
/// *reuse*. No session gets there by rotating: with one rotation a second it takes
/// 136 years.
fn supersede(record: &Record) -> Decision {
    let next = record.generation.checked_add(1);
    next.map_or(Decision::Reuse, |next| Decision::Rotate { next })
}

/// Returns whether the use of an access token of generation `used` is a stray, which
/// shows that another party has the session's tokens. A stray is the use of a void
/// generation: one that was issued, counted as lost, and was superseded when its parent
/// was presented again. The response that carried it did not reach the browser, so it
/// reached another party.
pub fn is_stray(record: &Record, used: u32) -> bool {
    used < record.generation && record.parent.is_some_and(|parent| parent < used)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOWS: Windows = Windows {
        replay: Duration::from_secs(30),
        lost: Duration::from_secs(60),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    /// A record whose current generation was issued at 1000 s.
    fn record(generation: u32, parent: Option<u32>, confirmed_at: Option<i64>) -> Record {
        Record {
            generation,
            parent,
            handed_at: at(1_000),
            confirmed_at: confirmed_at.map(at),
        }
    }

    /// A token of a generation. Its parent matters only for *heal*.
    fn token(generation: u32) -> Presented {
        Presented {
            generation,
            parent: generation.checked_sub(1),
        }
    }

    #[test]
    fn judge_follows_the_table_of_the_protocol() {
        use Decision::{Heal, Keep, Replay, Reuse, Rotate};
        let unused = record(5, Some(4), None);
        let used = record(5, Some(4), Some(1_100));
        let superseded = record(5, Some(2), None);
        let first = record(0, None, None);
        let last = record(u32::MAX, Some(u32::MAX - 1), None);
        let next = |next| Rotate { next };
        let end = u32::MAX;
        let cases = [
            ("current, long after W", unused, 5, 2_000, next(6)),
            ("current, just after W", unused, 5, 1_031, next(6)),
            ("current, exactly at W", unused, 5, 1_030, Keep),
            ("current, issued now", unused, 5, 1_000, Keep),
            ("current, clock set back", unused, 5, 10, Keep),
            ("parent, successor not used yet", unused, 4, 1_031, Replay),
            ("parent, exactly at L", unused, 4, 1_060, Replay),
            ("parent, successor lost", unused, 4, 1_061, next(6)),
            ("parent, successor used W ago", used, 4, 1_130, Replay),
            ("parent, successor used longer ago", used, 4, 1_131, Reuse),
            ("grandparent, within W", unused, 3, 1_001, Reuse),
            ("first token of the session", unused, 0, 1_001, Reuse),
            ("void generation", superseded, 4, 1_001, Reuse),
            ("parent of void ones, again", superseded, 2, 1_001, Replay),
            ("older than the parent", superseded, 1, 1_001, Reuse),
            ("newer, one write was lost", used, 6, 1_001, Heal),
            ("newer, several writes were lost", unused, 9, 2_000, Heal),
            ("generation 0, without a parent", first, 0, 2_000, next(1)),
            ("largest number", last, end, 2_000, Reuse),
            ("largest number, lost", last, end - 1, 2_000, Reuse),
            ("largest number, newer", first, end, 2_000, Heal),
        ];
        for (name, record, presented, now, expected) in cases {
            let decision = judge(&record, token(presented), at(now), WINDOWS);
            assert_eq!(decision, expected, "{name}");
        }
    }

    #[test]
    fn windows_end_to_the_microsecond() {
        let past = Duration::from_micros(1);
        let unused = record(5, Some(4), None);
        let cases = [(5, at(1_030) + past), (4, at(1_060) + past)];
        for (presented, now) in cases {
            assert_eq!(
                judge(&unused, token(presented), now, WINDOWS),
                Decision::Rotate { next: 6 }
            );
        }
    }

    #[test]
    fn only_the_use_of_a_void_generation_is_a_stray() {
        let superseded = record(5, Some(2), None);
        let strays = (0..8).filter(|used| is_stray(&superseded, *used));
        assert_eq!(strays.collect::<Vec<_>>(), [3, 4]);
        assert!(!(0..8).any(|used| is_stray(&record(5, Some(4), None), used)));
        assert!(!is_stray(&record(0, None, None), 0));
    }
}
