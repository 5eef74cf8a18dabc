//! `PORTCULLIS_TRACES_ENDPOINT`: a span for each request, sent to a collector of OpenTelemetry.
//!
//! OTLP is one request with JSON, so it is written here: the crates of OpenTelemetry are two
//! dozen packages with a client and a code generator of their own.
//!
//! | module | holds |
//! |---|---|
//! | `context` | the ids of a trace, and those that a trusted proxy sends |
//! | `span` | what is recorded of a request, as OTLP in JSON |
//! | `collector` | one request to the collector |
//! | `exporter` | the queue, and the task that sends what is in it |
//!
//! <https://opentelemetry.io/docs/specs/otlp/>

mod collector;
mod context;
mod exporter;
mod span;

pub(crate) use exporter::{Exporter, SpanCounts};

use std::{
    borrow::Cow,
    net::IpAddr,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method},
    response::Response,
};
use portcullis::{http::TrustedProxies, metrics::route_class};

use crate::settings;
use context::{Context, Ids};
use exporter::Queue;
use span::Span;

/// The header of W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The header of a response with the id of its request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The class of the routes that are asked every few seconds. They have no spans.
const HEALTH: &str = "health";

/// The methods whose names are recorded. A client chooses others.
const METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::CONNECT,
    Method::OPTIONS,
    Method::TRACE,
    Method::PATCH,
];

/// Records the spans of requests.
#[derive(Clone)]
pub(crate) struct Traces {
    recorder: Arc<Recorder>,
    queue: Queue,
}

struct Recorder {
    ids: Ids,
    /// The share of the new traces that are recorded.
    share: f64,
    proxies: TrustedProxies,
}

/// Opens the queue to a collector. The exporter sends the spans of the recorder until every
/// clone of that has been dropped.
pub(crate) fn open(
    settings: &settings::Traces,
    proxies: TrustedProxies,
    counts: Arc<SpanCounts>,
) -> Option<(Traces, Exporter)> {
    let endpoint = settings.endpoint.clone()?;
    let (queue, exporter) = exporter::open(endpoint, &settings.service, counts);
    let recorder = Recorder {
        ids: Ids::default(),
        share: settings.share,
        proxies,
    };
    let recorder = Arc::new(recorder);
    Some((Traces { recorder, queue }, exporter))
}

impl Traces {
    /// Begins the span of a request. Returns `None` if it is not recorded.
    pub(crate) fn begin<B>(&self, request: &Request<B>, peer: IpAddr) -> Option<RunningSpan> {
        let route = route_class(request.uri().path());
        if route == HEALTH {
            return None;
        }
        let recorder = &self.recorder;
        let is_trusted = recorder.proxies.contains(peer.to_canonical());
        let parent = request.headers().get(TRACEPARENT);
        let parent = parent.filter(|_| is_trusted).and_then(Context::parse);
        let context = match parent {
            Some(parent) => parent,
            None => Context::new(&recorder.ids, recorder.share),
        };
        context.is_sampled.then(|| RunningSpan {
            span: Some(Span {
                context,
                id: recorder.ids.next(),
                method: method(request.method()),
                route,
                path: span::shown_path(request.uri().path()),
                begun: since_epoch(),
                ended: 0,
                status: None,
                request_id: None,
            }),
            since: Instant::now(),
            queue: self.queue.clone(),
        })
    }
}

fn method(method: &Method) -> Cow<'static, str> {
    match METHODS.iter().find(|known| *known == method) {
        Some(known) => Cow::Owned(known.as_str().to_owned()),
        None => Cow::Borrowed("_OTHER"),
    }
}

/// Returns the time since 1970 in nanoseconds.
fn since_epoch() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since_epoch.unwrap_or_default().as_nanos()).unwrap_or_default()
}

/// The span of a request whose response has not begun. If it is dropped, the client has
/// disconnected, and the span has no status.
pub(crate) struct RunningSpan {
    /// `None` after it was sent.
    span: Option<Span>,
    since: Instant,
    queue: Queue,
}

impl RunningSpan {
    /// Ends the span, because the response begins.
    pub(crate) fn end(mut self, response: &Response) {
        if let Some(span) = &mut self.span {
            span.status = Some(response.status().as_u16());
            let id = response.headers().get(REQUEST_ID);
            span.request_id = id.and_then(text);
        }
    }
}

fn text(value: &HeaderValue) -> Option<String> {
    value.to_str().ok().map(str::to_owned)
}

impl Drop for RunningSpan {
    fn drop(&mut self) {
        if let Some(mut span) = self.span.take() {
            let nanoseconds = u64::try_from(self.since.elapsed().as_nanos());
            span.ended = span.begun.saturating_add(nanoseconds.unwrap_or_default());
            self.queue.push(span);
        }
    }
}

#[cfg(test)]
mod tests;
