//! The spans that a collector of OpenTelemetry receives.
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use testkit::{EMAIL, PASSWORD};

use crate::installation::Installation;

/// A generous bound for what happens in the background.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A collector that decodes what it receives.
struct Collector {
    address: SocketAddr,
    received: Receiver<String>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, received) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.expect("a stream"));
                // Before the response, so that a server that has stopped has sent everything. The
                // test has ended if its receiver is gone.
                if sender.send(receive(&mut stream)).is_err() {
                    return;
                }
                let response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                stream.get_mut().write_all(response).expect("sent");
            }
        });
        Self { address, received }
    }

    fn installation(&self) -> Installation {
        Installation::new().with("TRACES_ENDPOINT", &format!("http://{}", self.address))
    }

    /// Returns all spans of a server that has stopped.
    fn spans(&self) -> Vec<Value> {
        let requests = self.received.try_iter();
        requests.flat_map(|request| spans_of(&request)).collect()
    }
}

/// Reads a request and returns its body.
fn receive(stream: &mut BufReader<TcpStream>) -> String {
    let (mut line, mut length) = (String::new(), 0);
    stream.read_line(&mut line).expect("a line");
    assert_eq!(line, "POST /v1/traces HTTP/1.1\r\n");
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).expect("a line");
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
    String::from_utf8(body).expect("UTF-8")
}

fn spans_of(request: &str) -> Vec<Value> {
    let request: Value = serde_json::from_str(request).expect("JSON");
    let spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array();
    spans.expect("spans").clone()
}

/// Returns the value of an attribute.
fn attribute<'s>(span: &'s Value, key: &str) -> &'s str {
    let attributes = span["attributes"].as_array();
    let mut attributes = attributes.into_iter().flatten();
    let attribute = attributes.find(|attribute| attribute["key"] == key);
    let value = attribute.and_then(|attribute| attribute["value"].as_object());
    let value = value.and_then(|value| value.values().next());
    value.and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn each_request_has_a_span_and_no_span_has_a_secret() {
    let collector = Collector::start();
    let installation = collector.installation();
    installation.create_user();
    let server = installation.serve();
    let cookies = server.sign_in();
    let page = format!("Accept: text/html\r\n{cookies}");
    let response = server.get("/account?secret=query-canary", &page);
    server.get(
        "/api/accounts/auth/session/",
        "Authorization: Bearer bearer-canary\r\nX-Request-Id: id-canary\r\n",
    );
    let wrong = "email=address-canary&password=password-canary";
    server.post("/api/accounts/auth/login/", "", wrong);
    server.post("/api/accounts/auth/token/refresh/", &cookies, "");
    assert!(server.is_alive(), "health checks have no spans");
    server.signal("-TERM");
    assert_eq!(server.wait().code, Some(0));

    let spans = collector.spans();
    let requests: Vec<_> = spans
        .iter()
        .filter(|span| !attribute(span, "url.path").is_empty())
        .collect();
    let shown: Vec<_> = requests
        .iter()
        .map(|&span| {
            let name = span["name"].as_str().expect("a name");
            let attribute = |key| attribute(span, key);
            let path = attribute("url.path");
            (name, path, attribute("http.response.status_code"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("POST sign_in", "/api/accounts/auth/login/", "200"),
            ("GET page", "/account", "200"),
            ("GET account", "/api/accounts/auth/session/", "401"),
            ("POST sign_in", "/api/accounts/auth/login/", "401"),
            ("POST refresh", "/api/accounts/auth/token/refresh/", "200"),
        ]
    );
    let id = attribute(requests[1], "portcullis.request_id");
    let header = format!("x-request-id: {id}\r\n");
    assert!(!id.is_empty() && response.contains(&header), "{response}");

    // What the first sign-in has waited for.
    let children: Vec<_> = spans
        .iter()
        .filter(|span| span["parentSpanId"] == requests[0]["spanId"])
        .collect();
    for name in ["database", "password hash"] {
        let child = children.iter().find(|child| child["name"] == name);
        let child = child.unwrap_or_else(|| panic!("{name} is not in {children:?}"));
        assert_eq!(child["traceId"], requests[0]["traceId"]);
        let time = |span: &Value, field: &str| -> u64 {
            let time = span[field].as_str().expect("a string");
            time.parse().expect("a number")
        };
        let (begun, ended) = ("startTimeUnixNano", "endTimeUnixNano");
        assert!(time(child, begun) <= time(child, ended), "{child}");
        assert!(
            time(child, ended) - time(child, begun) < 60_000_000_000,
            "{child}"
        );
    }

    let text = Value::from(spans).to_string();
    let tokens = cookies
        .trim_start_matches("Cookie: ")
        .trim_end()
        .split("; ");
    let signatures = tokens.filter_map(|token| token.rsplit('.').next().map(str::to_owned));
    let secrets = [PASSWORD, EMAIL, "canary"].map(str::to_owned);
    for secret in secrets.into_iter().chain(signatures) {
        assert!(!text.contains(&secret), "{secret} is in {text}");
    }
}

#[test]
fn spans_are_sent_while_the_server_runs_and_counted() {
    let collector = Collector::start();
    let installation = collector.installation().with("TRACES_SERVICE", "sessions");
    let server = installation.serve();
    server.get("/login", "");
    let received = collector.received.recv_timeout(TIMEOUT).expect("a request");
    assert!(received.contains("GET page"), "{received}");
    assert!(received.contains("\"sessions\""), "{received}");
}

#[test]
fn collector_that_does_not_respond_delays_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let installation = Installation::new().with("TRACES_ENDPOINT", &format!("http://{address}"));
    let server = installation.serve();
    server.get("/login", "");
    let (_held, _) = silent.accept().expect("a connection of the exporter");
    assert!(server.get("/login", "").starts_with("HTTP/1.1 200"));
    server.signal("-TERM");
    let since = Instant::now();
    assert_eq!(server.wait().code, Some(0));
    assert!(
        since.elapsed() < Duration::from_secs(9),
        "less than its timeout"
    );
}

#[test]
fn collector_that_is_gone_is_logged_once() {
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = gone.local_addr().expect("an address");
    drop(gone);
    let installation = Installation::new().with("TRACES_ENDPOINT", &format!("http://{address}"));
    let mut server = installation.serve();
    let mut log = BufReader::new(server.log());
    let mut read = String::new();
    server.get("/login", "");
    while !read.contains("spans could not be sent") {
        assert_ne!(log.read_line(&mut read).expect("UTF-8"), 0, "{read}");
    }
    assert!(server.get("/login", "").starts_with("HTTP/1.1 200"));
    server.signal("-TERM");
    assert_eq!(server.wait().code, Some(0));
    log.read_to_string(&mut read).expect("UTF-8");
    assert_eq!(read.matches("spans could not be sent").count(), 1, "{read}");
}
