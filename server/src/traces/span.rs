//! The span of a request, and spans as OTLP in JSON.
//!
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>

use std::{borrow::Cow, fmt::Write};

use super::context::Context;
use crate::log::escaped::{Escaped, Style};

/// Kinds of spans, and an error, as numbers of OTLP.
const KIND_INTERNAL: u8 = 1;
const KIND_SERVER: u8 = 2;
const STATUS_ERROR: u8 = 2;

/// How many bytes of a path are kept.
const MAX_PATH_BYTES: usize = 1000;

/// A request, or what it has waited for.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) context: Context,
    pub(super) id: u64,
    /// Nanoseconds since 1970.
    pub(super) begun: u64,
    pub(super) ended: u64,
    pub(super) details: Details,
}

#[derive(Debug)]
pub(super) enum Details {
    Request(HttpRequest),
    Waited(&'static str),
}

/// What is recorded of a request. The query, the headers and the body are not: they contain
/// tokens, addresses and passwords.
#[derive(Debug)]
pub(super) struct HttpRequest {
    pub(super) method: Cow<'static, str>,
    /// The class of the route, as in the metrics.
    pub(super) route: &'static str,
    pub(super) path: String,
    /// `None` if the client has disconnected before the response began.
    pub(super) status: Option<u16>,
    pub(super) request_id: Option<String>,
}

/// Returns the part of a path that is kept.
pub(super) fn shown_path(path: &str) -> String {
    path[..path.floor_char_boundary(MAX_PATH_BYTES)].to_owned()
}

/// Writes a request of OTLP with these spans.
pub(super) fn request(service: &str, spans: &[Span]) -> String {
    let mut json = String::with_capacity(256 + 512 * spans.len());
    json.push_str("{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
    attribute(&mut json, "service.name", service);
    json.push(',');
    attribute(&mut json, "service.version", env!("CARGO_PKG_VERSION"));
    json.push_str("]},\"scopeSpans\":[{\"scope\":{\"name\":\"portcullis\"},\"spans\":[");
    for (n, span) in spans.iter().enumerate() {
        if n > 0 {
            json.push(',');
        }
        span.write(&mut json);
    }
    json.push_str("]}]}]}");
    json
}

impl Span {
    fn write(&self, json: &mut String) {
        let kind = match self.details {
            Details::Request(_) => KIND_SERVER,
            Details::Waited(_) => KIND_INTERNAL,
        };
        // Writing to a String cannot fail. Numbers of 64 bits are strings in the JSON of OTLP.
        let _ = write!(
            json,
            "{{\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\",\"kind\":{kind},\
             \"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\"",
            self.context.trace, self.id, self.begun, self.ended
        );
        if let Some(parent) = self.context.parent {
            let _ = write!(json, ",\"parentSpanId\":\"{parent:016x}\"");
        }
        json.push_str(",\"name\":");
        match &self.details {
            Details::Request(request) => request.write(json),
            Details::Waited(name) => string(json, name),
        }
        json.push('}');
    }
}

impl HttpRequest {
    /// Writes the name, and the fields after it.
    fn write(&self, json: &mut String) {
        string(json, &format!("{} {}", self.method, self.route));
        json.push_str(",\"attributes\":[");
        attribute(json, "http.request.method", &self.method);
        json.push(',');
        attribute(json, "url.path", &self.path);
        if let Some(id) = &self.request_id {
            json.push(',');
            attribute(json, "portcullis.request_id", id);
        }
        if let Some(status) = self.status {
            let _ = write!(
                json,
                ",{{\"key\":\"http.response.status_code\",\"value\":{{\"intValue\":\"{status}\"}}}}"
            );
        }
        json.push(']');
        // An error of the client is none of the server.
        if self.status.is_none_or(|status| status >= 500) {
            let _ = write!(json, ",\"status\":{{\"code\":{STATUS_ERROR}}}");
        }
    }
}

fn attribute(json: &mut String, key: &str, value: &str) {
    json.push_str("{\"key\":");
    string(json, key);
    json.push_str(",\"value\":{\"stringValue\":");
    string(json, value);
    json.push_str("}}");
}

fn string(json: &mut String, value: &str) {
    json.push('"');
    Escaped::new(json, Style::Json).write(value);
    json.push('"');
}
