//! The server: the real decision, and how it is carried out.

use std::time::Duration;

use portcullis::{
    clock::Timestamp,
    rotation::{Decision, Presented, Record, Windows},
};

use crate::{
    event::Event,
    model::{Bounds, Model, Next, Step, push},
    network::{Kind, Message, Verdict},
    rules::Change,
    state::{Party, Row, State, Token},
};

/// The values of a tick, the current time and a generation for the real decision; any
/// values would do.
const TICK: Duration = Duration::from_secs(1);
const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
const GENERATION: u32 = 1_000;

/// Converts a generation for the real decision.
pub(crate) fn number(generation: u8) -> u32 {
    GENERATION + u32::from(generation)
}

impl Row {
    pub(crate) fn record(self, skew: u8) -> Record {
        let ago = |age: u8| NOW + TICK * u32::from(skew) - TICK * u32::from(age);
        Record {
            generation: number(self.token.generation),
            parent: self.token.parent.map(number),
            handed_at: ago(self.issued),
            confirmed_at: self.confirmed.map(ago),
        }
    }
}

/// A decision to be carried out.
#[derive(Clone, Copy, Debug)]
struct Judgement {
    presented: Token,
    verdict: Verdict,
    /// The token that the row changes to and that is issued.
    granted: Token,
    /// How long ago the server read the time.
    age: u8,
    /// The age of that time, with the skew added as in a row.
    stamp: u8,
}

impl Model {
    /// Judges a refresh and carries out the decision at once, in a process whose clock
    /// may be ahead.
    pub(crate) fn judges(
        &self,
        state: &State,
        by: Party,
        presented: Token,
        is_copied: bool,
        steps: &mut Vec<Step>,
    ) {
        for clock_ahead in 0..=self.bounds.skew {
            let (verdict, granted) = self.decide(state.row, presented, clock_ahead);
            let judgement = Judgement {
                presented,
                verdict,
                granted,
                age: 0,
                stamp: self.bounds.skew - clock_ahead,
            };
            self.carry_out(state, by, judgement, is_copied, steps);
        }
    }

    /// Returns the decision and the token that is issued.
    fn decide(&self, row: Row, presented: Token, clock_ahead: u8) -> (Verdict, Token) {
        let now = NOW + TICK * u32::from(clock_ahead);
        let windows = Windows {
            replay: TICK * u32::from(self.rules.window),
            lost: TICK * u32::from(self.rules.lost),
        };
        let token = Presented {
            generation: number(presented.generation),
            parent: presented.parent.map(number),
        };
        match (self.rules.judge)(&row.record(self.bounds.skew), token, now, windows) {
            Decision::Rotate { next } => {
                let generation = u8::try_from(next - GENERATION).expect("below GENERATIONS");
                let parent = Some(presented.generation);
                (Verdict::Rotate, Token { generation, parent })
            }
            Decision::Keep => (Verdict::Keep, row.token),
            Decision::Replay => (Verdict::Replay, row.token),
            Decision::Heal => (Verdict::Heal, presented),
            Decision::Reuse => (Verdict::Reuse, row.token),
        }
    }

    fn carry_out(
        &self,
        state: &State,
        by: Party,
        judgement: Judgement,
        is_copied: bool,
        steps: &mut Vec<Step>,
    ) {
        let event = Event::Judged {
            by,
            presented: judgement.presented.generation,
            verdict: judgement.verdict,
            granted: judgement.granted.generation,
            is_copied,
        };
        let next = self.outcome(state, by, judgement);
        steps.extend(next.map(|next| Step { event, next }));
    }

    /// Writes the decision and responds: to the browser over the network, to the thief
    /// at once. `None` if there is no room for the response.
    fn outcome(&self, state: &State, by: Party, judgement: Judgement) -> Option<Next> {
        let Judgement {
            verdict, granted, ..
        } = judgement;
        if verdict == Verdict::Reuse {
            return Some(if state.is_stolen() {
                Next::Ended
            } else {
                Next::Broken("HONEST: the only browser was rejected")
            });
        }
        if let Some(promise) = self.broken_promise(state, by, verdict, granted) {
            return Some(Next::Broken(promise));
        }
        let mut next = *state;
        next.commit(self.written(state.row, judgement));
        if self.is_durable(state.row, &judgement) {
            next.previous_rows.fill(None);
        }
        let kind = self.kind_of_response(verdict);
        match by {
            Party::Browser if !state.network.has_room() => return None,
            Party::Browser => next.network.put(Message::new(kind, granted, judgement.age)),
            Party::Thief if kind == Kind::Tokens => next.stolen.put(granted),
            Party::Thief => {}
        }
        Some(Next::State(next))
    }

