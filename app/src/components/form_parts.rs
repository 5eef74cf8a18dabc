//! What a form has besides its fields.

use leptos::prelude::*;
use portcullis::{leptos::FormState, wire::LocalPath};

use super::aria;
use crate::boxed::changing;

/// What was wrong with the last submission, as a sentence above the fields.
#[component]
pub(crate) fn FormError(form: FormState) -> impl IntoView {
    changing(move || {
        form.error().get().map(|error| {
            view! {
                <div class="notice notice-error" role="alert" tabindex="-1" data-testid="form-error">
                    <p>{error.code.sentence()}</p>
                </div>
            }.into_any()
        })
    })
}

/// Where the form goes on to, for the server.
#[component]
pub(crate) fn NextField(next: Option<LocalPath>) -> impl IntoView {
    next.map(|next| {
        view! { <input type="hidden" name="next" value=next.as_str().to_owned()/> }.into_any()
    })
}

/// The button that sends the form. Never `disabled`: that would take the focus
/// from who has just pressed it.
#[component]
pub(crate) fn Submit(form: FormState, label: &'static str, busy: &'static str) -> impl IntoView {
    let label = Signal::derive(move || {
        let label = if form.pending().get() { busy } else { label };
        label.to_owned()
    });
    view! {
        <button class="button button-main" aria-disabled=aria::state(move || form.pending().get())>
            {label}
        </button>
    }
    .into_any()
}
