//! Uses of access tokens: the server keeps them in memory, and writes them later or loses
//! them.

use portcullis::rotation::is_stray;

use crate::{
    event::Event,
    model::{Model, Next, Step, push},
    rules::Change,
    server::number,
    state::{Party, PendingUse, State},
};

impl Model {
    /// An access token is used. The server remembers the first use of a generation; a
    /// use that the row already reflects changes nothing.
    pub(crate) fn uses(&self, state: &State, by: Party, generation: u8, steps: &mut Vec<Step>) {
        let mut next = *state;
        let token = state.row.token;
        let is_known = token.parent.is_some_and(|parent| generation <= parent)
            || token.generation == generation && state.row.confirmed.is_some();
        if is_known {
            next.mark_ahead(by, generation, 0);
        }
        let is_remembered = !is_known || self.rules.has(Change::ConfirmedAtEveryUse);
        if !is_remembered || state.pending_use.is_some() {
            if next != *state {
                push(steps, Event::Uses(by, generation), next);
            }
            return;
        }
        for clock_ahead in 0..=self.bounds.skew {
            next.pending_use = Some(PendingUse {
                by,
                generation,
                age: 0,
                stamp: self.bounds.skew - clock_ahead,
            });
            push(steps, Event::Uses(by, generation), next);
        }
    }

    /// Writes the remembered use if its generation is the current one, or loses it. A
    /// stray ends the session.
    pub(crate) fn writes_use(&self, state: &State, steps: &mut Vec<Step>) {
        let Some(pending) = state.pending_use else {
            return;
        };
        let mut next = *state;
        next.pending_use = None;
        push(steps, Event::UseLost(pending), next);

        if is_stray(
            &state.row.record(self.bounds.skew),
            number(pending.generation),
        ) {
            let next = if state.is_stolen() {
                Next::Ended
            } else {
                Next::Broken("HONEST: the only browser was judged to be a thief")
            };
            let event = Event::StrayDetected(pending);
            steps.push(Step { event, next });
            return;
        }
        let mut row = state.row;
        if row.token.generation == pending.generation {
            let slides = self.rules.has(Change::ConfirmedAtEveryUse);
            row.confirmed = row.confirmed.filter(|_| !slides).or(Some(pending.stamp));
        }
        next.commit(row);
        // A use of a generation that the row does not have yet counts as lost.
        if row.token.generation >= pending.generation {
            next.mark_ahead(pending.by, pending.generation, pending.age);
        }
        push(steps, Event::UseWritten(pending), next);
    }
}
