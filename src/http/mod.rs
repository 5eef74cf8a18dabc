//! HTTP: what stands between the network and an application's handlers.
//!
//! Each middleware is a function for [`axum::middleware::from_fn_with_state`].
//! They are meant to stand in this order, outermost first: [`headers`],
//! [`error_page`], [`error_status`], [`same_origin`], [`json_form`], [`authenticate`], [`resume`], [`guard`].

mod authenticate;
mod caller;
mod error_page;
mod error_status;
mod errors;
mod guard;
mod headers;
mod json_form;
mod resume;
mod same_origin;

pub use authenticate::authenticate;
pub use caller::{Caller, Issued};
pub use error_page::{ErrorPage, error_page};
pub use error_status::{error_response, error_status};
pub use guard::guard;
pub use headers::{CspNonce, SecurityHeaders, headers};
pub use json_form::json_form;
pub use resume::{PageSession, resume};
pub use same_origin::same_origin;

use axum::http::{HeaderMap, Method, Uri, header::ACCEPT};

use crate::wire::paths;

/// Whether a request asks for a page, as opposed to the HTTP interface or a file,
/// whose names have an extension.
fn is_page(method: &Method, uri: &Uri) -> bool {
    let file = uri.path().rsplit('/').next().unwrap_or_default();
    matches!(*method, Method::GET | Method::HEAD)
        && !uri.path().starts_with(paths::API)
        && !file.contains('.')
}

/// Whether a request for a page loads a document, as opposed to a call of a
/// script, or a prefetch that nobody may ever see.
fn is_navigation(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    is_page(method, uri)
        && accepts_html(headers)
        && !headers.contains_key("sec-purpose")
        && is_document(headers)
}

/// Whether the answer becomes a document. Older browsers do not say.
fn is_document(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-dest")
        .is_none_or(|dest| dest == "document")
}

/// Whether the answer is for a person: a browser that loads a page or sends a
/// form, as opposed to a script.
fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|part| {
        part.split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
    })
}
