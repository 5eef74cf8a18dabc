//! What is recorded, and what happens if nothing is sent.

use axum::body::Body;
use serde_json::Value;
use tokio::sync::mpsc::error::TryRecvError;

use super::*;
use crate::settings::{Environment, Settings, Values};

const PROXY: &str = "10.0.0.1";
const CLIENT: &str = "192.0.2.1";
const PARENT: &str = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

/// Opens a queue of which a share is recorded.
fn open(share: &str) -> (Traces, Exporter, Arc<SpanCounts>) {
    let variables = [
        ("PORTCULLIS_TRACES_ENDPOINT", "http://127.0.0.1:1"),
        ("PORTCULLIS_TRACES_SHARE", share),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let environment = Environment::new(variables, folder.path()).expect("UTF-8");
    let values = Values::collect(environment).expect("values");
    let settings = Settings::read(&values).expect("settings");
    let proxies = TrustedProxies::parse([PROXY]).expect("an address");
    let counts = Arc::<SpanCounts>::default();
    let opened = super::open(&settings.traces, proxies, Arc::clone(&counts));
    let (traces, exporter) = opened.expect("an endpoint");
    (traces, exporter, counts)
}

fn request(path: &str, parent: Option<&str>) -> Request {
    let mut request = Request::get(path);
    if let Some(parent) = parent {
        request = request.header("traceparent", parent);
    }
    request.body(Body::empty()).expect("a request")
}

/// Returns the spans that were recorded, as they are sent.
fn recorded(exporter: &mut Exporter) -> Vec<Value> {
    let spans: Vec<_> = std::iter::from_fn(|| exporter.next().ok()).collect();
    let json: Value = serde_json::from_str(&span::request("a \"service\"", &spans)).expect("JSON");
    let resource = &json["resourceSpans"][0];
    let name = &resource["resource"]["attributes"][0]["value"]["stringValue"];
    assert_eq!(name, "a \"service\"");
    let spans = resource["scopeSpans"][0]["spans"].as_array();
    spans.expect("spans").clone()
}

fn peer(address: &str) -> IpAddr {
    address.parse().expect("an address")
}

#[test]
fn trace_of_a_trusted_proxy_continues_and_that_of_a_client_does_not() {
    let (traces, mut exporter, _) = open("100%");
    drop(traces.begin(&request("/login", Some(PARENT)), peer(PROXY)));
    drop(traces.begin(&request("/login", Some(PARENT)), peer(CLIENT)));
    drop(traces.begin(&request("/login", None), peer(PROXY)));
    let spans = recorded(&mut exporter);
    assert_eq!(spans.len(), 3);
    assert_eq!(spans[0]["traceId"], "0123456789abcdef0123456789abcdef");
    assert_eq!(spans[0]["parentSpanId"], "0123456789abcdef");
    for new in &spans[1..] {
        assert_ne!(new["traceId"], spans[0]["traceId"]);
        assert_eq!(new["parentSpanId"], Value::Null);
    }
}

#[test]
fn proxy_decides_for_its_traces_and_the_share_for_new_ones() {
    let (traces, mut exporter, _) = open("0%");
    let not_sampled = format!("{}00", PARENT.trim_end_matches("01"));
    assert!(traces.begin(&request("/", None), peer(CLIENT)).is_none());
    let ignored = traces.begin(&request("/", Some(PARENT)), peer(CLIENT));
    assert!(ignored.is_none(), "a client cannot cause spans");
    let not_sampled = traces.begin(&request("/", Some(&not_sampled)), peer(PROXY));
    assert!(not_sampled.is_none());
    drop(traces.begin(&request("/", Some(PARENT)), peer(PROXY)));
    assert_eq!(recorded(&mut exporter).len(), 1);
}

#[test]
fn health_checks_have_no_spans() {
    let (traces, _exporter, _) = open("100%");
    for path in ["/healthz", "/readyz"] {
        assert!(traces.begin(&request(path, None), peer(CLIENT)).is_none());
    }
}

#[test]
fn hostile_request_gives_valid_json_without_its_query() {
    let (traces, mut exporter, _) = open("100%");
    let path = format!("/%22{}?secret", "a\\".repeat(5000));
    let mut request = request(&path, None);
    *request.method_mut() = Method::from_bytes(b"CLIENT-CHOOSES").expect("a method");
    drop(traces.begin(&request, peer(CLIENT)));
    let spans = recorded(&mut exporter);
    assert_eq!(spans[0]["name"], "_OTHER page");
    let text = spans[0].to_string();
    assert!(text.len() < 4000 && !text.contains("secret"), "{text}");
    assert!(text.contains("%22a"), "{text}");
}

/// The client has disconnected before the response.
#[test]
fn dropped_request_has_a_span_without_a_status() {
    let (traces, mut exporter, _) = open("100%");
    drop(traces.begin(&request("/", None), peer(CLIENT)));
    let response = Response::builder().status(503).body(Body::empty());
    let span = traces.begin(&request("/", None), peer(CLIENT));
    span.expect("recorded").end(&response.expect("a response"));
    let spans = recorded(&mut exporter);
    let has_status = |span: &Value| span.to_string().contains("status_code");
    assert!(!has_status(&spans[0]) && has_status(&spans[1]), "{spans:?}");
    assert_eq!(spans[1]["status"]["code"], 2, "an error of the server");
}

/// A collector that does not respond must not fill the memory.
#[test]
fn full_queue_drops_spans_and_counts_them() {
    let (traces, mut exporter, counts) = open("100%");
    for _ in 0..5000 {
        drop(traces.begin(&request("/", None), peer(CLIENT)));
    }
    let kept = recorded(&mut exporter).len();
    assert!((1000..5000).contains(&kept), "{kept}");
    assert_eq!(counts.dropped(), 5000 - u64::try_from(kept).expect("small"));
    drop(traces);
    assert_eq!(exporter.next().err(), Some(TryRecvError::Disconnected));
}
