//! The sign-out button. It is a form, because signing out changes the session.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use portcullis::leptos::{Form, Logout, use_plain_form, use_session};

use super::aria;
use crate::{boxed::effect, routes};

/// Renders a button that signs out and navigates to the front page.
#[component]
pub(crate) fn SignOut() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let form = use_plain_form::<Logout>(move |_| {
        // This is first: on a protected page, the guard would otherwise navigate to the
        // sign-in page.
        navigate(routes::HOME, NavigateOptions::default());
        session.signed_out();
    });
    // An error is shown as the notice above the page, because the header has no room for
    // it.
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
