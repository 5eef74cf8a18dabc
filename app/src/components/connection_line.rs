//! A quiet line while nothing gets through.

use leptos::prelude::*;
use portcullis::{keeper::Trouble, leptos::use_session};

use super::aria;

/// Over the foot of the page, where it moves nothing. Always there as a live
/// region, so that what comes into it is read out.
#[component]
pub(crate) fn ConnectionLine() -> impl IntoView {
    let trouble = use_session().trouble();
    let text = Signal::derive(move || trouble.get().map_or("", in_a_sentence).to_owned());
    view! {
        <p
            class="connection"
            role="status"
            data-testid="connection"
            data-shown=aria::state(move || trouble.get().is_some())
        >
            {text}
        </p>
    }
}

fn in_a_sentence(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Offline => "You are offline. You stay signed in.",
        Trouble::Unreachable => {
            "The server does not answer as it should. You stay signed in; we keep trying."
        }
    }
}
