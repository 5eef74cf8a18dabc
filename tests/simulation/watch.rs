//! The check of the promises, from outside: which party holds which tokens, which party was
//! rejected, and the last events of every session.

use std::{collections::VecDeque, fmt::Write as _};

use portcullis::{rotation::Decision, wire::Code};

use crate::{
    line::Line,
    network::{MAX_DELAY, SKEW},
    server::MAX_FEED_DELAY,
    store::EndReason,
    tally::Tally,
    world::{Ms, Plan},
};

/// The largest number of events that are kept of a session.
const MAX_LINES: usize = 40;
/// The largest number of turns, of one party after the other and without luck, until a
/// theft must have been detected. One turn is possible while both hold the same generation;
/// some more result from tabs that refresh and do not use the new tokens.
const MAX_TURNS: u32 = 10;

/// The party that acts on a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    Browser,
    Thief,
}

/// A broken promise, as a string that shows the last events.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) String);

/// The state of the check.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) now: Ms,
    pub(crate) step: u64,
    pub(crate) broken: Option<Broken>,
    pub(crate) tally: Tally,
    window: Ms,
    lost: Ms,
    sessions: Vec<Session>,
}

/// The state of a session, as it really is and not as the servers know it.
#[derive(Debug)]
struct Session {
    browser: usize,
    ended: Option<(Ms, EndReason)>,
    /// The generation of the refresh token in the jar.
    held: u32,
    /// Whether a sign-out, possibly an earlier one, has cleared the jar.
    is_cleared: bool,
    /// The refresh tokens that may still arrive at the jar, and until when.
    arriving: VecDeque<(Ms, u32)>,
    /// The newest generation that a thief holds.
    stolen: Option<u32>,
    ahead: Option<Ahead>,
    /// The party that was last granted a refresh since the theft, and when.
    last: Option<(Party, Ms)>,
    /// How often the other party was granted the next refresh, since this last happened by
    /// luck.
    turns: u32,
    lines: VecDeque<Line>,
}

/// A party that used a newer token than any that the other party holds.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    by: Party,
    generation: u32,
    since: Ms,
}

