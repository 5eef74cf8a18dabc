//! The registration page.

use leptos::prelude::*;
use portcullis::{
    leptos::{Form, Register, invitation_token, next_path, use_plain_form, use_session},
    wire::{Code, INVITATION_PARAMETER, Invited, Problem},
};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::login::{on_signed_in, warn_of_blocked_cookies};
use crate::{
    boxed::{changing, effect},
    components::{Field, FormError, Heading, NextField, SignedInAlready, Submit},
    hand_over::{PageData, with_public_data},
    routes,
};

/// The page `/register`.
#[wasm_split(register, fallible, preload(load_register))]
pub(crate) fn register_page() -> Result<AnyView, SplitLoaderError> {
    let form = match invitation_token() {
        None => unless_signed_in(|| register_form(None)),
        Some(token) => invited(token),
    };
    let page = view! {
        <div class="narrow stack">
            <Heading text="Create an account"/>
            {form}
        </div>
    };
    Ok(page.into_any())
}

fn unless_signed_in(form: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let session = use_session();
    changing(move || {
        Some(match session.account() {
            Some(account) => view! { <SignedInAlready account/> }.into_any(),
            None => form(),
        })
    })
    .into_any()
}

/// Renders the form for the user of an invitation, whose address the server reads.
fn invited(token: String) -> AnyView {
    #[cfg(feature = "ssr")]
    let read = {
        let token = token.clone();
        async move || portcullis::leptos::invited(&token).await
    };
    #[cfg(not(feature = "ssr"))]
    let read = async || Err(Code::Internal.into());
    with_public_data(read, move |invited: Option<PageData<Invited>>| {
        let token = token.clone();
        unless_signed_in(move || match &invited {
            Some(Ok(invited)) => register_form(Some((token.clone(), invited.email.clone()))),
            Some(Err(code)) => no_invitation(*code),
            None => {
                // After a navigation by script: only the server reads an invitation.
                effect(|| drop(window().location().reload()));
                view! { <p aria-busy="true">"Loading …"</p> }.into_any()
            }
        })
    })
}

fn no_invitation(code: Code) -> AnyView {
    view! {
        <div class="notice notice-error" role="alert" data-testid="invitation-failed">
            <p>{code.message()}</p>
        </div>
        <p>"Have an account? " <a href=routes::LOGIN>"Sign in"</a></p>
    }
    .into_any()
}

/// Renders the form, with the token and the address of an invitation if there is one.
fn register_form(invitation: Option<(String, String)>) -> AnyView {
    warn_of_blocked_cookies();
    let next = next_path();
    let login = routes::with_next(routes::LOGIN, next.as_ref());
    let form = use_plain_form::<Register>(on_signed_in(next.as_ref()));
    // The style shows the message and hides the form if visitors cannot register without an
    // invitation.
    let (closed, class, email) = match invitation {
        None => {
            let closed = view! {
                <p class="registration-closed" data-testid="registration-closed">
                    {Code::RegistrationClosed.message()}
                </p>
            };
            let email = view! {
                <Field label="E-mail" name="email" kind="email" autocomplete="username" required=true form/>
            };
            (
                Some(closed.into_any()),
                "card stack to-register",
                email.into_any(),
            )
        }
        Some((token, email)) => (None, "card stack", invited_email(token, email)),
    };
    view! {
        {closed}
        <Form form class=class>
            <FormError form/>
            <NextField next/>
            {email}
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
    }
    .into_any()
}

/// Renders the address of an invitation, which the user cannot change.
fn invited_email(token: String, email: String) -> AnyView {
    view! {
        <input type="hidden" name=INVITATION_PARAMETER value=token/>
        <div class="field">
            <label for="field-email">"E-mail"</label>
            <div class="input-row">
                <input
                    id="field-email"
                    name="email"
                    type="email"
                    autocomplete="username"
                    readonly=true
                    value=email
                />
            </div>
        </div>
    }
    .into_any()
}
