//! The request that a server function or a page is run for.

use axum::http::{header::SET_COOKIE, request::Parts};
use leptos::{nonce::Nonce, prelude::*};
use leptos_axum::ResponseOptions;

use crate::{
    SignedIn,
    http::{
        Caller, CspNonce, Issued, PageSession, SessionCookies, media_type::accepts_html,
        routes::ascii,
    },
    wire::{Answer, ApiError, Code, LocalPath, ProtectedPages, Snapshot},
};

/// Returns the caller of the server function that is being run.
///
/// # Errors
/// 500 `layer_missing` where `Portcullis::protect` is not around the router.
pub fn caller() -> Result<Caller, ApiError> {
    let parts = use_context::<Parts>().ok_or_else(|| {
        tracing::error!("there is no request: this is not called by a server function of Leptos");
        Code::Internal
    })?;
    Caller::of_parts(&parts)
}

/// Returns who is signed in, in a server function:
///
/// ```
/// use leptos::prelude::*;
/// use portcullis::{browser::RefreshingClient, leptos::signed_in, wire::ApiError};
///
/// #[server(client = RefreshingClient)]
/// async fn account_id() -> Result<String, ApiError> {
///     let user = signed_in().await?;
///     Ok(user.account_id().to_string())
/// }
/// ```
///
/// # Errors
/// 401 with the reason where no one is signed in, 503 `busy` where it cannot be
/// decided, 500 `layer_missing` as [`caller`] returns it.
pub async fn signed_in() -> Result<SignedIn, ApiError> {
    SignedIn::of(&caller()?)
}

/// Provides the nonce of the response's Content-Security-Policy, which Leptos
/// writes into its scripts. To be passed to `leptos_routes_with_context` and to
/// `file_and_error_handler_with_context`.
pub fn page_context() {
    if let Some(nonce) = extension::<CspNonce>() {
        provide_context(Nonce::from_value(nonce.value()));
    }
}

/// Returns the session that the page is rendered with. Where there is no request,
/// as when the routes are listed, there is none.
pub(super) fn snapshot() -> Option<Snapshot> {
    extension::<PageSession>()?.0
}

/// Returns the protected pages. Without `Portcullis::protect` there are none.
pub(super) fn pages() -> ProtectedPages {
    extension().map_or_else(ProtectedPages::default, |caller: Caller| {
        caller.pages().clone()
    })
}

/// Sets the cookies and returns the body.
pub(super) fn issue(issued: Issued) -> Answer {
    append_cookies(issued.cookies);
    issued.answer
}

/// Adds the cookies to the response. Appended: inserting would keep only one.
pub(super) fn append_cookies(cookies: SessionCookies) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for cookie in cookies.values() {
            response.append_header(SET_COOKIE, cookie.clone());
        }
    }
}

/// Redirects a form that was sent without JavaScript to `next`, where that is a
/// local path, or else to `default`. A script gets the body.
pub(super) fn send_form_on(next: Option<&str>, default: &str) {
    if use_context::<Parts>().is_some_and(|parts| accepts_html(&parts.headers)) {
        let next = next.and_then(LocalPath::parse);
        // Anything else than ASCII makes leptos_axum panic.
        leptos_axum::redirect(&ascii(next.as_ref().map_or(default, LocalPath::as_str)));
    }
}

fn extension<T: Clone + Send + Sync + 'static>() -> Option<T> {
    use_context::<Parts>()?.extensions.get::<T>().cloned()
}
