//! No secret is written to the log, at any log level.
#![cfg(unix)]

use testkit::{EMAIL, PASSWORD};

use crate::installation::Installation;

#[test]
fn log_contains_no_password_and_no_token() {
    let installation = Installation::new().with("LOG", "trace");
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
