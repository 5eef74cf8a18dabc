//! Signing out: a form, for it changes something.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use portcullis::wire::Done;

use super::aria;
use crate::{api::Logout, forms::form_action, routes, session::use_session};

/// The button that signs out and leads to the front page.
#[component]
pub(crate) fn SignOut() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let (action, form) = form_action::<Logout>(move |_: Done| {
        // First away, or a protected page would ask to sign in again.
        navigate(routes::HOME, NavigateOptions::default());
        session.signed_out();
    });
    // There is no room for words beside the button.
    Effect::new(move |_| {
        if let Some(error) = form.error.get() {
            session.notice().set(Some(error.code));
        }
    });
    view! {
        <ActionForm
            action
            node_ref=form.element
            on:submit:capture=move |event| form.refuse_second(&event)
            attr:class="sign-out"
        >
            <button class="button button-plain" data-testid="sign-out" aria-disabled=move || aria::state(form.pending.get())>
                "Sign out"
            </button>
        </ActionForm>
    }
}
