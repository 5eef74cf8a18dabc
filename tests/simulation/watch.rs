//! The promises, watched from outside: who holds what, who was refused what,
//! and the last events of every session.

use std::{collections::VecDeque, fmt::Write as _};

use portcullis::{rotation::Decision, wire::Code};

use crate::{
    line::Line,
    network::{LONGEST, SKEW},
    server::HEARD_WITHIN,
    store::EndReason,
    tally::Tally,
    world::{Ms, Plan},
};

/// How many events of a session are kept.
const LINES: usize = 40;
/// So many turns of one party after the other without luck, and the theft must
/// have been found. One turn is free, when both hold the same; some more come of
/// tabs that refresh and do not use what they got.
const TURNS: u32 = 10;

/// Who acts on a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    Browser,
    Thief,
}

/// A promise that is broken, as a text that shows how.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) String);

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

/// What is known of a session, whatever the servers think.
#[derive(Debug)]
struct Session {
    browser: usize,
    ended: Option<(Ms, EndReason)>,
    /// The refresh token in the jar, and those that may still arrive there.
    held: u32,
    /// Whether a sign-out has taken it out of the jar, be it an earlier one.
    is_taken: bool,
    coming: VecDeque<(Ms, u32)>,
    /// The newest that a thief holds.
    stolen: Option<u32>,
    ahead: Option<Ahead>,
    /// Who was granted a refresh last, since the theft, and when.
    last: Option<(Party, Ms)>,
    /// How often the other party was granted the next one, since the last time
    /// that it was by luck.
    turns: u32,
    lines: VecDeque<Line>,
}

/// A party that used a newer token than the other holds.
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
            "a row was added by no sign-in"
        );
        self.sessions.push(Session {
            browser,
            ended: None,
            held: 0,
            is_taken: false,
            coming: VecDeque::new(),
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
            Decision::Renew => "is judged: renew",
            Decision::Replay => "is judged: replay",
            Decision::Heal => "is judged: heal",
            Decision::Reuse => "is judged: reuse",
        };
        self.note(session, Some(by), what, presented);
    }

    /// A refresh is granted that was judged at `read`.
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
            Party::Browser => state.coming.push_back((now + LONGEST, generation)),
            Party::Thief => state.stolen = state.stolen.max(Some(generation)),
        }
        let is_over = state.ended.is_some();
        let is_missed = state.turns > TURNS;
        self.note(session, Some(by), "is granted", generation);
        if is_over {
            self.fail(session, "ENDED: a session that had ended was given tokens");
        } else if is_behind {
            self.fail(session, "THEFT: both go on");
        } else if is_missed {
            self.fail(session, "THEFT: both go on, turn after turn");
        }
    }

    /// The server knows that a token of that generation was used at `at`.
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

    /// An access token passed.
    pub(crate) fn accepts(&mut self, session: usize) {
        let ended = self.sessions[session].ended;
        if ended.is_some_and(|(at, _)| at + HEARD_WITHIN < self.now) {
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
            EndReason::Reuse if is_stolen => self.tally.finds(turns),
            EndReason::Reuse => {
                self.fail(session, "HONEST: ended as reused, and nothing was stolen");
            }
            EndReason::SignedOut | EndReason::Replaced => self.tally.signed_out += 1,
        }
    }

    pub(crate) fn receives(&mut self, session: usize, generation: u32) {
        self.sessions[session].held = generation;
        self.note(session, Some(Party::Browser), "has in its jar", generation);
    }

    pub(crate) fn taken(&mut self, session: usize) {
        self.sessions[session].is_taken = true;
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

    /// A browser was told that its session is over; whether its token, or the
    /// session with it, has run out.
    pub(crate) fn refused(&mut self, session: usize, has_run_out: bool) {
        self.tally.ran_out += u64::from(has_run_out);
        let state = &self.sessions[session];
        let is_own = matches!(
            state.ended,
            Some((_, EndReason::SignedOut | EndReason::Replaced))
        );
        let may_be = is_own || has_run_out || state.stolen.is_some();
        self.note(session, Some(Party::Browser), "is refused", 0);
        if !may_be {
            self.fail(session, "HONEST: signed out by nothing of its own");
        }
    }

    /// A page tells its person that its session is over. That a lifetime is over
    /// is for the server to say.
    pub(crate) fn told_of_end(&mut self, session: usize, code: Code) {
        let state = &self.sessions[session];
        let may_be = state.ended.is_some() || state.stolen.is_some() || state.is_taken;
        if !may_be && code != Code::TokenExpired {
            self.fail(session, "HONEST: a page was told that its session is over");
        }
    }

    pub(crate) fn browser_of(&self, session: usize) -> usize {
        self.sessions[session].browser
    }

    /// How many sessions have not ended, or within the last `time`.
    pub(crate) fn not_over_for(&self, time: Ms) -> usize {
        let is_counted = |session: &&Session| {
            session
                .ended
                .is_none_or(|(at, _)| at + time + SKEW >= self.now)
        };
        self.sessions.iter().filter(is_counted).count()
    }

    pub(crate) fn is_over(&self, session: usize) -> bool {
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
        if lines.len() == LINES {
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
        let mut text = format!(
            "{promise}\n  step {}, session {session} of browser {}\n",
            self.step, state.browser
        );
        for line in &state.lines {
            let _ = writeln!(text, "{line}");
        }
        self.broken.get_or_insert(Broken(text));
    }
}

impl Session {
    /// The newest refresh token that a party holds, or may be about to receive.
    fn newest_of(&mut self, party: Party, now: Ms) -> u32 {
        if party == Party::Thief {
            return self.stolen.unwrap_or_default();
        }
        while self.coming.front().is_some_and(|(until, _)| *until < now) {
            self.coming.pop_front();
        }
        let coming = self.coming.iter().map(|(_, generation)| *generation);
        coming.fold(self.held, u32::max)
    }
}
