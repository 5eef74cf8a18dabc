//! The server functions: register, sign in, sign out, refresh, the current session,
//! changing the password, and all sessions of the account.
//!
//! Each reads its arguments, calls its [`Caller`](crate::http::Caller) and returns the
//! result. They are public endpoints; `Caller` verifies the tokens.

use std::fmt;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::{
    browser::{PlainJson, RefreshingClient, SignInClient},
    wire::{ApiError, Done, RecentEvents, SessionList, SignedInResponse, Snapshot},
};

#[cfg(feature = "ssr")]
use super::request;

/// A password or the token of an invitation, as entered. Its `Debug` output is only the type name, because server
/// functions derive `Debug` for their arguments.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnteredSecret(String);

impl EnteredSecret {
    /// Returns the secret, for the function that verifies or hashes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EnteredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnteredSecret")
    }
}

/// Creates an account and signs in: [`paths::REGISTER`](crate::wire::paths::REGISTER).
/// A form that is sent without JavaScript is redirected to `next`, a local path.
///
/// # Errors
/// 422 `invalid_input` with the fields, 409 `email_taken`, 403 `registration_closed` or
/// `invitation_invalid`, 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/register/",
    output = PlainJson,
    client = SignInClient
)]
pub async fn register(
    /// The e-mail address.
    email: String,
    /// The password.
    password: EnteredSecret,
    /// The display name.
    name: Option<String>,
    /// The token of an invitation; empty or `None` without one.
    invitation: Option<EnteredSecret>,
    /// The local path to which a form that is sent without JavaScript is redirected.
    next: Option<String>,
) -> Result<SignedInResponse, ApiError> {
    let caller = request::caller()?;
    let name = name.unwrap_or_default();
    let invitation = invitation.as_ref().map(EnteredSecret::as_str);
    let form = [&*email, &name, password.as_str()];
    let issued = caller.register_by_form(invitation, form).await?;
    request::redirect_form(next.as_deref(), caller.pages().after_sign_in());
    Ok(request::issue(issued))
}

/// Signs in: [`paths::LOGIN`](crate::wire::paths::LOGIN). A form that is sent
/// without JavaScript is redirected to `next`, a local path.
///
/// # Errors
/// 401 `invalid_credentials` for an unknown e-mail address, a wrong password or an
/// inactive account; 422 `invalid_input` with the fields that are empty; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/login/",
    output = PlainJson,
    client = SignInClient
)]
pub async fn login(
    /// The e-mail address.
    email: String,
    /// The password.
    password: EnteredSecret,
    /// The local path to which a form that is sent without JavaScript is redirected.
    next: Option<String>,
) -> Result<SignedInResponse, ApiError> {
    let caller = request::caller()?;
    let issued = caller.sign_in(&email, password.as_str()).await?;
    request::redirect_form(next.as_deref(), caller.pages().after_sign_in());
    Ok(request::issue(issued))
}

/// Signs out and removes the cookies: [`paths::LOGOUT`](crate::wire::paths::LOGOUT).
/// A form that is sent without JavaScript is redirected to `next`, a local path, or
/// else to `/`.
///
/// # Errors
/// 503 `busy`: the session has not ended and the cookies stay.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/logout/",
    output = PlainJson,
    client = SignInClient
)]
pub async fn logout(
    /// The local path to which a form that is sent without JavaScript is redirected.
    next: Option<String>,
) -> Result<Done, ApiError> {
    request::append_cookies(request::caller()?.sign_out().await?);
    request::redirect_form(next.as_deref(), "/");
    Ok(Done::signed_out())
}

/// Refreshes the tokens in the cookies: [`paths::REFRESH`](crate::wire::paths::REFRESH).
/// The session keeper calls it; an application does not.
///
/// # Errors
/// 401 with the reason; 503 `busy`, and the session has not ended.
// It has the default client, because a refresh must not wait for a refresh.
#[server(prefix = "/api", endpoint = "/accounts/auth/token/refresh/", output = PlainJson)]
pub async fn refresh() -> Result<SignedInResponse, ApiError> {
    Ok(request::issue(request::caller()?.refresh().await?))
}

