//! The request that an event belongs to.
//!
//! A span of `tracing` would do the same, but it costs a small request a tenth of its time.

use axum::{
    extract::Request,
    http::{Method, Uri},
};

use super::escaped::Escaped;

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

    /// Writes the method and the path of the current request, if there is one.
    pub(super) fn write_current(line: &mut String) {
        let _ = REQUEST.try_with(|request| {
            line.push_str(" method=");
            Escaped::new(line).quoted(request.method.as_str());
            line.push_str(" path=");
            Escaped::new(line).quoted(request.uri.path());
        });
    }
}
