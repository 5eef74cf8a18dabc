//! Who calls: for everything behind it, looked up once, and not before it is asked.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::Caller;
use crate::Portcullis;

/// Puts a [`Caller`] into the request's extensions. Refuses nobody: what needs
/// a session asks the caller for one.
pub async fn authenticate(
    State(portcullis): State<Portcullis>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = Caller::of_request(portcullis, request.headers());
    request.extensions_mut().insert(caller);
    next.run(request).await
}