impl Watch {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            now: 0,
            step: 0,
            broken: None,
            tally: Tally::default(),
            window: plan.policy.windows().replay.as_secs() * 1_000,
            lost: plan.policy.windows().lost.as_secs() * 1_000,
            sessions: Vec::new(),
        }
    }

    pub(crate) fn begins(&mut self, session: usize, browser: usize) {
        assert_eq!(
            session,
            self.sessions.len(),
            "a row was added without a sign-in"
        );
        self.sessions.push(Session {
            browser,
            ended: None,
            held: 0,
            is_cleared: false,
            arriving: VecDeque::new(),
            stolen: None,
            ahead: None,
            last: None,
            turns: 0,
            lines: VecDeque::new(),
        });
        self.note(session, Some(Party::Browser), "signs in", 0);
    }

    pub(crate) fn judged(&mut self, session: usize, by: Party, presented: u32, decision: Decision) {
        self.tally.judges(decision);
        let what = match decision {
            Decision::Rotate { .. } => "is judged: rotate",
            Decision::Keep => "is judged: keep",
            Decision::Replay => "is judged: replay",
            Decision::Heal => "is judged: heal",
            Decision::Reuse => "is judged: reuse",
        };
        self.note(session, Some(by), what, presented);
    }

    /// Checks a granted refresh, which was judged at `read`.
    pub(crate) fn granted(&mut self, session: usize, by: Party, generation: u32, read: Ms) {
        let now = self.now;
        let limit = self.window + SKEW;
        let state = &mut self.sessions[session];
        let newest = state.newest_of(by, now);
        let used_before = |ahead: Ahead| ahead.by != by && ahead.since + limit < read;
        let is_behind = state
            .ahead
            .is_some_and(|ahead| used_before(ahead) && ahead.generation > newest);
        let last = state.last.filter(|(last, _)| *last != by);
        if let Some((_, at)) = last {
            let is_luck = at + self.lost + SKEW >= read
                || state
                    .ahead
                    .is_some_and(|ahead| ahead.by != by && !used_before(ahead));
            state.turns = if is_luck { 0 } else { state.turns + 1 };
        }
        state.last = state.stolen.map(|_| (by, read));
        match by {
            Party::Browser => state.arriving.push_back((now + MAX_DELAY, generation)),
            Party::Thief => state.stolen = state.stolen.max(Some(generation)),
        }
        let has_ended = state.ended.is_some();
        let is_undetected = state.turns > MAX_TURNS;
        self.note(session, Some(by), "is granted", generation);
        if has_ended {
            self.fail(session, "ENDED: an ended session was granted tokens");
        } else if is_behind {
            self.fail(session, "THEFT: both parties continue");
        } else if is_undetected {
            self.fail(session, "THEFT: both parties continue, in turns");
        }
    }

    /// Notes that the server knows that a token of `generation` was used at `at`.
    pub(crate) fn used(&mut self, session: usize, by: Party, generation: u32, at: Ms) {
        let now = self.now;
        let state = &mut self.sessions[session];
        let other = match by {
            Party::Browser => Party::Thief,
            Party::Thief => Party::Browser,
        };
        let newest = state.newest_of(other, now);
        if state.stolen.is_some() && generation > newest {
            let since = state
                .ahead
                .filter(|ahead| ahead.by == by && ahead.generation > newest);
            state.ahead = Some(Ahead {
                by,
                generation,
                since: since.map_or(at, |ahead| ahead.since),
            });
        }
        self.note(session, Some(by), "is known to have used", generation);
    }

    /// Checks that an accepted access token belongs to a live session.
    pub(crate) fn accepts(&mut self, session: usize) {
        let ended = self.sessions[session].ended;
        if ended.is_some_and(|(at, _)| at + MAX_FEED_DELAY < self.now) {
            self.fail(session, "ENDED: an access token outlived its session");
        }
    }

    pub(crate) fn ended(&mut self, session: usize, reason: EndReason) {
        let state = &mut self.sessions[session];
        state.ended = Some((self.now, reason));
        let is_stolen = state.stolen.is_some();
        let turns = state.turns;
        self.note(session, None, "ends", 0);
        match reason {
            EndReason::Reuse if is_stolen => self.tally.detects_theft(turns),
            EndReason::Reuse => {
                self.fail(session, "HONEST: ended as reused, but nothing was stolen");
            }
            EndReason::SignedOut | EndReason::Replaced => self.tally.signed_out += 1,
        }
    }

    pub(crate) fn receives(&mut self, session: usize, generation: u32) {
        self.sessions[session].held = generation;
        self.note(session, Some(Party::Browser), "has in its jar", generation);
    }

    pub(crate) fn cleared(&mut self, session: usize) {
        self.sessions[session].is_cleared = true;
        self.note(session, Some(Party::Browser), "has an empty jar", 0);
    }

    pub(crate) fn stolen(&mut self, session: usize, generation: u32) {
        self.sessions[session].stolen = Some(generation);
        self.tally.thefts += 1;
        self.note(session, Some(Party::Thief), "copies", generation);
    }

    pub(crate) fn loses_power(&mut self, session: usize) {
        self.sessions[session].ahead = None;
        self.note(session, None, "loses commits", 0);
    }

    /// Checks a rejection of a browser. `has_expired` says whether its token, or the session
    /// with it, has expired.
    pub(crate) fn rejected(&mut self, session: usize, has_expired: bool) {
        self.tally.expired += u64::from(has_expired);
        let state = &self.sessions[session];
        let is_own = matches!(
            state.ended,
            Some((_, EndReason::SignedOut | EndReason::Replaced))
        );
        let is_allowed = is_own || has_expired || state.stolen.is_some();
        self.note(session, Some(Party::Browser), "is rejected", 0);
        if !is_allowed {
            self.fail(session, "HONEST: rejected without a reason of its own");
        }
    }

    /// Checks a page that shows the end of its session. Whether a lifetime has expired is
    /// the server's decision.
    pub(crate) fn shows_end(&mut self, session: usize, code: Code) {
        let state = &self.sessions[session];
        let is_allowed = state.ended.is_some() || state.stolen.is_some() || state.is_cleared;
        if !is_allowed && code != Code::TokenExpired {
            self.fail(session, "HONEST: a page wrongly shows an end");
        }
    }

    pub(crate) fn browser_of(&self, session: usize) -> usize {
        self.sessions[session].browser
    }

    /// Returns the number of sessions that have not ended, or have ended within `time`.
    pub(crate) fn count_recent(&self, time: Ms) -> usize {
        let is_counted = |session: &&Session| {
            session
                .ended
                .is_none_or(|(at, _)| at + time + SKEW >= self.now)
        };
        self.sessions.iter().filter(is_counted).count()
    }

    pub(crate) fn has_ended(&self, session: usize) -> bool {
        self.sessions[session].ended.is_some()
    }

    pub(crate) fn note(
        &mut self,
        session: usize,
        by: Option<Party>,
        what: &'static str,
        generation: u32,
    ) {
        let lines = &mut self.sessions[session].lines;
        if lines.len() == MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(Line {
            at: self.now,
            by,
            what,
            generation,
        });
    }

    pub(crate) fn fail(&mut self, session: usize, promise: &str) {
        let state = &self.sessions[session];
        let mut report = format!(
            "{promise}\n  step {}, session {session} of browser {}\n",
            self.step, state.browser
        );
        for line in &state.lines {
            let _ = writeln!(report, "{line}");
        }
        self.broken.get_or_insert(Broken(report));
    }
}

impl Session {
    /// Returns the newest refresh token that a party holds or may still receive.
    fn newest_of(&mut self, party: Party, now: Ms) -> u32 {
        if party == Party::Thief {
            return self.stolen.unwrap_or_default();
        }
        while self.arriving.front().is_some_and(|(until, _)| *until < now) {
            self.arriving.pop_front();
        }
        let arriving = self.arriving.iter().map(|(_, generation)| *generation);
        arriving.fold(self.held, u32::max)
    }
}
