//! `PORTCULLIS_TRACES_ENDPOINT`: a span for each request and for what it waits for, sent to a collector of OpenTelemetry.
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
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method},
    response::Response,
};
use portcullis::{RequestObserver, http::TrustedProxies, metrics::route_class};

use crate::settings;
use context::{Context, Ids};
use exporter::Queue;
use span::{Details, HttpRequest, Span};

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
            context,
            id: recorder.ids.next(),
            begun: since_epoch(),
            since: Instant::now(),
            request: Some(HttpRequest {
                method: method(request.method()),
                route,
                path: span::shown_path(request.uri().path()),
                status: None,
                request_id: None,
            }),
            traces: self.clone(),
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
    nanoseconds(since_epoch.unwrap_or_default())
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or_default()
}

/// The span of a request whose response has not begun. If it is dropped, the client has
/// disconnected, and the span has no status.
pub(crate) struct RunningSpan {
    context: Context,
    id: u64,
    begun: u64,
    since: Instant,
    /// `None` after it was sent.
    request: Option<HttpRequest>,
    traces: Traces,
}

impl RunningSpan {
    /// Returns an observer that makes a span of each time for which the request waits.
    pub(crate) fn observer(&self) -> RequestObserver {
        let traces = self.traces.clone();
        let context = Context {
            parent: Some(self.id),
            ..self.context
        };
        RequestObserver::new(move |waited, time| {
            let ended = since_epoch();
            traces.queue.push(Span {
                context,
                id: traces.recorder.ids.next(),
                begun: ended.saturating_sub(nanoseconds(time)),
                ended,
                details: Details::Waited(waited.name()),
            });
        })
    }

    /// Ends the span, because the response begins.
    pub(crate) fn end(mut self, response: &Response) {
        if let Some(request) = &mut self.request {
            request.status = Some(response.status().as_u16());
            let id = response.headers().get(REQUEST_ID);
            request.request_id = id.and_then(text);
        }
    }
}

fn text(value: &HeaderValue) -> Option<String> {
    value.to_str().ok().map(str::to_owned)
}

impl Drop for RunningSpan {
    fn drop(&mut self) {
        if let Some(request) = self.request.take() {
            let time = nanoseconds(self.since.elapsed());
            self.traces.queue.push(Span {
                context: self.context,
                id: self.id,
                begun: self.begun,
                ended: self.begun.saturating_add(time),
                details: Details::Request(request),
            });
        }
    }
}

#[cfg(test)]
mod tests;
