//! A button that asks before it does something, and works without JavaScript.

use leptos::prelude::*;

use super::devices::{Devices, Ended};
use crate::components::aria;

/// The texts of a confirmation.
pub(super) struct Confirmation {
    pub(super) label: String,
    pub(super) question: String,
    pub(super) button: &'static str,
}

/// Renders a form that is folded behind its first button. `path` is where it is sent.
#[component]
pub(super) fn Confirm(
    devices: Devices,
    path: String,
    ended: Ended,
    text: Confirmation,
) -> impl IntoView {
    let target = path.clone();
    view! {
        <details class="confirm">
            <summary class="button">{text.label}</summary>
            <form
                method="post"
                action=path
                class="confirm-form"
                on:submit=move |event| devices.submit(&event, target.clone(), ended)
            >
                <input type="hidden" name="next" value=ended.next()/>
                <p>{text.question}</p>
                <button class="button button-main" aria-disabled=aria::state(move || devices.is_pending())>
                    {text.button}
                </button>
            </form>
        </details>
    }
    .into_any()
}
