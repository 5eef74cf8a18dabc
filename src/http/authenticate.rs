//! Who calls: for everything behind it, looked up once, and not before it is asked.

use axum::{
    extract::{Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};

use super::Caller;
use crate::{Portcullis, wire::SIGNED_IN_HEADER};

/// Puts a [`Caller`] into the request's extensions. Refuses nobody: what needs
/// a session asks the caller for one. The answer tells by [`SIGNED_IN_HEADER`]
/// that somebody asked and there was one.
pub(super) async fn authenticate(
    State(portcullis): State<Portcullis>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = Caller::of_request(portcullis, request.headers());
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    if caller.has_passed() {
        let headers = response.headers_mut();
        headers.insert(SIGNED_IN_HEADER, HeaderValue::from_static("true"));
    }
    response
}
