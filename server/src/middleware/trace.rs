//! The access log: the status and the latency of each request.

use std::{pin::Pin, time::Instant};

use axum::{extract::Request, http::StatusCode, response::Response};
use portcullis::wire::paths;

use crate::log::request::RequestLine;

/// The target for log filters, as in `PORTCULLIS_LOG=info,portcullis::http=warn`.
const TARGET: &str = "portcullis::http";

/// What the access log needs of a request.
pub(crate) struct Logged {
    line: RequestLine,
    is_health_check: bool,
}

impl Logged {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            line: RequestLine::of(request),
            is_health_check: request.uri().path() == paths::HEALTH,
        }
    }
}

/// Logs a request once, when its response begins.
pub(crate) async fn trace(
    request: Logged,
    response: Pin<&mut impl Future<Output = Response>>,
) -> Response {
    let start = Instant::now();
    let is_health_check = request.is_health_check;
    let logged = async {
        let response = response.await;
        log(response.status(), start, is_health_check);
        response
    };
    request.line.scope(logged).await
}

/// A health check is logged at a lower level: there are many, and all are alike.
fn log(status: StatusCode, start: Instant, is_health_check: bool) {
    let latency_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let is_failure = status.is_server_error();
    let status = status.as_u16();
    if is_health_check {
        tracing::debug!(target: TARGET, status, latency_us, "response");
    } else if is_failure {
        tracing::error!(target: TARGET, status, latency_us, "response");
    } else {
        tracing::info!(target: TARGET, status, latency_us, "response");
    }
}
