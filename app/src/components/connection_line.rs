//! A line that is shown while the connection to the server has a problem.

use leptos::prelude::*;
use portcullis::{keeper::Trouble, leptos::use_session};

use super::aria;

/// Renders the line at the bottom of the window, on top of the page, so that it moves
/// nothing. It is a live region and always present, so that screen readers announce a
/// message that appears in it.
#[component]
pub(crate) fn ConnectionLine() -> impl IntoView {
    let trouble = use_session().trouble();
    let text = Signal::derive(move || trouble.get().map_or("", message).to_owned());
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

fn message(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Offline => "You are offline. You are still signed in.",
        Trouble::Unreachable => {
            "The server is not responding properly. You are still signed in, and this page keeps trying."
        }
    }
}
