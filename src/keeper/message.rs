//! What tabs tell one another: a line of text for a `BroadcastChannel`.
//!
//! Ids, counts and durations, with the wall clock's time that they count from;
//! never a token. Whoever can write into the channel runs scripts of this
//! origin, and could do all of this without it; what is read is still checked,
//! because an older page may speak another version.

use std::{rc::Rc, time::Duration};

use super::{Grant, Reading};
use crate::wire::{Code, Timing};

/// The name of the channel.
pub const CHANNEL: &str = "portcullis";

/// Changes with the form of the messages, so that two versions of a page that
/// are open at once do not misunderstand each other.
const VERSION: &str = "1";

/// The longest duration that is believed: policy allows 400 days.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);

/// What one tab tells all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The tokens of this session were renewed, or are the newest that a page has.
    Renewed(Told),
    /// Somebody signed in: the cookies are of this session now.
    SignedIn(Told),
    /// This session is over, for everybody.
    Over {
        /// The session's id.
        session: Rc<str>,
        /// Why.
        code: Code,
    },
    /// A refresh failed, and is to be tried again after a while and not before.
    Failing {
        /// The session's id.
        session: Rc<str>,
        /// How often in a row.
        failures: u32,
        /// The distance to the next attempt, but for the network's coming back.
        wait: Duration,
        /// What the server asked to wait; zero where it asked for nothing.
        asked: Duration,
    },
    /// Has anybody renewed this session? The one who asks could not hear.
    Ask {
        /// The session's id.
        session: Rc<str>,
    },
}

/// A grant, and the moment that its durations count from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The grant.
    pub grant: Grant,
    /// The wall clock's time, which tabs share, in whole milliseconds.
    pub at: Duration,
}

impl Told {
    /// `grant`, whose durations count from `at`.
    pub fn new(grant: Grant, at: Reading) -> Self {
        let at = Duration::from_millis(millis(at.wall));
        Self { grant, at }
    }

    /// The grant as it is now: what was under way for a while has less time
    /// left. A clock that was set back shows no time passed; the call that then
    /// comes too late meets a 401, which is made good.
    pub(super) fn now(&self, now: Reading) -> Grant {
        let mut grant = self.grant.clone();
        let age = now.wall.saturating_sub(self.at);
        grant.timing.expires_in = grant.timing.expires_in.saturating_sub(age);
        grant
    }
}

impl Message {
    /// As a line of text.
    pub fn to_text(&self) -> String {
        let mut line = String::from(VERSION);
        let mut word = |word: &str| {
            line.push(' ');
            line.push_str(word);
        };
        match self {
            Self::Renewed(told) | Self::SignedIn(told) => {
                let is_new = matches!(self, Self::SignedIn(_));
                word(if is_new { "signed-in" } else { "renewed" });
                word(&told.grant.account);
                word(&told.grant.session);
                let Timing {
                    expires_in,
                    lifetime,
                    lead,
                    timeout,
                } = told.grant.timing;
                word(&told.grant.renewals.to_string());
                for duration in [told.at, expires_in, lifetime, lead, timeout] {
                    word(&millis(duration).to_string());
                }
            }
            Self::Over { session, code } => {
                word("over");
                word(session);
                word(code.as_str());
            }
            Self::Failing {
                session,
                failures,
                wait,
                asked,
            } => {
                word("failing");
                word(session);
                word(&failures.to_string());
                for duration in [wait, asked] {
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

    /// Reads a line of text; what is malformed is nothing.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        if words.next() != Some(VERSION) {
            return None;
        }
        let kind = words.next()?;
        let message = match kind {
            "renewed" => Self::Renewed(told(&mut words)?),
            "signed-in" => Self::SignedIn(told(&mut words)?),
            "over" => Self::Over {
                session: id(words.next()?)?,
                code: Code::from_wire(words.next()?)?,
            },
            "failing" => Self::Failing {
                session: id(words.next()?)?,
                failures: words.next()?.parse().ok()?,
                wait: span(words.next()?)?,
                asked: span(words.next()?)?,
            },
            "ask" => Self::Ask {
                session: id(words.next()?)?,
            },
            _ => return None,
        };
        words.next().is_none().then_some(message)
    }
}

fn told<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Told> {
    let account = id(words.next()?)?;
    let session = id(words.next()?)?;
    let renewals = words.next()?.parse().ok()?;
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
        renewals,
        timing,
    };
    Some(Told { grant, at })
}

/// An id: short, and of letters, digits and dashes.
fn id(word: &str) -> Option<Rc<str>> {
    let is_plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_plain && (1..=64).contains(&word.len())).then(|| word.into())
}

fn duration(word: &str) -> Option<Duration> {
    word.parse().ok().map(Duration::from_millis)
}

/// One that is believed.
fn span(word: &str) -> Option<Duration> {
    duration(word).filter(|span| *span <= LONGEST)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