    /// Returns whether the commit is durable: a power loss cannot revert it or any earlier
    /// commit.
    fn is_durable(&self, row: Row, judgement: &Judgement) -> bool {
        let is_repeated = judgement.presented.generation < row.token.generation;
        match judgement.verdict {
            Verdict::Replay => !self.rules.has(Change::ReplayIsRelaxed),
            Verdict::Rotate => is_repeated && !self.rules.has(Change::LateRetryIsRelaxed),
            _ => false,
        }
    }

    /// Returns the promise about a theft that a grant breaks.
    fn broken_promise(
        &self,
        state: &State,
        by: Party,
        verdict: Verdict,
        granted: Token,
    ) -> Option<&'static str> {
        let Bounds { skew, .. } = self.bounds;
        if state
            .behind_for(by)
            .is_some_and(|age| age > self.rules.window + skew)
        {
            return Some("THEFT: both parties continue");
        }
        let is_shared = verdict == Verdict::Replay && state.holds(by.other(), granted.generation);
        let Row {
            issued, confirmed, ..
        } = state.row;
        let is_long_ago = issued > self.rules.lost + skew
            && confirmed.is_none_or(|age| age > self.rules.window + skew);
        (state.is_stolen() && is_shared && is_long_ago)
            .then_some("SHARED: a generation that one party holds is issued to the other after L")
    }

    fn kind_of_response(&self, verdict: Verdict) -> Kind {
        let sets_refresh = match verdict {
            Verdict::Keep => self.rules.has(Change::KeepSetsRefresh),
            Verdict::Heal => self.rules.has(Change::HealSetsRefresh),
            Verdict::Rotate | Verdict::Replay | Verdict::Reuse => true,
        };
        if sets_refresh {
            Kind::Tokens
        } else {
            Kind::Access
        }
    }

    /// Returns the row after the decision was written.
    fn written(&self, mut row: Row, judgement: Judgement) -> Row {
        match judgement.verdict {
            Verdict::Rotate | Verdict::Heal => {
                let keeps = self.rules.has(Change::RotationKeepsConfirmedAt);
                row.token = judgement.granted;
                row.issued = judgement.stamp;
                row.confirmed = row.confirmed.filter(|_| keeps);
            }
            Verdict::Replay if !self.rules.has(Change::ReplayKeepsHandedAt) => {
                row.issued = row.issued.min(judgement.stamp);
            }
            Verdict::Replay | Verdict::Keep | Verdict::Reuse => {}
        }
        if self.rules.has(Change::ConfirmedWhenIssued) {
            row.confirmed = row.confirmed.or(Some(judgement.stamp));
        }
        row
    }

    /// The first of two steps: reads the row and the time, and judges.
    pub(crate) fn reads(
        &self,
        state: &State,
        request: Message,
        is_copied: bool,
        steps: &mut Vec<Step>,
    ) {
        let (verdict, granted) = self.decide(state.row, request.token, 0);
        let judged = Message {
            kind: Kind::Judged(verdict),
            age: 0,
            judged: state.row,
            granted,
            waited: request.age,
            ..request
        };
        if !state.network.has_room() {
            return;
        }
        let mut after = *state;
        after.network.put(judged);
        let event = Event::Reads(request.token.generation, verdict, is_copied);
        push(steps, event, after);
    }

    /// The second of two steps: writes if the row still meets the condition of the
    /// decision, and judges again if not. Nothing is written for *keep*.
    pub(crate) fn writes(
        &self,
        state: &State,
        judged: Message,
        verdict: Verdict,
        steps: &mut Vec<Step>,
    ) {
        if self.condition_holds(state.row, &judged, verdict) {
            let judgement = Judgement {
                presented: judged.token,
                verdict,
                granted: judged.granted,
                age: judged.age,
                stamp: judged.age,
            };
            return self.carry_out(state, Party::Browser, judgement, false, steps);
        }
        let age = judged.waited + judged.age;
        let mut next = *state;
        if age <= self.bounds.delay {
            next.network
                .put(Message::new(Kind::Request, judged.token, age));
            let event = Event::JudgesAgain(judged.token.generation);
            push(steps, event, next);
        }
    }

    /// Returns whether the row meets the condition of the store's update.
    fn condition_holds(&self, row: Row, message: &Message, verdict: Verdict) -> bool {
        let judged = message.judged;
        if verdict == Verdict::Keep || self.rules.has(Change::WritesAreUnconditional) {
            return true;
        }
        let is_same = match verdict {
            Verdict::Rotate => {
                let is_current = message.token.generation == judged.token.generation;
                (row.issued == judged.issued || self.rules.has(Change::RotationIgnoresHandedAt))
                    && (is_current || row.confirmed.is_none())
            }
            Verdict::Replay | Verdict::Reuse => row.confirmed == judged.confirmed,
            Verdict::Heal | Verdict::Keep => true,
        };
        is_same && row.token.generation == judged.token.generation
    }
}
