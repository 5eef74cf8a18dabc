//! The request of the current server function or page.

use axum::http::{Method, request::Parts};
use leptos::{nonce::Nonce, prelude::*};
use leptos_axum::ResponseOptions;

use crate::{
    SignedIn,
    http::{
        Caller, CspNonce, Issued, PageSession, SessionCookies, media_type::accepts_html,
        routes::ascii,
    },
    wire::{ApiError, Code, Invited, LocalPath, ProtectedPages, SignedInResponse, Snapshot},
};

/// Returns the caller of the current server function.
///
/// # Errors
/// 500 `layer_missing` if `Portcullis::protect` does not wrap the router; 500 `internal`
/// outside of a request that Leptos handles.
pub fn caller() -> Result<Caller, ApiError> {
    let parts = use_context::<Parts>().ok_or_else(|| {
        tracing::error!("there is no request: this is not a server function or a page of Leptos");
        Code::Internal
    })?;
    Caller::of_parts(&parts)
}

/// Returns the signed-in user, in a server function:
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
/// 401 with the reason if the caller is not signed in; 503 `busy` or `tasks_missing` if
/// this cannot be decided; 500 `layer_missing` or `internal`, as for [`caller`].
pub async fn signed_in() -> Result<SignedIn, ApiError> {
    SignedIn::of(&caller()?)
}

/// Provides the nonce of the response's Content-Security-Policy, which Leptos writes into
/// its scripts. Pass this function to `leptos_routes_with_context` and to
/// `file_and_error_handler_with_context`.
pub fn provide_page_context() {
    if let Some(nonce) = extension::<CspNonce>() {
        provide_context(Nonce::from_value(nonce.value()));
    }
}

/// Returns the session that the page is rendered with. It is `None` without a request,
/// for example while the routes are listed.
pub(super) fn snapshot() -> Option<Snapshot> {
    extension::<PageSession>()?.0
}

/// Returns the protected pages; none without `Portcullis::protect`.
pub(super) fn pages() -> ProtectedPages {
    extension().map_or_else(ProtectedPages::default, |caller: Caller| {
        caller.pages().clone()
    })
}

/// Returns whether visitors cannot register without an invitation, while a page is rendered on the server: the page
/// then needs no link to the registration page. False without
/// [`Portcullis::protect`](crate::Portcullis::protect).
pub fn is_registration_closed() -> bool {
    extension().is_some_and(|caller: Caller| !caller.service().can_register())
}

/// Returns the user of an invitation, while the registration page is rendered on the server.
///
/// # Errors
/// As [`Caller::invited`].
pub async fn invited(invitation: &str) -> Result<Invited, ApiError> {
    caller()?.invited(invitation).await
}

/// Sets the cookies of the issued tokens and returns the body of the response.
pub(super) fn issue(issued: Issued) -> SignedInResponse {
    append_cookies(issued.cookies);
    issued.answer
}

/// Appends the headers to the response; inserting would keep only one of the cookies.
pub(super) fn append_cookies(cookies: SessionCookies) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for (name, value) in cookies.headers() {
            response.append_header(name, value);
        }
    }
}

/// Redirects a form that was sent without JavaScript to `next` if that is a local path,
/// or else to `default`. A script gets the body.
pub(super) fn redirect_form(next: Option<&str>, default: &str) {
    if use_context::<Parts>().is_some_and(|parts| accepts_html(&parts.headers)) {
        let next = next.and_then(LocalPath::parse);
        // `leptos_axum::redirect` panics on characters that are not ASCII.
        leptos_axum::redirect(&ascii(next.as_ref().map_or(default, LocalPath::as_str)));
    }
}

/// Returns whether a path is that of a server function that is called by GET.
pub(crate) fn is_read_by_function(path: &str) -> bool {
    server_fn::axum::get_server_fn_service(path, Method::GET).is_some()
}

fn extension<T: Clone + Send + Sync + 'static>() -> Option<T> {
    use_context::<Parts>()?.extensions.get::<T>().cloned()
}
