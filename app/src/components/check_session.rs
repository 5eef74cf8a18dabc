//! Asks the server who is signed in, by a call like any other.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use portcullis::{
    leptos::current_session,
    wire::{ApiError, Snapshot},
};

use super::{aria, duration::in_words};

/// A button, and what the server answered. Where the access token has ended, the
/// client renews it and asks again before this sees anything.
#[component]
pub(crate) fn CheckSession() -> impl IntoView {
    let result = RwSignal::new(String::new());
    let pending = RwSignal::new(false);
    let ask = move |_| {
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        // The call is dropped with the page; a refresh that it waits for goes on.
        spawn_local_scoped_with_cancellation(async move {
            result.set(in_a_sentence(&current_session().await));
            pending.set(false);
        });
    };
    let answer = Signal::derive(move || {
        if pending.get() {
            "Asking the server …".to_owned()
        } else {
            result.get()
        }
    });
    view! {
        <div class="check needs-script">
            <button
                type="button"
                class="button"
                data-testid="check-session"
                aria-disabled=aria::state(move || pending.get())
                on:click=ask
            >
                "Check my session"
            </button>
            <p role="status" data-testid="check-result">
                {answer}
            </p>
        </div>
    }
    .into_any()
}

fn in_a_sentence(result: &Result<Snapshot, ApiError>) -> String {
    match result {
        Ok(snapshot) => format!(
            "Signed in as {}. The access token lives for another {}.",
            snapshot.account.email,
            in_words(snapshot.expires_in)
        ),
        Err(error) => error.code.sentence().to_owned(),
    }
}
