//! The sign-in page.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use portcullis::{
    browser,
    leptos::{Form, Login, next_path, use_plain_form, use_session},
    wire::{Code, LocalPath, SignedInResponse},
};

use crate::{
    boxed::changing,
    boxed::effect,
    components::{Field, FormError, Heading, NextField, SignedInAlready, Submit},
    routes,
};

/// The page `/login`.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let session = use_session();
    view! {
        <div class="narrow stack">
            <Heading text="Sign in"/>
            {changing(move || Some(match session.account() {
                Some(account) => view! { <SignedInAlready account/> }.into_any(),
                None => view! { <LoginForm/> }.into_any(),
            }))}
        </div>
    }
    .into_any()
}

#[component]
fn LoginForm() -> impl IntoView {
    warn_of_blocked_cookies();
    let next = next_path();
    let register = routes::with_next(routes::REGISTER, next.as_ref());
    let form = use_plain_form::<Login>(on_signed_in(next.as_ref()));
    view! {
        <Form form class="card stack">
            <FormError form/>
            <NextField next/>
            <Field label="E-mail" name="email" kind="email" autocomplete="username" required=true form/>
            <Field
                label="Password"
                name="password"
                kind="password"
                autocomplete="current-password"
                required=true
                form
            />
            <Submit form label="Sign in" busy="Signing in …"/>
        </Form>
        <p class="to-register">"New here? " <a href=register>"Create an account"</a></p>
    }.into_any()
}

/// Warns the user, before anything is entered, that signing in needs cookies.
pub(super) fn warn_of_blocked_cookies() {
    let notice = use_session().notice();
    effect(move || {
        if !browser::keeps_cookies() {
            notice.set(Some(Code::CookiesBlocked));
        }
    });
}

/// Returns a function to call after signing in: it shows the page as signed in and
/// navigates to `next`, or else to the account page.
pub(super) fn on_signed_in(next: Option<&LocalPath>) -> impl Fn(SignedInResponse) + use<> {
    let session = use_session();
    let navigate = use_navigate();
    let next = next.map_or(routes::ACCOUNT.to_owned(), |next| next.as_str().to_owned());
    move |answer| {
        session.signed_in(answer.snapshot);
        if !routes::is_in_router(&next) {
            // It does not fail for a local path.
            let _ = window().location().assign(&next);
            return;
        }
        navigate(
            &next,
            NavigateOptions {
                resolve: false,
                ..NavigateOptions::default()
            },
        );
    }
}
