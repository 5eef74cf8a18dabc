//! The log of requests: method, path, status and latency. The query, the headers and
//! the body are never logged: they contain tokens, addresses and passwords.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{Response, StatusCode},
};
use portcullis::wire::paths;
use tower_http::{
    classify::{ServerErrorsAsFailures, SharedClassifier},
    trace::TraceLayer,
};
use tracing::Span;

/// The target for log filters, as in `PORTCULLIS_LOG=info,portcullis::http=warn`.
const TARGET: &str = "portcullis::http";

type Layer = TraceLayer<
    SharedClassifier<ServerErrorsAsFailures>,
    fn(&Request) -> Span,
    (),
    LogResponse,
    (),
    (),
    (),
>;

/// Returns the layer that logs each request once, when its response begins.
pub(crate) fn layer() -> Layer {
    TraceLayer::new_for_http()
        .make_span_with(span as fn(&Request) -> Span)
        .on_request(())
        .on_response(LogResponse)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
}

/// Creates the span of a request. The path is quoted and escaped, so that it cannot
/// forge a line of the log.
fn span(request: &Request) -> Span {
    let path = request.uri().path();
    if path == paths::HEALTH {
        tracing::debug_span!(target: TARGET, "request", method = %request.method(), ?path)
    } else {
        // At the highest level, so that no filter removes the path.
        tracing::error_span!(target: TARGET, "request", method = %request.method(), ?path)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LogResponse;

impl<B> tower_http::trace::OnResponse<B> for LogResponse {
    fn on_response(self, response: &Response<B>, latency: Duration, span: &Span) {
        let status = response.status().as_u16();
        // The span of a health check is disabled at the default level, and so is its
        // event.
        if span.is_disabled() {
            return;
        }
        if response.status() >= StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(target: TARGET, status, ?latency, "response");
        } else {
            tracing::info!(target: TARGET, status, ?latency, "response");
        }
    }
}
