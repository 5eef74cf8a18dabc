//! The registration page.

use leptos::prelude::*;
use portcullis::{
    leptos::{Form, Register, next_path, use_plain_form, use_session},
    wire::{Code, Problem},
};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::login::{on_signed_in, warn_of_blocked_cookies};
use crate::{
    boxed::changing,
    components::{Field, FormError, Heading, NextField, SignedInAlready, Submit},
    routes,
};

/// The page `/register`.
#[wasm_split(register, fallible, preload(load_register))]
pub(crate) fn register_page() -> Result<AnyView, SplitLoaderError> {
    let session = use_session();
    let page = view! {
        <div class="narrow stack">
            <Heading text="Create an account"/>
            {changing(move || Some(match session.account() {
                Some(account) => view! { <SignedInAlready account/> }.into_any(),
                None => view! { <RegisterForm/> }.into_any(),
            }))}
        </div>
    };
    Ok(page.into_any())
}

#[component]
fn RegisterForm() -> impl IntoView {
    warn_of_blocked_cookies();
    let next = next_path();
    let login = routes::with_next(routes::LOGIN, next.as_ref());
    let form = use_plain_form::<Register>(on_signed_in(next.as_ref()));
    view! {
        // The style shows this and hides the form if visitors cannot register.
        <p class="registration-closed" data-testid="registration-closed">
            {Code::RegistrationClosed.message()}
        </p>
        <Form form class="card stack to-register">
            <FormError form/>
            <NextField next/>
            <Field label="E-mail" name="email" kind="email" autocomplete="username" required=true form/>
            <Field label="Name" name="name" kind="text" autocomplete="name" form/>
            <Field
                label="Password"
                name="password"
                kind="password"
                autocomplete="new-password"
                // The message of the server for a password that is too short.
                hint=Problem::PasswordTooShort.message()
                required=true
                form
            />
            <Submit form label="Create account" busy="Creating your account …"/>
        </Form>
        <p>"Have an account? " <a href=login>"Sign in"</a></p>
    }.into_any()
}
