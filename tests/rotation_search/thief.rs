//! The thief: copies the jar once, at any moment, and from then on presents and
//! uses what it holds, at any moment. It needs no network of its own: a request
//! that is delayed is one that is made later.

use crate::{
    event::Event,
    model::{Model, Step, push},
    state::{Party, State},
};

impl Model {
    pub(crate) fn thief(&self, state: &State, steps: &mut Vec<Step>) {
        if !state.is_stolen() {
            let mut next = *state;
            next.stolen.put(state.jar.refresh);
            push(steps, Event::Copies(state.jar.refresh.generation), next);
            return;
        }
        for token in state.stolen.iter() {
            self.judges(state, Party::Thief, token, false, steps);
            // Whoever holds a refresh token was given the access token with it.
            self.uses(state, Party::Thief, token.generation, steps);
        }
    }
}
