//! The layers around an application's routes, the extractors, and the routes of the HTTP
//! interface.
//!
//! [`Portcullis::protect`](crate::Portcullis::protect) puts the layers around a router and
//! documents their order.

mod admin;
mod authenticate;
mod authenticated;
mod body;
mod caller;
mod change_password;
mod client_address;
mod credentials;
mod ended;
mod error_page;
mod error_response;
mod error_status;
mod errors;
mod events;
mod extract;
pub(crate) mod form_page;
mod forward_auth;
mod guard;
mod head;
mod headers;
mod identify;
mod invitation;
mod issued;
mod last_slash;
pub(crate) mod media_type;
mod own_sessions;
mod page_policy;
mod protect;
mod protected;
mod request_device;
mod resume;
pub(crate) mod routes;
mod same_origin;
mod sign_in;
mod token_endpoints;
mod trusted_proxies;

pub use admin::Administrator;
pub use authenticated::AuthenticatedRouter;
pub use caller::Caller;
pub use ended::SessionEnded;
pub use error_page::ErrorPage;
pub use error_response::error_response;
pub use extract::SignedIn;
pub use headers::CspNonce;
pub(crate) use headers::SecurityHeaders;
pub use issued::{Issued, SessionCookies};
pub(crate) use page_policy::PageSources;
pub use protected::ProtectedRouter;
pub use resume::PageSession;
pub use trusted_proxies::{TrustedProxies, TrustedProxiesError};

use axum::http::{HeaderMap, HeaderName, Method, Uri};

use crate::wire::paths;
use media_type::accepts_html;

// As names and not as strings: a string is parsed for each look-up.
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Returns whether a request may be for a page, and not for the HTTP interface, a service
/// route, or a file that a page loads. A file has a dot in its name. If the request accepts
/// HTML, the browser loads a document, and a dot does not matter: `/docs/v1.2` is a page.
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
        && (!is_file() || accepts_html(headers))
}

/// Returns whether a request is a page load: the browser loads a document. A call of a
/// script is not one, nor is a prefetch, which may never be displayed.
fn is_navigation(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    loads_document(headers) && is_page(method, uri, headers)
}

/// Returns whether the headers are those of a browser that loads a document to display it.
fn loads_document(headers: &HeaderMap) -> bool {
    accepts_html(headers) && !is_speculative(headers) && is_document(headers)
}

/// Returns whether the browser loads the response in advance: a prefetch or a prerender, which
/// may never be displayed.
fn is_speculative(headers: &HeaderMap) -> bool {
    headers.contains_key(SEC_PURPOSE)
}

/// Returns whether the browser displays the response as a document. Older browsers send no
/// `Sec-Fetch-Dest`; for them the result is true.
fn is_document(headers: &HeaderMap) -> bool {
    headers
        .get(SEC_FETCH_DEST)
        .is_none_or(|dest| dest == "document")
}
