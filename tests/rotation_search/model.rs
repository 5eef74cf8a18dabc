//! The model: every step that can be taken from a state.

use crate::{
    event::Event,
    network::{Kind, Message, Network, SLOTS},
    rules::Rules,
    state::{Party, State},
};

/// How far the search goes. Times are in ticks.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Bounds {
    /// D, the longest one-way delay; the server's work counts towards that of
    /// the answer.
    pub(crate) delay: u8,
    /// How far apart the clocks of the server's processes are; only where
    /// reading and writing are one step.
    pub(crate) skew: u8,
    /// How long the server may keep a use in memory before it writes it.
    pub(crate) note_delay: u8,
    /// How many refreshes of the browser are under way at once.
    pub(crate) in_flight: usize,
    /// Whether a message may arrive twice.
    pub(crate) copies: bool,
    pub(crate) power_losses: u8,
    /// Whether what is under way survives a power loss: a database that fails
    /// over behind servers that go on. Otherwise connections die with it.
    pub(crate) messages_survive: bool,
    /// Whether other requests get in between a reading and its writing.
    pub(crate) in_two_steps: bool,
    /// Whether somebody copies the jar.
    pub(crate) thief: bool,
}

/// Where a step leads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    State(State),
    /// The session ended, as it may after a theft.
    Ended,
    /// A promise is broken.
    Broken(&'static str),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) event: Event,
    pub(crate) next: Next,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    pub(crate) rules: Rules,
    pub(crate) bounds: Bounds,
}

impl Model {
    pub(crate) fn first(&self) -> State {
        State::signed_in(&self.bounds)
    }

    /// Every step from `state`; where they lead is not in normal form yet.
    pub(crate) fn steps(&self, state: &State, steps: &mut Vec<Step>) {
        steps.clear();
        self.tick(state, steps);
        self.browser(state, steps);
        self.messages(state, steps);
        self.notes(state, steps);
        self.power_loss(state, steps);
        if self.bounds.thief {
            self.thief(state, steps);
        }
    }

    /// A tick passes, and what is over is lost. Ages stop just past L, the longer
    /// of the windows, which is all that the rules ask for.
    fn tick(&self, state: &State, steps: &mut Vec<Step>) {
        let mut next = *state;
        let Bounds { delay, skew, .. } = self.bounds;
        let oldest = self.rules.lost + 1 + skew;
        let older = |age: u8| oldest.min(age + 1);
        next.row.grow_older(older);
        for row in next.past.iter_mut().flatten() {
            row.grow_older(older);
        }
        next.network.refill(|mut message| {
            message.age += 1;
            message.judged.grow_older(older);
            (message.age <= delay).then_some(message)
        });
        if let Some(note) = &mut next.note {
            note.age += 1;
            note.stamp = older(note.stamp);
        }
        next.note = next.note.filter(|note| note.age <= self.bounds.note_delay);
        if let Some(ahead) = &mut next.ahead {
            ahead.age = older(ahead.age);
        }
        push(steps, Event::Tick, next);
    }

    /// Any tab may refresh at any time, and use what the jar holds.
    fn browser(&self, state: &State, steps: &mut Vec<Step>) {
        if state.network.len() < self.bounds.in_flight {
            let mut next = *state;
            next.network
                .put(Message::new(Kind::Request, state.jar.refresh, 0));
            push(steps, Event::Sends(state.jar.refresh.generation), next);
        }
        self.uses(state, Party::Browser, state.jar.access, steps);
    }

    fn messages(&self, state: &State, steps: &mut Vec<Step>) {
        for at in 0..state.network.len() {
            if state.network.is_twin(at) {
                continue;
            }
            let message = state.network.get(at);
            let mut without = *state;
            without.network.take(at);
            match message.kind {
                Kind::Judged(verdict) => self.writes(&without, message, verdict, steps),
                _ => self.arrives(&without, message, false, steps),
            }
            let is_single = !matches!(message.kind, Kind::Judged(_));
            if self.bounds.copies && is_single && state.network.len() < SLOTS {
                self.arrives(state, message, true, steps);
            }
            push(steps, Event::Lost(message), without);
        }
    }

    /// A message arrives; `state` holds a copy of it still, or does not.
    fn arrives(&self, state: &State, message: Message, is_copied: bool, steps: &mut Vec<Step>) {
        let mut next = *state;
        match message.kind {
            Kind::Request if self.bounds.in_two_steps => {
                self.reads(state, message, is_copied, steps);
            }
            Kind::Request => {
                self.judges(state, Party::Browser, message.token, is_copied, steps);
            }
            Kind::Tokens => {
                next.jar.refresh = message.token;
                next.jar.access = message.token.generation;
                push(steps, Event::Received(message, is_copied), next);
            }
            Kind::Access => {
                next.jar.access = message.token.generation;
                push(steps, Event::Received(message, is_copied), next);
            }
            Kind::Judged(_) | Kind::Empty => {}
        }
    }

    /// The last commits vanish, and with them what no disk held.
    fn power_loss(&self, state: &State, steps: &mut Vec<Step>) {
        if state.power_losses_left == 0 {
            return;
        }
        for (lost, row) in state.past.iter().flatten().enumerate() {
            let mut next = *state;
            next.row = *row;
            next.past.copy_within(lost + 1.., 0);
            let kept = next.past.len() - lost - 1;
            next.past[kept..].fill(None);
            next.power_losses_left -= 1;
            next.ahead = None;
            if self.bounds.messages_survive {
                next.network.refill(|message| {
                    (!matches!(message.kind, Kind::Judged(_))).then_some(message)
                });
            } else {
                next.network = Network::EMPTY;
                next.note = None;
            }
            let event = Event::PowerLoss {
                commits: lost + 1,
                back_to: row.token.generation,
            };
            push(steps, event, next);
        }
    }
}

pub(crate) fn push(steps: &mut Vec<Step>, event: Event, next: State) {
    let next = Next::State(next);
    steps.push(Step { event, next });
}
