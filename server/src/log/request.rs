//! The request that an event belongs to.
//!
//! A span of `tracing` would do the same, but it costs a small request a tenth of its time.

use axum::{
    extract::Request,
    http::{Method, Uri},
};
use portcullis::RequestId;

tokio::task_local! {
    static REQUEST: RequestLine;
}

/// What the log says about a request: the method and the path. The query, the headers and the
/// body are never logged: they contain tokens, addresses and passwords.
#[derive(Debug)]
pub(crate) struct RequestLine {
    method: Method,
    uri: Uri,
}

impl RequestLine {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
        }
    }

    /// Runs a future. Each line that is logged meanwhile, in the same task, has the method and
    /// the path.
    pub(crate) async fn scope<F: Future>(self, future: F) -> F::Output {
        REQUEST.scope(self, future).await
    }
}

/// The field with the id of a request. An audit event has it too.
pub(super) const REQUEST_ID: &str = "request_id";

/// Passes each field of the current request to `write`: the method and the path, and the id
/// unless the event has it. There is none outside of a request.
pub(super) fn current_fields(has_id: bool, mut write: impl FnMut(&'static str, &str)) {
    let _ = REQUEST.try_with(|request| {
        write("method", request.method.as_str());
        write("path", request.uri.path());
    });
    if let Some(id) = RequestId::current().filter(|_| !has_id) {
        write(REQUEST_ID, id.as_str());
    }
}
