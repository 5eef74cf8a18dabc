//! The server's part: the real decision, and how it is carried out.

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

/// What a tick and a generation are for the real decision: any will do.
const TICK: Duration = Duration::from_secs(1);
const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
const GENERATION: u32 = 1_000;

/// A generation as the real decision has it.
pub(crate) fn number(generation: u8) -> u32 {
    GENERATION + u32::from(generation)
}

impl Row {
    pub(crate) fn record(self, skew: u8) -> Record {
        let ago = |age: u8| NOW + TICK * u32::from(skew) - TICK * u32::from(age);
        Record {
            generation: number(self.token.generation),
            parent: self.token.parent.map(number),
            handed_at: ago(self.handed),
            confirmed_at: self.confirmed.map(ago),
        }
    }
}

/// A decision to be carried out.
#[derive(Clone, Copy, Debug)]
struct Answer {
    presented: Token,
    verdict: Verdict,
    /// What the row becomes, and is handed out.
    granted: Token,
    /// How long ago the time was read.
    age: u8,
    /// The age of that time, as a row would have it.
    stamp: u8,
}

impl Model {
    /// A refresh is judged and carried out at once, by a process whose clock
    /// may be ahead.
    pub(crate) fn judges(
        &self,
        state: &State,
        by: Party,
        presented: Token,
        is_copied: bool,
        steps: &mut Vec<Step>,
    ) {
        for ahead in 0..=self.bounds.skew {
            let (verdict, granted) = self.decide(state.row, presented, ahead);
            let answer = Answer {
                presented,
                verdict,
                granted,
                age: 0,
                stamp: self.bounds.skew - ahead,
            };
            self.carry_out(state, by, answer, is_copied, steps);
        }
    }

    /// What the rules say, and what is handed out then.
    fn decide(&self, row: Row, presented: Token, ahead: u8) -> (Verdict, Token) {
        let now = NOW + TICK * u32::from(ahead);
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
                let generation = u8::try_from(next - GENERATION).expect("within the frame");
                let parent = Some(presented.generation);
                (Verdict::Rotate, Token { generation, parent })
            }
            Decision::Renew => (Verdict::Renew, row.token),
            Decision::Replay => (Verdict::Replay, row.token),
            Decision::Heal => (Verdict::Heal, presented),
            Decision::Reuse => (Verdict::Reuse, row.token),
        }
    }

    fn carry_out(
        &self,
        state: &State,
        by: Party,
        answer: Answer,
        is_copied: bool,
        steps: &mut Vec<Step>,
    ) {
        let event = Event::Judged {
            by,
            presented: answer.presented.generation,
            verdict: answer.verdict,
            granted: answer.granted.generation,
            is_copied,
        };
        let next = self.answered(state, by, answer);
        steps.extend(next.map(|next| Step { event, next }));
    }

    /// Writes what was decided and answers: to the browser over the network, to
    /// the thief at once. `None` where there is no room for the answer.
    fn answered(&self, state: &State, by: Party, answer: Answer) -> Option<Next> {
        let Answer {
            verdict, granted, ..
        } = answer;
        if verdict == Verdict::Reuse {
            return Some(if state.is_stolen() {
                Next::Ended
            } else {
                Next::Broken("HONEST: the only browser there is was refused")
            });
        }
        if let Some(promise) = self.broken_by(state, by, verdict, granted) {
            return Some(Next::Broken(promise));
        }
        let mut next = *state;
        next.commit(self.written(state.row, answer));
        if self.is_durable(state.row, &answer) {
            next.past.fill(None);
        }
        let kind = self.kind_of_answer(verdict);
        match by {
            Party::Browser if !state.network.has_room() => return None,
            Party::Browser => next.network.put(Message::new(kind, granted, answer.age)),
            Party::Thief if kind == Kind::Tokens => next.stolen.put(granted),
            Party::Thief => {}
        }
        Some(Next::State(next))
    }

    /// Whether a power loss can not take the write back, nor what was written
    /// before.
    fn is_durable(&self, row: Row, answer: &Answer) -> bool {
        let is_repeated = answer.presented.generation < row.token.generation;
        match answer.verdict {
            Verdict::Replay => !self.rules.has(Change::ReplayIsRelaxed),
            Verdict::Rotate => is_repeated && !self.rules.has(Change::LateRetryIsRelaxed),
            _ => false,
        }
    }

    /// What a grant breaks of what is promised after a theft.
    fn broken_by(
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
            return Some("THEFT: both go on");
        }
        let is_shared = verdict == Verdict::Replay && state.holds(by.other(), granted.generation);
        let Row {
            handed, confirmed, ..
        } = state.row;
        let is_long_ago = handed > self.rules.lost + skew
            && confirmed.is_none_or(|age| age > self.rules.window + skew);
        (state.is_stolen() && is_shared && is_long_ago)
            .then_some("SHARED: what one party holds is handed to the other, long after")
    }

    fn kind_of_answer(&self, verdict: Verdict) -> Kind {
        let sets_refresh = match verdict {
            Verdict::Renew => self.rules.has(Change::RenewSetsRefresh),
            Verdict::Heal => self.rules.has(Change::HealSetsRefresh),
            Verdict::Rotate | Verdict::Replay | Verdict::Reuse => true,
        };
        if sets_refresh {
            Kind::Tokens
        } else {
            Kind::Access
        }
    }

    fn written(&self, mut row: Row, answer: Answer) -> Row {
        match answer.verdict {
            Verdict::Rotate | Verdict::Heal => {
                let keeps = self.rules.has(Change::RotationKeepsConfirmedAt);
                row.token = answer.granted;
                row.handed = answer.stamp;
                row.confirmed = row.confirmed.filter(|_| keeps);
            }
            Verdict::Replay if !self.rules.has(Change::ReplayKeepsHandedAt) => {
                row.handed = row.handed.min(answer.stamp);
            }
            Verdict::Replay | Verdict::Renew | Verdict::Reuse => {}
        }
        if self.rules.has(Change::ConfirmedAtHandOut) {
            row.confirmed = row.confirmed.or(Some(answer.stamp));
        }
        row
    }

    /// The first of two steps: the row is read, at the time that counts.
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

    /// The second: written where what it was judged by holds still, and judged
    /// again where it does not. Nothing is written for a renewal.
    pub(crate) fn writes(
        &self,
        state: &State,
        judged: Message,
        verdict: Verdict,
        steps: &mut Vec<Step>,
    ) {
        if self.holds(state.row, &judged, verdict) {
            let answer = Answer {
                presented: judged.token,
                verdict,
                granted: judged.granted,
                age: judged.age,
                stamp: judged.age,
            };
            return self.carry_out(state, Party::Browser, answer, false, steps);
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

    /// The conditions of the store's updates.
    fn holds(&self, row: Row, message: &Message, verdict: Verdict) -> bool {
        let judged = message.judged;
        if verdict == Verdict::Renew || self.rules.has(Change::WritesAreUnconditional) {
            return true;
        }
        let is_same = match verdict {
            Verdict::Rotate => {
                let is_current = message.token.generation == judged.token.generation;
                (row.handed == judged.handed || self.rules.has(Change::RotationIgnoresHandedAt))
                    && (is_current || row.confirmed.is_none())
            }
            Verdict::Replay | Verdict::Reuse => row.confirmed == judged.confirmed,
            Verdict::Heal | Verdict::Renew => true,
        };
        is_same && row.token.generation == judged.token.generation
    }
}
