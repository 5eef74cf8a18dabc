//! Ready forms: signing in, registering, signing out. They need no style sheet;
//! their class names are there for one.

use leptos::prelude::*;

use super::{
    address::{next_page, path_and_query, use_go},
    api::{Login, Logout, Register},
    form::{Form, FormState, use_plain_form},
    session::{Session, use_session},
};
use crate::wire::{Answer, Problem};

/// A form to sign in, with e-mail address and password.
///
/// After signing in it goes on to `next` in the query of the page, where that is a
/// local path. Without it, the form on the sign-in page goes on to the first
/// protected page, and a form on another page stays there.
#[component]
pub fn SignInForm() -> impl IntoView {
    let session = use_session();
    let next = next_page().map(|next| next.as_str().to_owned());
    let (path, query) = path_and_query();
    let is_sign_in_page = path == session.pages().sign_in_page();
    let target = next
        .clone()
        .or_else(|| is_sign_in_page.then(|| session.pages().after_sign_in().to_owned()));
    let here = || match &*query {
        query if query.is_empty() || query.contains("__err=") => path.clone(),
        query => [&path, "?", query].concat(),
    };
    let next = next.or_else(|| (!is_sign_in_page).then(here));
    let form = use_plain_form::<Login>(enter(session, target));
    view! {
        <Form form class="portcullis-form">
            <Message form/>
            {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
            <Field form id="portcullis-sign-in-email" name="email" label="E-mail" kind="email" autocomplete="username"/>
            <Field
                form
                id="portcullis-sign-in-password"
                name="password"
                label="Password"
                kind="password"
                autocomplete="current-password"
            />
            <Submit form label="Sign in"/>
        </Form>
    }
}

/// A form to create an account, with e-mail address, name and password.
///
/// It goes on to `next` in the query of the page, where that is a local path, or
/// else to the first protected page.
#[component]
pub fn RegisterForm() -> impl IntoView {
    let session = use_session();
    let next = next_page().map(|next| next.as_str().to_owned());
    let target = next.clone();
    let target = target.unwrap_or_else(|| session.pages().after_sign_in().to_owned());
    let form = use_plain_form::<Register>(enter(session, Some(target)));
    view! {
        <Form form class="portcullis-form">
            <Message form/>
            {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
            <Field form id="portcullis-register-email" name="email" label="E-mail" kind="email" autocomplete="username"/>
            <Field form id="portcullis-register-name" name="name" label="Name (optional)" kind="text" autocomplete="name"/>
            <Field
                form
                id="portcullis-register-password"
                name="password"
                label="Password"
                kind="password"
                autocomplete="new-password"
                hint=Problem::PasswordTooShort.sentence()
            />
            <Submit form label="Create account"/>
        </Form>
    }
}

/// A button that signs out and goes on to `/`.
#[component]
pub fn SignOut(
    /// The text of the button.
    #[prop(default = "Sign out")]
    label: &'static str,
) -> impl IntoView {
    let session = use_session();
    let go = use_go();
    let form = use_plain_form::<Logout>(move |_| {
        // First: on a protected page the guard would lead to the sign-in page.
        go("/");
        session.signed_out();
    });
    view! {
        <Form form class="portcullis-sign-out">
            <Submit form label/>
            <Message form/>
        </Form>
    }
}

/// Returns what follows signing in: the page shows it, and goes on to `target`.
fn enter(session: Session, target: Option<String>) -> impl Fn(Answer) + Send + Sync {
    let go = use_go();
    move |answer| {
        session.signed_in(answer.snapshot);
        if let Some(target) = &target {
            go(target);
        }
    }
}

/// Why the last submission failed. Always there as a live region, so that screen
/// readers announce what comes into it.
#[component]
fn Message(form: FormState) -> impl IntoView {
    let text = move || {
        form.error()
            .with(|error| Some(error.as_ref()?.code.sentence()))
    };
    view! {
        <p class="portcullis-error" role="alert" tabindex="-1">{text}</p>
    }
}

#[component]
fn Field(
    form: FormState,
    id: &'static str,
    name: &'static str,
    label: &'static str,
    /// The `type` of the input.
    kind: &'static str,
    autocomplete: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    let problem = form.problem(name);
    let text = Signal::derive(move || problem.get().map(Problem::sentence).or(hint));
    let is_wrong = Signal::derive(move || problem.get().map(|_| "true"));
    let help = [id, "-help"].concat();
    view! {
        <p class="portcullis-field">
            <label for=id>{label}</label>
            " "
            <input
                id=id
                name=name
                type=kind
                autocomplete=autocomplete
                required=kind != "text"
                aria-invalid=is_wrong
                aria-describedby=help.clone()
            />
            " "
            <small id=help>{text}</small>
        </p>
    }
}

/// Never `disabled`: that would take the focus from the user who has pressed it.
#[component]
fn Submit(form: FormState, label: &'static str) -> impl IntoView {
    let is_pending = Signal::derive(move || form.pending().get().then_some("true"));
    view! {
        <button class="portcullis-button" aria-disabled=is_pending>{label}</button>
    }
}
