//! Signing out: a form, for it changes something.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use portcullis::leptos::{Form, Logout, use_plain_form, use_session};

use super::aria;
use crate::{boxed::effect, routes};

/// The button that signs out and leads to the front page.
#[component]
pub(crate) fn SignOut() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let form = use_plain_form::<Logout>(move |_| {
        // First away, or a protected page would ask to sign in again.
        navigate(routes::HOME, NavigateOptions::default());
        session.signed_out();
    });
    // There is no room for words beside the button.
    effect(move || {
        if let Some(error) = form.error().get() {
            session.notice().set(Some(error.code));
        }
    });
    view! {
        <Form form class="sign-out">
            <button class="button button-plain" data-testid="sign-out" aria-disabled=aria::state(move || form.pending().get())>
                "Sign out"
            </button>
        </Form>
    }
}
