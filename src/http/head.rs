//! HEAD requests. Leptos looks a server function up by its method, and finds none for HEAD, so such
//! a request is handled as GET. No response to HEAD has a body; axum removes it in some handlers
//! only.

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderValue, Method, header::CONTENT_LENGTH},
    response::Response,
};

use crate::wire::paths;

/// Changes the method of a HEAD request to a server function, or to a route of the library below
/// `/api/`, to GET.
pub(super) fn as_get(request: &mut Request) {
    if request.method() == Method::HEAD && is_for_a_function(request.uri().path()) {
        *request.method_mut() = Method::GET;
    }
}

#[cfg(feature = "ssr")]
fn is_for_a_function(path: &str) -> bool {
    paths::is_own(path) || crate::leptos::is_read_by_function(path)
}

#[cfg(not(feature = "ssr"))]
fn is_for_a_function(path: &str) -> bool {
    paths::is_own(path)
}

/// Whether the body of a response is to be removed.
#[derive(Clone, Copy)]
pub(super) struct RemoveBody(bool);

impl RemoveBody {
    /// Returns the rule for the response to a request.
    pub(super) fn of(request: &Request) -> Self {
        Self(request.method() == Method::HEAD)
    }

    /// Removes the body, if the request was HEAD, and keeps its length in the headers.
    pub(super) fn apply(self, mut response: Response) -> Response {
        if !self.0 {
            return response;
        }
        let length = response.body().size_hint().exact();
        if let Some(length) = length.filter(|length| *length > 0) {
            let headers = response.headers_mut().entry(CONTENT_LENGTH);
            headers.or_insert_with(|| HeaderValue::from(length));
        }
        *response.body_mut() = Body::empty();
        response
    }
}
