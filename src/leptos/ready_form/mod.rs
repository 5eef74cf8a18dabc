//! The ready-made forms: sign in, register, sign out. They need no style sheet, but have
//! class names for one.
//!
//! Each form is one string of HTML, and one handler sends them all. This keeps the WASM
//! small: it contains no signals and no attributes for them.

mod html;
mod submit;

use std::{borrow::Cow, sync::Arc};

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::{Login, Logout, Register},
    effect::effect,
    session::{Session, use_session},
};
use crate::wire::Problem;
use html::RequestValues;

/// Renders a form to sign in, with e-mail address and password.
///
/// After signing in it navigates to `next` from the query of the page, if that is a local
/// path. Otherwise the form on the sign-in page navigates to the first protected page, or
/// else to `/`, and a form on any other page stays on that page.
#[component]
pub fn SignInForm() -> impl IntoView {
    view(Ready::SignIn, "Sign in")
}

/// Renders a form to create an account, with e-mail address, name and password.
///
/// It navigates to `next` from the query of the page, if that is a local path, or else to
/// the first protected page, or else to `/`.
#[component]
pub fn RegisterForm() -> impl IntoView {
    view(Ready::Register, "Create account")
}

/// Renders a button that signs out and navigates to `/`.
#[component]
pub fn SignOut(
    /// The text of the button.
    #[prop(default = "Sign out")]
    label: &'static str,
) -> impl IntoView {
    view(Ready::SignOut, label)
}

/// One of the ready-made forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ready {
    SignIn,
    Register,
    SignOut,
}

/// A field of a ready-made form.
struct Field {
    id: &'static str,
    name: &'static str,
    label: &'static str,
    /// The `type` of the input.
    kind: &'static str,
    autocomplete: &'static str,
    /// The text beside the field while the field has no problem.
    hint: &'static str,
}

const SIGN_IN: &[Field] = &[
    Field {
        id: "portcullis-sign-in-email",
        name: "email",
        label: "E-mail",
        kind: "email",
        autocomplete: "username",
        hint: "",
    },
    Field {
        id: "portcullis-sign-in-password",
        name: "password",
        label: "Password",
        kind: "password",
        autocomplete: "current-password",
        hint: "",
    },
];

const REGISTER: &[Field] = &[
    Field {
        id: "portcullis-register-email",
        ..SIGN_IN[0]
    },
    Field {
        id: "portcullis-register-name",
        name: "name",
        label: "Name (optional)",
        kind: "text",
        autocomplete: "name",
        hint: "",
    },
    Field {
        id: "portcullis-register-password",
        autocomplete: "new-password",
        hint: Problem::PasswordTooShort.message(),
        ..SIGN_IN[1]
    },
];

impl Ready {
    /// Returns the path of the server function.
    fn path(self) -> &'static str {
        match self {
            Self::SignIn => Login::PATH,
            Self::Register => Register::PATH,
            Self::SignOut => Logout::PATH,
        }
    }

    /// Returns the address to which the browser sends the form without JavaScript.
    #[cfg(feature = "ssr")]
    fn action(self) -> Cow<'static, str> {
        super::address::form_action(self.path()).into()
    }

    /// Returns the path of the server function: the address of the server stays in a hydrated
    /// form.
    #[cfg(not(feature = "ssr"))]
    fn action(self) -> Cow<'static, str> {
        self.path().into()
    }

    fn class(self) -> &'static str {
        match self {
            Self::SignOut => "portcullis-sign-out",
            _ => "portcullis-form",
        }
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Self::SignIn => SIGN_IN,
            Self::Register => REGISTER,
            Self::SignOut => &[],
        }
    }
}

/// Returns the element around the form. The view does not contain the content of the
/// element: hydration keeps the HTML from the server, and the handler changes it. The
/// type of the view is erased, because every view that contains a form is compiled for
/// the form's type.
fn view(form: Ready, label: &'static str) -> AnyView {
    let session = use_session();
    effect(move || {
        if session.is_hydrated() {
            submit::take_over();
        }
    });
    let html: Arc<str> = html::form(form, label, &request_values(form, session)).into();
    view! { <div on:submit=move |event| submit::submit(form, &event) inner_html=html></div> }
        .into_any()
}

/// Returns the values that the form takes from the request of its page.
#[cfg(feature = "ssr")]
fn request_values(form: Ready, session: Session) -> RequestValues {
    use super::address::{form_error, next_path, path_and_query};

    let next = || next_path().map(|next| next.as_str().to_owned());
    let here = || {
        let (path, query) = path_and_query();
        let is_plain = query.is_empty() || query.contains("__err=");
        let here = if is_plain {
            path.clone()
        } else {
            path.clone() + "?" + &query
        };
        (path != session.pages().sign_in_page()).then_some(here)
    };
    RequestValues {
        next: match form {
            Ready::SignIn => next().or_else(here),
            Ready::Register => next(),
            Ready::SignOut => None,
        },
        error: form_error(form.path()),
    }
}

/// Returns no values: hydration keeps the HTML from the server, and a form that is
/// rendered in the browser is sent by the handler, which reads the address itself.
#[cfg(not(feature = "ssr"))]
fn request_values(_: Ready, _: Session) -> RequestValues {
    RequestValues::default()
}
