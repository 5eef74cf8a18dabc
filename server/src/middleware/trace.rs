//! What is logged of a request: method, path, status, and how long it took.
//! Never the query, a header or a body: tokens, addresses and passwords are there.

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

/// The name to filter by, as in `PORTCULLIS_LOG=info,portcullis::http=warn`.
const TARGET: &str = "portcullis::http";

type Layer = TraceLayer<
    SharedClassifier<ServerErrorsAsFailures>,
    fn(&Request) -> Span,
    (),
    OnAnswer,
    (),
    (),
    (),
>;

/// Logs each request once, when its answer begins.
pub(crate) fn layer() -> Layer {
    TraceLayer::new_for_http()
        .make_span_with(span as fn(&Request) -> Span)
        .on_request(())
        .on_response(OnAnswer)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
}

/// In quotation marks and escaped, so that a path cannot write lines of its own.
fn span(request: &Request) -> Span {
    let path = request.uri().path();
    if path == paths::HEALTH {
        tracing::debug_span!(target: TARGET, "request", method = %request.method(), ?path)
    } else {
        // Of the highest level, so that the path is there whatever the filter keeps.
        tracing::error_span!(target: TARGET, "request", method = %request.method(), ?path)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct OnAnswer;

impl<B> tower_http::trace::OnResponse<B> for OnAnswer {
    fn on_response(self, response: &Response<B>, latency: Duration, span: &Span) {
        let status = response.status().as_u16();
        // A health check's span is off at the usual level, and so is its event.
        if span.is_disabled() {
            return;
        }
        if response.status() >= StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(target: TARGET, status, ?latency, "answered");
        } else {
            tracing::info!(target: TARGET, status, ?latency, "answered");
        }
    }
}
