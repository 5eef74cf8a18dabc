//! The thief: it copies the jar once, at any time. From then on it presents and uses its
//! tokens, at any time. It needs no network of its own, because a delayed request is the
//! same as a request that is made later.

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
            // The access token was issued together with the refresh token.
            self.uses(state, Party::Thief, token.generation, steps);
        }
    }
}
