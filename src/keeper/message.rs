//! The messages between tabs, each one line for a `BroadcastChannel`.
//!
//! A message holds ids, counts and durations, and the wall-clock time from which the durations
//! count; never a token. An attacker who can write to the channel already runs scripts in this
//! origin, and gains nothing by it. Messages are still validated, because an older page may
//! use another version of the format.

use std::{rc::Rc, time::Duration};

use super::{Grant, Reading};
use crate::wire::{Code, Timing};

/// The name of the channel.
pub const CHANNEL: &str = "portcullis";

/// The version of the message format. It changes with the format, so that two versions of a
/// page that are open at the same time do not misread each other's messages.
const VERSION: &str = "1";

/// The longest duration that is accepted; the policy allows 400 days.
const MAX_DURATION: Duration = Duration::from_secs(400 * 86_400);

/// A message from one tab to all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The tokens of this session were refreshed, or these are the newest that a page has.
    Refreshed(TimedGrant),
    /// A user signed in; the cookies now belong to this session.
    SignedIn(TimedGrant),
    /// This session has ended, in all tabs.
    Ended {
        /// The session's id.
        session: Rc<str>,
        /// Why the session ended.
        code: Code,
    },
    /// A refresh failed, and no tab is to retry before the back-off has passed.
    Failing {
        /// The session's id.
        session: Rc<str>,
        /// The number of failures in a row.
        failures: u32,
        /// The time until the next attempt, which the browser cuts short when it is online again.
        wait: Duration,
        /// How long the server asked to wait; zero if it did not ask.
        retry_after: Duration,
    },
    /// Asks the other tabs for newer tokens; sent by a tab that may have missed messages.
    Ask {
        /// The session's id.
        session: Rc<str>,
    },
}

/// A grant, and the time from which its durations count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedGrant {
    /// The grant.
    pub grant: Grant,
    /// The time by the wall clock, which all tabs share, in whole milliseconds.
    pub at: Duration,
}

impl TimedGrant {
    /// Returns `grant` with the time `at` from which its durations count.
    pub fn new(grant: Grant, at: Reading) -> Self {
        let at = Duration::from_millis(millis(at.wall));
        Self { grant, at }
    }

    /// Returns the grant as of `now`: the time that has passed since is subtracted from
    /// `expires_in`. If the clock was set back since, no time seems to have passed; a call
    /// whose token has expired then returns a 401, and is repeated after a refresh.
    pub(super) fn now(&self, now: Reading) -> Grant {
        let mut grant = self.grant.clone();
        let age = now.wall.saturating_sub(self.at);
        grant.timing.expires_in = grant.timing.expires_in.saturating_sub(age);
        grant
    }
}

impl Message {
    /// Returns the message as one line.
    pub fn to_line(&self) -> String {
        let mut line = String::from(VERSION);
        let mut word = |word: &str| {
            line.push(' ');
            line.push_str(word);
        };
        match self {
            Self::Refreshed(timed) | Self::SignedIn(timed) => {
                let is_new = matches!(self, Self::SignedIn(_));
                word(if is_new { "signed-in" } else { "refreshed" });
                word(&timed.grant.account);
                word(&timed.grant.session);
                let Timing {
                    expires_in,
                    lifetime,
                    lead,
                    timeout,
                } = timed.grant.timing;
                word(&timed.grant.rotations.to_string());
                for duration in [timed.at, expires_in, lifetime, lead, timeout] {
                    word(&millis(duration).to_string());
                }
            }
            Self::Ended { session, code } => {
                word("ended");
                word(session);
                word(code.as_str());
            }
            Self::Failing {
                session,
                failures,
                wait,
                retry_after,
            } => {
                word("failing");
                word(session);
                word(&failures.to_string());
                for duration in [wait, retry_after] {
                    word(&millis(*duration).to_string());
                }
            }
            Self::Ask { session } => {
                word("ask");
                word(session);
            }
        }
        line
    }

    /// Parses a line; `None` if it is malformed.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        if words.next() != Some(VERSION) {
            return None;
        }
        let kind = words.next()?;
        let message = match kind {
            "refreshed" => Self::Refreshed(timed(&mut words)?),
            "signed-in" => Self::SignedIn(timed(&mut words)?),
            "ended" => Self::Ended {
                session: id(words.next()?)?,
                code: Code::from_wire(words.next()?)?,
            },
            "failing" => Self::Failing {
                session: id(words.next()?)?,
                failures: words.next()?.parse().ok()?,
                wait: span(words.next()?)?,
                retry_after: span(words.next()?)?,
            },
            "ask" => Self::Ask {
                session: id(words.next()?)?,
            },
            _ => return None,
        };
        words.next().is_none().then_some(message)
    }
}

fn timed<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<TimedGrant> {
    let account = id(words.next()?)?;
    let session = id(words.next()?)?;
    let rotations = words.next()?.parse().ok()?;
    let at = duration(words.next()?)?;
    let mut next = || span(words.next()?);
    let timing = Timing {
        expires_in: next()?,
        lifetime: next()?,
        lead: next()?,
        timeout: next()?,
    };
    let grant = Grant {
        account,
        session,
        rotations,
        timing,
    };
    Some(TimedGrant { grant, at })
}

/// Parses an id: 1 to 64 ASCII letters, digits and dashes.
fn id(word: &str) -> Option<Rc<str>> {
    let is_plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_plain && (1..=64).contains(&word.len())).then(|| word.into())
}

fn duration(word: &str) -> Option<Duration> {
    word.parse().ok().map(Duration::from_millis)
}

/// Parses a duration that is not longer than [`MAX_DURATION`].
fn span(word: &str) -> Option<Duration> {
    duration(word).filter(|span| *span <= MAX_DURATION)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
