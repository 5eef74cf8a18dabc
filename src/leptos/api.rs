//! The server functions: registering, signing in and out, refreshing, and who is
//! signed in.
//!
//! Each reads its arguments, asks its [`Caller`](crate::http::Caller) and
//! returns the result. They are public endpoints; `Caller` verifies the tokens.

use std::fmt;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{
    browser::{PlainJson, RefreshingClient, SigningClient},
    wire::{Answer, ApiError, Done, Snapshot},
};

#[cfg(feature = "ssr")]
use super::request;

/// A password as it was entered. Its `Debug` prints the type alone, because
/// server functions derive `Debug` for their arguments.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnteredPassword(String);

impl EnteredPassword {
    /// The password, for the function that verifies or hashes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EnteredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnteredPassword")
    }
}

/// Creates an account and signs in: [`paths::REGISTER`](crate::wire::paths::REGISTER).
/// A form that is sent without JavaScript goes on to `next`, a local path.
///
/// # Errors
/// 422 `invalid_input` with the fields, 409 `email_taken`, 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/register/",
    output = PlainJson,
    client = SigningClient
)]
pub async fn register(
    /// The e-mail address.
    email: String,
    /// The password.
    password: EnteredPassword,
    /// The name to greet by.
    name: Option<String>,
    /// Where a form that is sent without JavaScript goes on to.
    next: Option<String>,
) -> Result<Answer, ApiError> {
    let caller = request::caller()?;
    let name = name.unwrap_or_default();
    let issued = caller.register(&email, &name, password.as_str()).await?;
    request::send_form_on(next.as_deref(), caller.pages().after_sign_in());
    Ok(request::issue(issued))
}

/// Signs in: [`paths::LOGIN`](crate::wire::paths::LOGIN). A form that is sent
/// without JavaScript goes on to `next`, a local path.
///
/// # Errors
/// 401 `invalid_credentials`, whatever was wrong; 422 `invalid_input` with the
/// fields that are empty; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/login/",
    output = PlainJson,
    client = SigningClient
)]
pub async fn login(
    /// The e-mail address.
    email: String,
    /// The password.
    password: EnteredPassword,
    /// Where a form that is sent without JavaScript goes on to.
    next: Option<String>,
) -> Result<Answer, ApiError> {
    let caller = request::caller()?;
    let issued = caller.sign_in(&email, password.as_str()).await?;
    request::send_form_on(next.as_deref(), caller.pages().after_sign_in());
    Ok(request::issue(issued))
}

/// Signs out and removes the cookies: [`paths::LOGOUT`](crate::wire::paths::LOGOUT).
/// A form that is sent without JavaScript goes on to `next`, a local path, or
/// else to `/`.
///
/// # Errors
/// 503 `busy`: the session goes on and the cookies stay.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/logout/",
    output = PlainJson,
    client = SigningClient
)]
pub async fn logout(
    /// Where a form that is sent without JavaScript goes on to.
    next: Option<String>,
) -> Result<Done, ApiError> {
    request::append_cookies(request::caller()?.sign_out().await?);
    request::send_form_on(next.as_deref(), "/");
    Ok(Done::signed_out())
}

/// Refreshes the tokens in the cookies: [`paths::REFRESH`](crate::wire::paths::REFRESH).
/// The session keeper calls it; an application does not.
///
/// # Errors
/// 401 with the reason, or 503 `busy`, after which the session goes on.
// With the default client: a refresh must not wait for a refresh.
#[server(prefix = "/api", endpoint = "/accounts/auth/token/refresh/", output = PlainJson)]
pub async fn refresh() -> Result<Answer, ApiError> {
    Ok(request::issue(request::caller()?.refresh().await?))
}

/// Returns who is signed in, and until when: [`paths::SESSION`](crate::wire::paths::SESSION).
///
/// # Errors
/// 401 where no one is signed in, 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/session/",
    input = GetUrl,
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn current_session() -> Result<Snapshot, ApiError> {
    request::caller()?.snapshot().await
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn;

    use super::*;
    use crate::wire::paths;

    #[test]
    fn the_paths_are_those_of_the_interface() {
        assert_eq!(Register::PATH, paths::REGISTER);
        assert_eq!(Login::PATH, paths::LOGIN);
        assert_eq!(Logout::PATH, paths::LOGOUT);
        assert_eq!(Refresh::PATH, paths::REFRESH);
        assert_eq!(CurrentSession::PATH, paths::SESSION);
    }

    #[test]
    fn an_entered_password_is_in_no_log() {
        let form = r#"{"email":"e@example.org","password":"open sesame"}"#;
        let login: Login = serde_json::from_str(form).expect("the fields of the form");
        assert!(!format!("{login:?}").contains("sesame"));
    }
}
