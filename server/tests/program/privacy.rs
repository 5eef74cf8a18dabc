//! No secret is written to the log, at any log level.
#![cfg(unix)]

use testkit::{EMAIL, PASSWORD};

use crate::installation::Installation;

#[test]
fn log_contains_no_password_and_no_token() {
    expect_no_secret("text");
}

#[test]
fn log_in_json_contains_no_password_and_no_token() {
    let log = expect_no_secret("json");
    for line in log.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect(line);
        for field in ["time", "level", "target"] {
            assert!(object[field].is_string(), "{field}: {line}");
        }
    }
}

/// Signs in, fails to, and refreshes, at the level `trace`. Returns the log, which contains no
/// secret.
#[track_caller]
fn expect_no_secret(format: &str) -> String {
    let installation = Installation::new()
        .with("LOG", "trace")
        .with("LOG_FORMAT", format);
    installation.create_user();
    let server = installation.serve();
    let cookies = server.sign_in();
    server.session(&cookies);
    server.get("/account", &format!("Accept: text/html\r\n{cookies}"));
    server.get("/?secret=query-canary", "X-Secret: header-canary\r\n");
    server.get(
        "/api/accounts/auth/session/",
        "Authorization: Bearer bearer-canary\r\n",
    );
    server.get(
        "/api/accounts/auth/session/",
        "Cookie: access_token=cookie-canary\r\n",
    );
    server.post(
        "/api/accounts/auth/login/",
        "",
        "email=address-canary&password=password-canary",
    );
    server.post(
        "/api/accounts/auth/register/",
        "",
        "email=x&password=short-canary&name=name-canary",
    );
    server.post("/api/accounts/auth/token/refresh/", &cookies, "");
    server.signal("-TERM");
    let log = server.wait().err;

    assert!(
        log.contains("/api/accounts/auth/login/"),
        "the path is logged"
    );
    let tokens = cookies
        .trim_start_matches("Cookie: ")
        .trim_end()
        .split("; ");
    let signatures = tokens.filter_map(|token| token.rsplit('.').next().map(str::to_owned));
    let secrets = [PASSWORD, EMAIL, "canary"].map(str::to_owned);
    for secret in secrets.into_iter().chain(signatures) {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }
    for event in ["authn_login_success", "authn_login_fail"] {
        assert!(log.contains(event), "{event} is logged");
    }
    log
}

/// The log line of a response has the id in its header, and so has the line of the event.
#[test]
fn log_lines_of_a_request_have_its_id() {
    let installation = Installation::new();
    let server = installation.serve();
    let body = "email=eve%40example.org&password=a+wrong+password";
    let response = server.post("/api/accounts/auth/login/", "", body);
    let id = response
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "))
        .expect("an id");
    server.signal("-TERM");
    let log = server.wait().err;
    let lines: Vec<_> = log.lines().filter(|line| line.contains(id)).collect();
    for part in [
        "portcullis::http: response status=401",
        "event=\"authn_login_fail\"",
    ] {
        let found = lines.iter().filter(|line| line.contains(part)).count();
        assert_eq!(found, 1, "{part}: {log}");
    }
}

#[test]
fn path_cannot_forge_a_log_line() {
    let installation = Installation::new();
    let server = installation.serve();
    server.get("/a%0aINFO%20forged", "");
    server.get("/\u{202e}forged\u{1b}", "");
    server.signal("-TERM");
    let log = server.wait().err;
    assert!(
        !log.contains('\u{202e}') && !log.contains('\u{1b}'),
        "{log}"
    );
    assert!(log.lines().all(|line| !line.starts_with("INFO")), "{log}");
}
