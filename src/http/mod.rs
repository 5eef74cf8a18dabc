//! HTTP: the layers around an application's routes, the extractors, and the
//! ready routes.
//!
//! [`Portcullis::protect`](crate::Portcullis::protect) puts the layers around a
//! router; `protect.rs` has them in order.

mod authenticate;
mod body;
mod caller;
mod credentials;
mod error_page;
mod error_response;
mod error_status;
mod errors;
mod extract;
mod guard;
mod headers;
mod issued;
pub(crate) mod media_type;
mod protect;
mod resume;
pub(crate) mod routes;
mod same_origin;

pub use caller::Caller;
pub use error_page::ErrorPage;
pub use error_response::error_response;
pub use extract::SignedIn;
pub use headers::CspNonce;
pub(crate) use headers::SecurityHeaders;
pub use issued::{Issued, SessionCookies};
pub use resume::PageSession;

use axum::http::{HeaderMap, Method, Uri};

use crate::wire::paths;
use media_type::accepts_html;

/// Whether a request may ask for a page, as opposed to the HTTP interface, the service
/// routes, and a file that a page loads. A browser that loads a document asks for HTML,
/// and then a dot makes no file: `/docs/v1.2` is a page.
fn is_page(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let path = uri.path();
    let is_file = || {
        path.rsplit('/')
            .next()
            .is_some_and(|name| name.contains('.'))
    };
    matches!(*method, Method::GET | Method::HEAD)
        && !path.starts_with(paths::API)
        && ![paths::HEALTH, paths::READY, paths::JWKS].contains(&path)
        && (accepts_html(headers) || !is_file())
}

/// Whether a request for a page loads a document, as opposed to a call of a
/// script, or a prefetch that may never be shown.
fn is_navigation(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    is_page(method, uri, headers)
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
