//! The server's part: the real decision, and how it is carried out.

use std::time::Duration;

use portcullis::{
    clock::Timestamp,
    rotation::{Decision, Record},
};

use crate::{
    event::Event,
    model::{Model, Next, Step, Thief, push, step},
    network::{Kind, Message, Verdict},
    rules::Change,
    state::{Party, Row, State},
};

/// What a tick and a generation are for the real decision: any will do.
const TICK: Duration = Duration::from_secs(1);
const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
const GENERATION: u32 = 1_000;

impl Row {
    pub(crate) fn grow_older(&mut self, older: impl Fn(u8) -> u8) {
        self.handed = older(self.handed);
        self.confirmed = self.confirmed.map(older);
    }

    fn record(self, skew: u8) -> Record {
        let ago = |age: u8| NOW + TICK * u32::from(skew) - TICK * u32::from(age);
        Record {
            generation: GENERATION + u32::from(self.generation),
            handed_at: ago(self.handed),
            confirmed_at: self.confirmed.map(ago),
        }
    }
}

/// A decision to be carried out.
#[derive(Clone, Copy, Debug)]
struct Answer {
    verdict: Verdict,
    /// The generation that is handed out.
    granted: u8,
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
        presented: u8,
        is_copied: bool,
        steps: &mut Vec<Step>,
    ) {
        for ahead in 0..=self.bounds.skew {
            let (verdict, granted) = self.decide(state.row, presented, ahead);
            let answer = Answer {
                verdict,
                granted,
                age: 0,
                stamp: self.bounds.skew - ahead,
            };
            let event = Event::Judged {
                by,
                presented,
                verdict,
                granted,
                is_copied,
            };
            let next = self.carry_out(state, by, answer);
            steps.extend(next.map(|next| step(event, next)));
        }
    }

    /// What the rules say, and the generation that is handed out.
    fn decide(&self, row: Row, presented: u8, ahead: u8) -> (Verdict, u8) {
        let window = TICK * u32::from(self.rules.window);
        let now = NOW + TICK * u32::from(ahead);
        let number = GENERATION + u32::from(presented);
        let granted = |next: u32| u8::try_from(next - GENERATION).expect("within the frame");
        match (self.rules.judge)(&row.record(self.bounds.skew), number, now, window) {
            Decision::Rotate { next } => (Verdict::Rotate, granted(next)),
            Decision::Renew => (Verdict::Renew, row.generation),
            Decision::Replay => (Verdict::Replay, row.generation),
            Decision::Heal { next } => (Verdict::Heal, granted(next)),
            Decision::Reuse => (Verdict::Reuse, row.generation),
        }
    }

    /// Writes what was decided and answers: to the browser over the network, to
    /// the thief at once. `None` where there is no room for the answer.
    fn carry_out(&self, state: &State, by: Party, answer: Answer) -> Option<Next> {
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
        let limit = self.rules.window + self.bounds.skew;
        if state.behind_for(by).is_some_and(|age| age > limit) {
            return Some(Next::Broken("THEFT: both go on"));
        }
        let mut next = *state;
        next.commit(self.written(state.row, answer));
        if verdict == Verdict::Replay && self.rules.has(Change::ReplayIsDurable) {
            next.past.fill(None);
        }
        match by {
            Party::Browser if !state.network.has_room() => return None,
            Party::Browser => {
                let kind = self.kind_of_answer(verdict);
                next.network.put(Message::new(kind, granted, answer.age));
            }
            Party::Thief => {
                next.stolen |= 1 << granted;
                if self.bounds.thief == Thief::FoundUnused {
                    next.mark_ahead(by, granted, 0);
                }
            }
        }
        Some(Next::State(next))
    }

    fn kind_of_answer(&self, verdict: Verdict) -> Kind {
        let sets_refresh = match verdict {
            Verdict::Renew => self.rules.has(Change::RenewSetsRefresh),
            Verdict::Heal => !self.rules.has(Change::HealKeepsRefresh),
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
                row.generation = answer.granted;
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
        let (verdict, next) = self.decide(state.row, request.generation, 0);
        let judged = Message {
            kind: Kind::Judged(verdict),
            age: 0,
            judged: state.row,
            next,
            waited: request.age,
            ..request
        };
        if !state.network.has_room() {
            return;
        }
        let mut after = *state;
        after.network.put(judged);
        push(
            steps,
            Event::Reads(request.generation, verdict, is_copied),
            after,
        );
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
        if self.holds(state.row, judged.judged, verdict) {
            let event = Event::Judged {
                by: Party::Browser,
                presented: judged.generation,
                verdict,
                granted: judged.next,
                is_copied: false,
            };
            let answer = Answer {
                verdict,
                granted: judged.next,
                age: judged.age,
                stamp: judged.age,
            };
            let next = self.carry_out(state, Party::Browser, answer);
            steps.extend(next.map(|next| step(event, next)));
            return;
        }
        let age = judged.waited + judged.age;
        let mut next = *state;
        if age <= self.bounds.delay {
            next.network
                .put(Message::new(Kind::Request, judged.generation, age));
            push(steps, Event::JudgesAgain(judged.generation), next);
        }
    }

    /// The conditions of the store's updates.
    fn holds(&self, row: Row, judged: Row, verdict: Verdict) -> bool {
        if verdict == Verdict::Renew || self.rules.has(Change::WritesAreUnconditional) {
            return true;
        }
        let is_same = match verdict {
            Verdict::Rotate | Verdict::Heal => {
                row.handed == judged.handed || self.rules.has(Change::RotationIgnoresHandedAt)
            }
            _ => row.confirmed == judged.confirmed,
        };
        is_same && row.generation == judged.generation
    }
}
