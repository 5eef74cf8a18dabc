//! A button that asks the server who is signed in, by a normal call.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use portcullis::{
    leptos::current_session,
    wire::{ApiError, Snapshot},
};

use super::{aria, duration::in_words};

/// Renders the button and the result. If the access token has expired, the client
/// refreshes it and retries the call before the result arrives here.
#[component]
pub(crate) fn CheckSession() -> impl IntoView {
    let result = RwSignal::new(String::new());
    let pending = RwSignal::new(false);
    let ask = move |_| {
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        // The call is dropped with the page; a refresh that it waits for continues.
        spawn_local_scoped_with_cancellation(async move {
            result.set(message(&current_session().await));
            pending.set(false);
        });
    };
    let status = Signal::derive(move || {
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
                {status}
            </p>
        </div>
    }
    .into_any()
}

fn message(result: &Result<Snapshot, ApiError>) -> String {
    match result {
        Ok(snapshot) => format!(
            "Signed in as {}. The access token expires in {}.",
            snapshot.account.email,
            in_words(snapshot.expires_in)
        ),
        Err(error) => error.code.message().to_owned(),
    }
}
