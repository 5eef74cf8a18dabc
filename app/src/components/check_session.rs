//! Asks the server who is signed in, by a call like any other.

use leptos::prelude::*;
use portcullis::wire::{ApiError, Snapshot};

use super::{aria, duration::in_words};
use crate::api::CurrentSession;

/// A button, and what the server answered. Where the access token has ended, the
/// client renews it and asks again before this sees anything.
#[component]
pub(crate) fn CheckSession() -> impl IntoView {
    let check = ServerAction::<CurrentSession>::new();
    let pending = check.pending();
    let ask = move |_| {
        if !pending.get_untracked() {
            check.dispatch(CurrentSession {});
        }
    };
    view! {
        <div class="check needs-script">
            <button
                type="button"
                class="button"
                data-testid="check-session"
                aria-disabled=move || aria::state(pending.get())
                on:click=ask
            >
                "Check my session"
            </button>
            <p role="status" data-testid="check-result">
                {move || if pending.get() {
                    "Asking the server …".to_owned()
                } else {
                    check.value().with(|result| result.as_ref().map(in_a_sentence).unwrap_or_default())
                }}
            </p>
        </div>
    }
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
