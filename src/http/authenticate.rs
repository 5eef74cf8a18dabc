//! Who calls: for everything behind it, looked up once, and not before it is asked.

use axum::{
    extract::{Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};

use super::Caller;
use crate::{Portcullis, wire::SIGNED_IN_HEADER};

/// Marks a response for which the caller was asked who they are: it depends on the
/// session, also where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct IsPersonal;

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
    if caller.was_asked() {
        response.extensions_mut().insert(IsPersonal);
    }
    if caller.has_passed() {
        let headers = response.headers_mut();
        headers.insert(SIGNED_IN_HEADER, HeaderValue::from_static("true"));
    }
    response
}
