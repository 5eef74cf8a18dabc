//! The model: every possible step from a state.

use crate::{
    event::Event,
    network::{Kind, MAX_MESSAGES, Message, Network},
    rules::Rules,
    state::{Party, State},
};

/// The bounds of a search. Times are in ticks.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a separate switch")]
pub(crate) struct Bounds {
    /// D, the longest one-way delay. The server's work counts towards the delay of
    /// the response.
    pub(crate) delay: u8,
    /// The largest difference between the clocks of the server's processes. Only for
    /// searches in which reading and writing are one step.
    pub(crate) skew: u8,
    /// The longest time for which the server keeps a use in memory before it writes it.
    pub(crate) write_delay: u8,
    /// The largest number of the browser's refreshes under way at once.
    pub(crate) in_flight: usize,
    /// Whether a message may arrive twice.
    pub(crate) copies: bool,
    /// The largest number of power losses in a run.
    pub(crate) power_losses: u8,
    /// Whether the messages under way survive a power loss, as when a database fails
    /// over while the servers continue. Otherwise the connections end with it.
    pub(crate) messages_survive: bool,
    /// Whether other requests may come between the reading and the writing of a request.
    pub(crate) in_two_steps: bool,
    /// Whether a thief copies the jar.
    pub(crate) thief: bool,
}

/// The result of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    State(State),
    /// The session ended, which is allowed after a theft.
    Ended,
    /// A promise is broken.
    Broken(&'static str),
}

/// An event and its result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) event: Event,
    pub(crate) next: Next,
}

/// The rules and the bounds of a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    pub(crate) rules: Rules,
    pub(crate) bounds: Bounds,
}

impl Model {
    pub(crate) fn initial_state(&self) -> State {
        State::signed_in(&self.bounds)
    }

    /// Collects every step from `state`. The resulting states are not in normal form yet.
    pub(crate) fn steps(&self, state: &State, steps: &mut Vec<Step>) {
        steps.clear();
        self.tick(state, steps);
        self.browser(state, steps);
        self.messages(state, steps);
        self.writes_use(state, steps);
        self.power_loss(state, steps);
        if self.bounds.thief {
            self.thief(state, steps);
        }
    }

    /// Lets a tick pass. Messages and pending uses that exceed their limit are lost. Ages
    /// stop just past L, the longer of the windows, because no rule distinguishes
    /// older ages.
    fn tick(&self, state: &State, steps: &mut Vec<Step>) {
        let mut next = *state;
        let Bounds { delay, skew, .. } = self.bounds;
        let max_age = self.rules.lost + 1 + skew;
        let older = |age: u8| max_age.min(age + 1);
        next.row.grow_older(older);
        for row in next.previous_rows.iter_mut().flatten() {
            row.grow_older(older);
        }
        next.network.refill(|mut message| {
            message.age += 1;
            message.judged.grow_older(older);
            (message.age <= delay).then_some(message)
        });
        if let Some(pending) = &mut next.pending_use {
            pending.age += 1;
            pending.stamp = older(pending.stamp);
        }
        next.pending_use = next
            .pending_use
            .filter(|pending| pending.age <= self.bounds.write_delay);
        if let Some(ahead) = &mut next.ahead {
            ahead.age = older(ahead.age);
        }
        push(steps, Event::Tick, next);
    }

    /// Any tab may refresh at any time, and use the access token in the jar.
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
            if state.network.is_duplicate(at) {
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
            if self.bounds.copies && is_single && state.network.len() < MAX_MESSAGES {
                self.arrives(state, message, true, steps);
            }
            push(steps, Event::Lost(message), without);
        }
    }

    /// Delivers a message. If `is_copied`, `state` still contains a copy of it.
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

    /// Reverts the last commits, and drops what was only in memory.
    fn power_loss(&self, state: &State, steps: &mut Vec<Step>) {
        if state.power_losses_left == 0 {
            return;
        }
        for (lost, row) in state.previous_rows.iter().flatten().enumerate() {
            let mut next = *state;
            next.row = *row;
            next.previous_rows.copy_within(lost + 1.., 0);
            let kept = next.previous_rows.len() - lost - 1;
            next.previous_rows[kept..].fill(None);
            next.power_losses_left -= 1;
            next.ahead = None;
            if self.bounds.messages_survive {
                next.network.refill(|message| {
                    (!matches!(message.kind, Kind::Judged(_))).then_some(message)
                });
            } else {
                next.network = Network::EMPTY;
                next.pending_use = None;
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
