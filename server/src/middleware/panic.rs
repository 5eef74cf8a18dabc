//! Panics: a panic ends one request and not the connection.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
};

use axum::response::Response;
use portcullis::{http::error_response, wire::Code};

/// Responds with 500 after a panic.
pub(crate) async fn catch_panic(
    mut response: Pin<&mut impl Future<Output = Response>>,
) -> Response {
    poll_fn(|context| {
        // After a panic the future is not polled again.
        let poll = AssertUnwindSafe(|| response.as_mut().poll(context));
        catch_unwind(poll).unwrap_or_else(|_| Poll::Ready(respond()))
    })
    .await
}

/// Logs the panic without its message. The panic hook writes the message to standard
/// error; it may contain data of the request.
fn respond() -> Response {
    tracing::error!(target: "portcullis::http", "a request handler panicked");
    error_response(Code::Internal.into())
}
