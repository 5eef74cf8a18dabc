//! Leptos: server functions, the session as a context, and components.
#![allow(
    // Props are owned: a component is called by a view, not by a function that
    // lends them.
    clippy::needless_pass_by_value,
    // `#[server]` and `#[component]` write a second `pub` function beside each.
    unreachable_pub,
)]

mod address;
mod api;
mod effect;
mod form;
mod guard;
mod hand_over;
mod hydration;
#[cfg(feature = "ssr")]
mod request;
mod session;
mod sign_in_form;
mod signed_in;

pub use crate::browser::{RefreshingClient, SigningClient};
pub use address::next_page;
pub use api::{
    CurrentSession, EnteredPassword, Login, Logout, Refresh, Register, current_session, login,
    logout, refresh, register,
};
pub use form::{Form, FormProps, FormState, use_form, use_plain_form};
pub use guard::Guard;
pub use hand_over::{SessionData, start};
#[cfg(feature = "ssr")]
pub use request::{caller, page_context, signed_in};
pub use session::{Session, provide_session, use_session};
pub use sign_in_form::{RegisterForm, SignInForm, SignOut, SignOutProps};
pub use signed_in::{SignedIn, SignedInProps};
