//! Uses of access tokens: remembered by the server, and written later or lost.

use portcullis::rotation::is_stray;

use crate::{
    event::Event,
    model::{Model, Next, Step, push},
    rules::Change,
    server::number,
    state::{Note, Party, State},
};

impl Model {
    /// An access token is used. The server remembers the first use of a
    /// generation; what it has in the row already changes nothing.
    pub(crate) fn uses(&self, state: &State, by: Party, generation: u8, steps: &mut Vec<Step>) {
        let mut next = *state;
        let token = state.row.token;
        let is_known = token.parent.is_some_and(|parent| generation <= parent)
            || token.generation == generation && state.row.confirmed.is_some();
        if is_known {
            next.mark_ahead(by, generation, 0);
        }
        let is_noted = !is_known || self.rules.has(Change::ConfirmedAtEveryUse);
        if !is_noted || state.note.is_some() {
            if next != *state {
                push(steps, Event::Uses(by, generation), next);
            }
            return;
        }
        for ahead in 0..=self.bounds.skew {
            next.note = Some(Note {
                by,
                generation,
                age: 0,
                stamp: self.bounds.skew - ahead,
            });
            push(steps, Event::Uses(by, generation), next);
        }
    }

    /// What is remembered is written, for the generation that is current, or
    /// lost. A stray ends the session.
    pub(crate) fn notes(&self, state: &State, steps: &mut Vec<Step>) {
        let Some(note) = state.note else { return };
        let mut next = *state;
        next.note = None;
        push(steps, Event::NoteLost(note), next);

        if is_stray(&state.row.record(self.bounds.skew), number(note.generation)) {
            let next = if state.is_stolen() {
                Next::Ended
            } else {
                Next::Broken("HONEST: the only browser there is was taken for a thief")
            };
            let event = Event::StrayFound(note);
            steps.push(Step { event, next });
            return;
        }
        let mut row = state.row;
        if row.token.generation == note.generation {
            let slides = self.rules.has(Change::ConfirmedAtEveryUse);
            row.confirmed = row.confirmed.filter(|_| !slides).or(Some(note.stamp));
        }
        next.commit(row);
        // Passed over for want of the generation, it is as if lost.
        if row.token.generation >= note.generation {
            next.mark_ahead(note.by, note.generation, note.age);
        }
        push(steps, Event::NoteWritten(note), next);
    }
}
