//! A panic ends one request and not the connection.

use std::any::Any;

use axum::response::Response;
use portcullis::{http::error_response, wire::Code};
use tower_http::catch_panic::CatchPanicLayer;

/// Answers 500 where something panicked.
pub(crate) fn layer() -> CatchPanicLayer<fn(Box<dyn Any + Send>) -> Response> {
    CatchPanicLayer::custom(answer as fn(_) -> _)
}

/// The panic's text goes to standard error by way of the panic hook. Here it is
/// not repeated: it may hold what the request brought.
fn answer(_: Box<dyn Any + Send>) -> Response {
    tracing::error!(target: "portcullis::http", "a request met a panic");
    error_response(Code::Internal.into())
}
