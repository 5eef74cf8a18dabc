//! The rotation decision: what a presented refresh token means.
//!
//! Pure and total: every branch of the protocol is in [`judge`] and nowhere
//! else. RFC 9700, section 4.14.2, asks that the reuse of a refresh token be
//! found; it says nothing of the honest browser that lost an answer. The
//! branches *renew*, *replay* and *heal* are for that browser, and so is the
//! *rotate* that follows upon an answer that was lost for good.

use std::time::Duration;

use crate::clock::Timestamp;

/// What the database holds of a live session's rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The generation whose refresh token is the current one; 0 at sign-in.
    pub generation: u32,
    /// The generation that was presented for the current one; none at sign-in.
    /// Generations between the two were handed out, never arrived, and are void.
    pub parent: Option<u32>,
    /// When the current generation's refresh token was last handed out.
    pub handed_at: Timestamp,
    /// When an access token of the current generation was first used.
    pub confirmed_at: Option<Timestamp>,
}

/// What a refresh token says of its place in the rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented {
    /// Its generation.
    pub generation: u32,
    /// The generation that was presented for it; none at sign-in.
    pub parent: Option<u32>,
}

/// The two windows of the rotation; [`Policy`](crate::policy::Policy) has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// W: how long two requests may pass for one that was repeated. A moment
    /// exactly W ago is still within it.
    pub replay: Duration,
    /// L: after how long an answer that was not used counts as lost. At least W.
    /// A wider one bears answers that come later than the network is thought to
    /// allow; a thief may hide in it who keeps what it stole unused.
    pub lost: Duration,
}

/// What is to be done with a refresh token that passed every other check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The current token, in due time; or its parent, long after the current
    /// one was handed out and never used, which is void from now on. Generation
    /// `next` supersedes, and the presented one is its parent.
    Rotate {
        /// The generation of the new refresh token.
        next: u32,
    },
    /// The current token, handed out just now: a second tab, or a request sent
    /// twice. A new access token; the refresh cookie stays untouched and
    /// nothing is written, or a late answer could set the browser back.
    Renew,
    /// The parent, while the current token may not have arrived: the answer
    /// was lost. The current generation is handed out again.
    Replay,
    /// A token of a generation that we signed and do not remember: our own
    /// write was lost. What was presented becomes the current one, with its own
    /// parent, and a new access token is all that goes out: requests from before
    /// may be under way still.
    Heal,
    /// Anything else was superseded for good: two parties hold one session's
    /// tokens, and the session ends.
    Reuse,
}

/// Judges a refresh token.
///
/// The caller has verified its signature, its claims and its `key`, and the
/// session is live and of an active account. A clock that was set back counts
/// as no time passed, which errs towards the honest browser.
pub fn judge(record: &Record, presented: Presented, now: Timestamp, windows: Windows) -> Decision {
    let within = |window: Duration, since: Timestamp| now.since(since) <= window;
    if presented.generation > record.generation {
        return Decision::Heal;
    }
    if presented.generation == record.generation {
        return if within(windows.replay, record.handed_at) {
            Decision::Renew
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

/// Refused at the end of the numbers, where no session can get by renewing: at
/// one rotation a second it is 136 years away.
fn supersede(record: &Record) -> Decision {
    let next = record.generation.checked_add(1);
    next.map_or(Decision::Reuse, |next| Decision::Rotate { next })
}

/// Whether the use of an access token shows that somebody else has the
/// session's tokens: it is of a generation that was handed out, counted as lost,
/// and was superseded by the return of its parent. The answer that carried it
/// did not get to the browser, but it got to somebody.
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

    /// Handed out at 1000 s.
    fn record(generation: u32, parent: Option<u32>, confirmed_at: Option<i64>) -> Record {
        Record {
            generation,
            parent,
            handed_at: at(1_000),
            confirmed_at: confirmed_at.map(at),
        }
    }

    /// A token of that generation, whatever its parent: only healing asks.
    fn token(generation: u32) -> Presented {
        Presented {
            generation,
            parent: generation.checked_sub(1),
        }
    }

    #[test]
    fn the_table_of_the_protocol() {
        use Decision::{Heal, Renew, Replay, Reuse, Rotate};
        let unused = record(5, Some(4), None);
        let used = record(5, Some(4), Some(1_100));
        let superseded = record(5, Some(2), None);
        let first = record(0, None, None);
        let last = record(u32::MAX, Some(u32::MAX - 1), None);
        let next = |next| Rotate { next };
        let end = u32::MAX;
        let cases = [
            ("current, in due time", unused, 5, 2_000, next(6)),
            ("current, past the window", unused, 5, 1_031, next(6)),
            ("current, exactly at the window", unused, 5, 1_030, Renew),
            ("current, handed out this moment", unused, 5, 1_000, Renew),
            ("current, clock set back", unused, 5, 10, Renew),
            ("parent, successor not used yet", unused, 4, 1_031, Replay),
            ("parent, exactly when it is lost", unused, 4, 1_060, Replay),
            ("parent, successor lost", unused, 4, 1_061, next(6)),
            ("parent, used exactly W ago", used, 4, 1_130, Replay),
            ("parent, used longer ago", used, 4, 1_131, Reuse),
            ("grandparent, inside the window", unused, 3, 1_001, Reuse),
            ("the first token of all", unused, 0, 1_001, Reuse),
            ("what its parent superseded", superseded, 4, 1_001, Reuse),
            ("the parent of those, again", superseded, 2, 1_001, Replay),
            ("older than the parent", superseded, 1, 1_001, Reuse),
            ("a write of ours was lost", used, 6, 1_001, Heal),
            ("several writes were lost", unused, 9, 2_000, Heal),
            ("generation 0 has no parent", first, 0, 2_000, next(1)),
            ("the end of the numbers", last, end, 2_000, Reuse),
            ("the end of the numbers, lost", last, end - 1, 2_000, Reuse),
            ("healing at the end of the numbers", first, end, 2_000, Heal),
        ];
        for (name, record, presented, now, expected) in cases {
            let decision = judge(&record, token(presented), at(now), WINDOWS);
            assert_eq!(decision, expected, "{name}");
        }
    }

    #[test]
    fn microseconds_count_at_the_edge() {
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
    fn only_what_was_handed_out_and_superseded_unused_is_a_stray() {
        let superseded = record(5, Some(2), None);
        let strays = (0..8).filter(|used| is_stray(&superseded, *used));
        assert_eq!(strays.collect::<Vec<_>>(), [3, 4]);
        assert!(!(0..8).any(|used| is_stray(&record(5, Some(4), None), used)));
        assert!(!is_stray(&record(0, None, None), 0));
    }
}
