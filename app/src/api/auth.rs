//! Opening an account, signing in and out, renewing, and who is signed in.
//!
//! Those that set cookies do it under the lock of all refreshes; a renewal must
//! not wait for a renewal, and uses the default client.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use portcullis::{
    browser::{PlainJson, RefreshingClient, SigningClient},
    wire::{Answer, ApiError, Done, Snapshot},
};

use super::EnteredPassword;
#[cfg(feature = "ssr")]
use {super::respond, crate::routes};

/// Opens an account and signs in. `next` is where a form goes on to.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/register/",
    client = SigningClient
)]
pub async fn register(
    email: String,
    password: EnteredPassword,
    name: Option<String>,
    next: Option<String>,
) -> Result<Answer, ApiError> {
    let caller = respond::caller()?;
    let issued = caller
        .register(
            &email,
            name.as_deref().unwrap_or_default(),
            password.as_str(),
        )
        .await?;
    respond::send_form_on(next.as_deref(), routes::ACCOUNT);
    Ok(respond::issue(issued))
}

/// Signs in. `next` is where a form goes on to.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/login/",
    client = SigningClient
)]
pub async fn login(
    email: String,
    password: EnteredPassword,
    next: Option<String>,
) -> Result<Answer, ApiError> {
    let issued = respond::caller()?
        .sign_in(&email, password.as_str())
        .await?;
    respond::send_form_on(next.as_deref(), routes::ACCOUNT);
    Ok(respond::issue(issued))
}

/// Signs out and clears the cookies. `next` is where a form goes on to.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/logout/",
    client = SigningClient
)]
pub async fn logout(next: Option<String>) -> Result<Done, ApiError> {
    respond::append_cookies(respond::caller()?.sign_out().await?);
    respond::send_form_on(next.as_deref(), routes::HOME);
    Ok(Done {
        detail: "Signed out.".into(),
    })
}

/// Renews the tokens that came as cookies.
#[server(prefix = "/api", endpoint = "/accounts/auth/token/refresh/")]
pub async fn refresh() -> Result<Answer, ApiError> {
    Ok(respond::issue(respond::caller()?.refresh().await?))
}

/// Who is signed in, and until when.
#[server(
    prefix = "/api",
    endpoint = "/accounts/auth/session/",
    input = GetUrl,
    output = PlainJson,
    client = RefreshingClient
)]
pub async fn current_session() -> Result<Snapshot, ApiError> {
    respond::caller()?.snapshot().await
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn;
    use portcullis::wire::paths;

    use super::*;

    #[test]
    fn the_paths_are_those_of_the_interface() {
        assert_eq!(Register::PATH, paths::REGISTER);
        assert_eq!(Login::PATH, paths::LOGIN);
        assert_eq!(Logout::PATH, paths::LOGOUT);
        assert_eq!(Refresh::PATH, paths::REFRESH);
        assert_eq!(CurrentSession::PATH, paths::SESSION);
    }

    #[test]
    fn what_was_entered_as_a_password_is_in_no_log() {
        let form = r#"{"email":"e@example.org","password":"open sesame"}"#;
        let login: Login = leptos::serde_json::from_str(form).expect("the fields of the form");
        assert!(!format!("{login:?}").contains("sesame"));
    }
}
