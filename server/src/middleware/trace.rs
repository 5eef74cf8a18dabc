//! The log of requests: method, path, status and latency. The query, the headers and
//! the body are never logged: they contain tokens, addresses and passwords.

use std::time::Instant;

use axum::{extract::Request, http::StatusCode, response::Response};
use portcullis::wire::paths;
use tracing::{Instrument, Span};

/// The target for log filters, as in `PORTCULLIS_LOG=info,portcullis::http=warn`.
const TARGET: &str = "portcullis::http";

/// Logs a request once, when its response begins.
pub(crate) async fn trace<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let span = span(&request);
    // The span of a health check is disabled at the default level, and so is its event.
    let is_logged = !span.is_disabled();
    let start = Instant::now();
    async {
        let response = next(request).await;
        if is_logged {
            log(response.status(), start);
        }
        response
    }
    .instrument(span)
    .await
}

/// Creates the span of a request. The path is quoted and escaped, so that it cannot
/// forge a line of the log.
fn span(request: &Request) -> Span {
    let path = request.uri().path();
    let method = request.method().as_str();
    if path == paths::HEALTH {
        tracing::debug_span!(target: TARGET, "request", method, ?path)
    } else {
        // At the highest level, so that no filter removes the path.
        tracing::error_span!(target: TARGET, "request", method, ?path)
    }
}

fn log(status: StatusCode, start: Instant) {
    let latency = start.elapsed();
    let is_failure = status >= StatusCode::INTERNAL_SERVER_ERROR;
    let status = status.as_u16();
    if is_failure {
        tracing::error!(target: TARGET, status, ?latency, "response");
    } else {
        tracing::info!(target: TARGET, status, ?latency, "response");
    }
}
