//! Ready forms: signing in, registering, signing out. They need no style sheet;
//! their class names are there for one.
//!
//! Each is one string of HTML, and one handler sends them all: a page loads no signal
//! and no attribute of its own for them.

mod html;
mod submit;

use std::sync::Arc;

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::{Login, Logout, Register},
    effect::effect,
    session::{Session, use_session},
};
use crate::wire::Problem;
use html::Rendered;

/// A form to sign in, with e-mail address and password.
///
/// After signing in it goes on to `next` in the query of the page, where that is a
/// local path. Without it, the form on the sign-in page goes on to the first
/// protected page, and a form on another page stays there.
#[component]
pub fn SignInForm() -> impl IntoView {
    view(Ready::SignIn, "Sign in")
}

/// A form to create an account, with e-mail address, name and password.
///
/// It goes on to `next` in the query of the page, where that is a local path, or
/// else to the first protected page.
#[component]
pub fn RegisterForm() -> impl IntoView {
    view(Ready::Register, "Create account")
}

/// A button that signs out and goes on to `/`.
#[component]
pub fn SignOut(
    /// The text of the button.
    #[prop(default = "Sign out")]
    label: &'static str,
) -> impl IntoView {
    view(Ready::SignOut, label)
}

/// One of the ready forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ready {
    SignIn,
    Register,
    SignOut,
}

/// A field of a ready form.
struct Field {
    id: &'static str,
    name: &'static str,
    label: &'static str,
    /// The `type` of the input.
    kind: &'static str,
    autocomplete: &'static str,
    /// What stands beside the field while nothing is wrong with it.
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
        hint: Problem::PasswordTooShort.sentence(),
        ..SIGN_IN[1]
    },
];

impl Ready {
    /// The path of the server function.
    fn path(self) -> &'static str {
        match self {
            Self::SignIn => Login::PATH,
            Self::Register => Register::PATH,
            Self::SignOut => Logout::PATH,
        }
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

/// Returns the element around the form. The view does not know what is in it:
/// hydration leaves what the server wrote, and the handler changes it. Its type is
/// erased, because every view that holds a form is compiled around the form's type.
fn view(form: Ready, label: &'static str) -> AnyView {
    let session = use_session();
    effect(move || {
        if session.is_hydrated() {
            submit::take_over();
        }
    });
    let html: Arc<str> = html::form(form, label, &rendered(form, session)).into();
    view! { <div on:submit=move |event| submit::submit(form, &event) inner_html=html></div> }
        .into_any()
}

/// What the request of the page brings into the form.
#[cfg(feature = "ssr")]
fn rendered(form: Ready, session: Session) -> Rendered {
    use super::address::{error, next_page, path_and_query};

    let next = || next_page().map(|next| next.as_str().to_owned());
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
    Rendered {
        next: match form {
            Ready::SignIn => next().or_else(here),
            Ready::Register => next(),
            Ready::SignOut => None,
        },
        error: error(form.path()),
    }
}

/// Nothing: hydration keeps what the server wrote, and a form that the browser makes
/// is sent by the handler, which reads the address itself.
#[cfg(not(feature = "ssr"))]
fn rendered(_: Ready, _: Session) -> Rendered {
    Rendered::default()
}
