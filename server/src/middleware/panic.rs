//! Panics: a panic ends one request and not the connection.

use std::any::Any;

use axum::response::Response;
use portcullis::{http::error_response, wire::Code};
use tower_http::catch_panic::CatchPanicLayer;

/// Returns the layer that responds with 500 after a panic.
pub(crate) fn layer() -> CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response> {
    CatchPanicLayer::custom(respond as fn(_) -> _)
}

/// Logs the panic without its message. The panic hook writes the message to standard
/// error; it may contain data of the request.
fn respond(_: Box<dyn Any + Send>) -> Response {
    tracing::error!(target: "portcullis::http", "a request handler panicked");
    error_response(Code::Internal.into())
}
