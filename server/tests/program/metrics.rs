//! The metrics, as Prometheus reads them.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use testkit::EMAIL;

use crate::{
    exposition::Scrape,
    installation::{Installation, Server, send_to},
};

/// A generous bound for what happens in the background.
const TIMEOUT: Duration = Duration::from_secs(60);

fn installation() -> Installation {
    let installation = Installation::new().with("METRICS_LISTEN", "127.0.0.1:0");
    installation.create_user();
    installation
}

impl Server {
    /// Returns the address of the metrics, from the line that the program printed.
    fn metrics_address(&self) -> SocketAddr {
        let (_, rest) = self
            .line
            .split_once("metrics on http://")
            .expect(&self.line);
        let (address, _) = rest.split_once("/metrics").expect(&self.line);
        address.parse().expect(address)
    }

    fn scrape(&self) -> Scrape {
        let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let response = send_to(self.metrics_address(), request);
        let (head, body) = response.split_once("\r\n\r\n").expect("a body");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let media_type = "content-type: text/plain; version=0.0.4; charset=utf-8";
        assert!(head.lines().any(|line| line == media_type), "{head}");
        Scrape::parse(body)
    }

    /// Scrapes until a condition holds.
    #[track_caller]
    fn scrape_until(&self, is_done: impl Fn(&Scrape) -> bool) -> Scrape {
        let start = Instant::now();
        loop {
            let scrape = self.scrape();
            if is_done(&scrape) {
                return scrape;
            }
            assert!(start.elapsed() < TIMEOUT, "{scrape:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn metrics_count_what_happens() {
    let server = installation().serve();
    let before = server.scrape();
    let version = concat!("version=", env!("CARGO_PKG_VERSION"));
    assert_eq!(before.shown("portcullis_build_info", version), "1");
    assert_eq!(before.shown("portcullis_tasks_running", ""), "1");
    assert_eq!(before.sum("portcullis_refreshes_total").to_string(), "0");

    let cookies = server.sign_in();
    let wrong = format!("email={EMAIL}&password=a+wrong+password");
    server.post("/api/accounts/auth/login/", "", &wrong);
    let refreshed = server.post("/api/accounts/auth/token/refresh/", &cookies, "");
    assert!(refreshed.starts_with("HTTP/1.1 200"), "{refreshed}");
    server.post("/api/accounts/auth/token/refresh/", "", "");
    server.post("/api/accounts/auth/logout/", &cookies, "");
    server.get("/nowhere", "");

    let after = server.scrape();
    for (name, labels, expected) in [
        ("sign_ins_total", "outcome=success", "1"),
        ("sign_ins_total", "outcome=invalid_credentials", "1"),
        ("revocation_view_sessions", "", "1"),
        ("http_requests_total", "route=sign_in status=2xx", "1"),
        ("http_requests_total", "route=sign_in status=4xx", "1"),
        ("http_requests_total", "route=refresh status=2xx", "1"),
        ("http_requests_total", "route=refresh status=4xx", "1"),
        ("http_requests_total", "route=page status=4xx", "1"),
        ("http_request_seconds_count", "route=sign_in", "2"),
        ("password_hashes", "state=running", "0"),
        ("connections_accepted_total", "", "6"),
    ] {
        let shown = after.shown(&format!("portcullis_{name}"), labels);
        assert_eq!(shown, expected, "{name} {labels}");
    }
    assert_eq!(after.sum("portcullis_refreshes_total").to_string(), "1");
    // Two passwords were hashed.
    let hashing = after.value("portcullis_http_request_seconds_sum", "route=sign_in");
    assert!(hashing > 0.001, "{hashing} s");
    let held = "portcullis_database_held_seconds_count";
    assert!(after.sum(held) > before.sum(held));
    server.scrape_until(|scrape| scrape.shown("portcullis_connections", "") == "0");
    server.scrape_until(|scrape| scrape.value("portcullis_revocation_view_age_seconds", "") < 5.0);
}

#[test]
fn metrics_are_served_on_their_own_listener_only() {
    let server = installation().serve();
    let response = server.get("/metrics", "");
    assert!(response.starts_with("HTTP/1.1 404"), "{response}");
    let login = b"GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let response = send_to(server.metrics_address(), login);
    assert!(response.starts_with("HTTP/1.1 404"), "{response}");
}

#[test]
fn metrics_are_off_by_default() {
    let server = Installation::new().serve();
    assert!(!server.line.contains("metrics"), "{}", server.line);
}

/// Each metric that the dashboard or the documentation names is in a scrape.
#[test]
fn named_metrics_exist() {
    let scrape = installation().serve().scrape();
    for file in ["docs/grafana.json", "docs/operations.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
        let text = fs::read_to_string(path).expect(file);
        let names = names(&text);
        assert!(names.len() > 10, "{file} names metrics: {names:?}");
        for name in names {
            let exists = scrape.has(name) || scrape.families.contains_key(name);
            assert!(exists, "{name} of {file} is not in a scrape");
        }
    }
    let dashboard = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/grafana.json");
    let dashboard = fs::read(dashboard).expect("the dashboard");
    let dashboard: serde_json::Value = serde_json::from_slice(&dashboard).expect("JSON");
    assert!(
        dashboard["panels"]
            .as_array()
            .is_some_and(|panels| !panels.is_empty())
    );
}

/// Returns the names of metrics in a text.
fn names(text: &str) -> Vec<&str> {
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let words = text.split(|char| !is_part(char));
    words
        .filter(|word| word.starts_with("portcullis_") && *word != "portcullis_")
        .collect()
}