/// Returns who is signed in and for how long:
/// [`paths::SESSION`](crate::wire::paths::SESSION).
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 503 `busy`.
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

/// Changes the password, ends all sessions of the account, and begins a new one in this
/// browser: [`paths::PASSWORD`](crate::wire::paths::PASSWORD). A form that is sent without
/// JavaScript is redirected to `next`, a local path.
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 401 `invalid_credentials` for a wrong
/// current password, which ends no session; 422 `invalid_input` with the fields; 404
/// `not_found` for an external account; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/accounts/password/",
    output = PlainJson,
    client = SignInClient
)]
pub async fn change_password(
    /// The current password.
    current_password: EnteredSecret,
    /// The new password.
    new_password: EnteredSecret,
    /// The local path to which a form that is sent without JavaScript is redirected.
    next: Option<String>,
) -> Result<SignedInResponse, ApiError> {
    let caller = request::caller()?;
    let (current, new) = (current_password.as_str(), new_password.as_str());
    let issued = caller.change_password(current, new).await?;
    request::redirect_form(next.as_deref(), caller.pages().after_sign_in());
    Ok(request::issue(issued))
}

/// Returns the live sessions of the account, newest first:
/// [`paths::SESSIONS`](crate::wire::paths::SESSIONS). A form ends one of them by
/// [`paths::revoke`](crate::wire::paths::revoke); send it with
/// [`send_form`](crate::browser::send_form) and [`RefreshingClient`].
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/accounts/sessions/",
    input = GetUrl,
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn list_sessions() -> Result<SessionList, ApiError> {
    request::caller()?.list_sessions().await
}

/// Ends all other sessions of the account:
/// [`paths::REVOKE_OTHERS`](crate::wire::paths::REVOKE_OTHERS). A form that is sent
/// without JavaScript is redirected to `next`, a local path, or else to `/`.
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 503 `busy`, and the sessions may
/// continue.
#[server(
    prefix = "/api",
    endpoint = "/accounts/sessions/revoke-others/",
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn end_other_sessions(
    /// The local path to which a form that is sent without JavaScript is redirected.
    next: Option<String>,
) -> Result<Done, ApiError> {
    let done = request::caller()?.end_other_sessions().await?;
    request::redirect_form(next.as_deref(), "/");
    Ok(done)
}

/// Returns the last events of the account, newest first and at most 20:
/// [`paths::EVENTS`](crate::wire::paths::EVENTS).
///
/// # Errors
/// 401 with the reason if the caller is not signed in; 503 `busy`.
#[server(
    prefix = "/api",
    endpoint = "/accounts/events/",
    input = GetUrl,
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn list_events() -> Result<RecentEvents, ApiError> {
    request::caller()?.recent_events().await
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn;

    use super::*;
    use crate::wire::paths;

    #[test]
    fn server_functions_use_the_documented_paths() {
        assert_eq!(Register::PATH, paths::REGISTER);
        assert_eq!(Login::PATH, paths::LOGIN);
        assert_eq!(Logout::PATH, paths::LOGOUT);
        assert_eq!(Refresh::PATH, paths::REFRESH);
        assert_eq!(CurrentSession::PATH, paths::SESSION);
        assert_eq!(ChangePassword::PATH, paths::PASSWORD);
        assert_eq!(ListEvents::PATH, paths::EVENTS);
        assert_eq!(ListSessions::PATH, paths::SESSIONS);
        assert_eq!(EndOtherSessions::PATH, paths::REVOKE_OTHERS);
    }

    #[test]
    fn entered_secrets_are_hidden_in_debug() {
        let form = r#"{"email":"e@example.org","password":"open sesame"}"#;
        let login: Login = serde_json::from_str(form).expect("the fields of the form");
        assert!(!format!("{login:?}").contains("sesame"));
        let form = r#"{"email":"e@example.org","password":"p","invitation":"open sesame"}"#;
        let register: Register = serde_json::from_str(form).expect("the fields of the form");
        assert!(!format!("{register:?}").contains("sesame"));
    }
}
