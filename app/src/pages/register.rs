//! Opening an account.

use leptos::prelude::*;
use portcullis::{
    leptos::{Form, Register, next_page, use_plain_form, use_session},
    wire::Problem,
};

use super::login::{enter, warn_of_blocked_cookies};
use crate::{
    components::{Field, FormError, Heading, NextField, SignedInAlready, Submit},
    routes,
    whole::{turns, whole},
};

/// `/register`
#[component]
pub(crate) fn RegisterPage() -> impl IntoView {
    let session = use_session();
    whole(view! {
        <div class="narrow stack">
            <Heading text="Create an account"/>
            {turns(move || Some(match session.account() {
                Some(account) => whole(view! { <SignedInAlready account/> }),
                None => whole(view! { <RegisterForm/> }),
            }))}
        </div>
    })
}

#[component]
fn RegisterForm() -> impl IntoView {
    warn_of_blocked_cookies();
    let next = next_page();
    let login = routes::with_next(routes::LOGIN, next.as_ref());
    let form = use_plain_form::<Register>(enter(next.as_ref()));
    whole(view! {
        <Form form class="card stack">
            {whole(view! {
            <FormError form/>
            <NextField next/>
            <Field label="E-mail" name="email" kind="email" autocomplete="username" required=true form/>
            <Field label="Name" name="name" kind="text" autocomplete="name" form/>
            <Field
                label="Password"
                name="password"
                kind="password"
                autocomplete="new-password"
                // What the server would say, said before.
                hint=Problem::PasswordTooShort.sentence()
                required=true
                form
            />
            <Submit form label="Create account" busy="Creating your account …"/>
            })}
        </Form>
        <p>"Have an account? " <a href=login>"Sign in"</a></p>
    })
}
