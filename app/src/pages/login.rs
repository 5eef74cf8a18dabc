//! Signing in.

use leptos::{either::Either, form::ActionForm, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use portcullis::{
    browser,
    wire::{Answer, Code, LocalPath},
};

use crate::{
    api::Login,
    components::{Field, FormError, Heading, NextField, SignedInAlready, Submit},
    forms::{form_action, next_in_url},
    routes,
    session::use_session,
};

/// `/login`
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    let session = use_session();
    view! {
        <div class="narrow stack">
            <Heading text="Sign in"/>
            {move || match session.account() {
                Some(account) => Either::Left(view! { <SignedInAlready account/> }),
                None => Either::Right(view! { <LoginForm/> }),
            }}
        </div>
    }
}

#[component]
fn LoginForm() -> impl IntoView {
    warn_of_blocked_cookies();
    let next = next_in_url();
    let register = routes::with_next(routes::REGISTER, next.as_ref());
    let (action, form) = form_action::<Login>(enter(next.as_ref()));
    view! {
        <ActionForm
            action
            node_ref=form.element
            on:submit:capture=move |event| form.refuse_second(&event)
            attr:class="card stack"
        >
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
        </ActionForm>
        <p>"New here? " <a href=register>"Create an account"</a></p>
    }
}

/// Says before anything is entered that signing in will not work.
pub(super) fn warn_of_blocked_cookies() {
    let notice = use_session().notice();
    Effect::new(move |_| {
        if !browser::keeps_cookies() {
            notice.set(Some(Code::CookiesBlocked));
        }
    });
}

/// What follows signing in: the page knows who is signed in, then goes on.
pub(super) fn enter(next: Option<&LocalPath>) -> impl Fn(Answer) + use<> {
    let session = use_session();
    let navigate = use_navigate();
    let next = next.map_or(routes::ACCOUNT.to_owned(), |next| next.as_str().to_owned());
    move |answer| {
        session.signed_in(answer.snapshot);
        navigate(
            &next,
            NavigateOptions {
                resolve: false,
                ..NavigateOptions::default()
            },
        );
    }
}
