//! A quiet line while nothing gets through.

use leptos::prelude::*;
use portcullis::{keeper::Trouble, leptos::use_session};

/// Over the foot of the page, where it moves nothing. Always there as a live
/// region, so that what comes into it is read out.
#[component]
pub(crate) fn ConnectionLine() -> impl IntoView {
    let trouble = use_session().trouble();
    view! {
        <p class="connection" role="status" data-testid="connection">
            {move || trouble.get().map(in_a_sentence)}
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
