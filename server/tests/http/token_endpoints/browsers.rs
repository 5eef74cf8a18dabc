//! Requests of browsers are rejected before anything else: no script may read a token.

use portcullis::wire::paths;
use serde_json::json;
use testkit::{EMAIL, PASSWORD};

use crate::site::{HTTP, Response, post};

use super::{PATHS, open, refresh, sign_in};

/// The response has no token, and no header by which another origin could read it.
#[track_caller]
fn assert_nothing(response: &Response, case: &str) {
    assert!(!response.text().contains("eyJ"), "{case}");
    assert!(response.set_cookies().is_empty(), "{case}");
    let allowed = response.header("access-control-allow-origin");
    assert_eq!(allowed, "", "{case}");
}

#[tokio::test]
async fn request_of_a_browser_gets_no_token() {
    let site = open().await;
    let pair = sign_in(&site).await;
    let body = json!({
        "email": EMAIL, "password": PASSWORD, "refresh": pair.refresh, "token": pair.access,
    });
    let cookie = format!("refresh_token={}", pair.refresh);
    let of_browsers = [
        ("origin", HTTP),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-dest", "document"),
        ("cookie", &cookie),
        ("cookie", "access_token="),
    ];
    let of_other_sites = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ];
    for path in PATHS {
        for (name, value) in of_browsers.into_iter().chain(of_other_sites) {
            let request = post(path).body("application/json", body.to_string());
            let response = site.send(request.header(name, value)).await;
            let case = format!("{path}, {name}: {value}");
            let is_other = of_other_sites.contains(&(name, value));
            let code = if is_other {
                "cross_site"
            } else {
                "browser_request"
            };
            response.expect_error(403, code);
            assert_nothing(&response, &case);
        }
    }
    // No session began, none ended, and no token was exchanged.
    site.advance(crate::site::MINUTE).await;
    refresh(&site, &pair.refresh).await.expect_ok();
    let accounts = site.portcullis.accounts().list().await.expect("accounts");
    let sessions = site
        .portcullis
        .sessions()
        .list(Some(accounts[0].id), 10)
        .await;
    assert_eq!(sessions.expect("sessions").len(), 1);
}

/// The wrong passwords of a browser are not even counted here.
#[tokio::test]
async fn request_of_a_browser_is_no_attempt() {
    let site = open().await;
    for _ in 0..30 {
        let body = json!({ "email": EMAIL, "password": "not the right password" });
        let request = post(paths::TOKEN).body("application/json", body.to_string());
        let response = site.send(request.header("origin", HTTP)).await;
        response.expect_error(403, "browser_request");
    }
    sign_in(&site).await;
}

/// A page that asks whether it may send such a request gets no permission.
#[tokio::test]
async fn preflight_gets_no_permission() {
    let site = open().await;
    for path in PATHS {
        let preflight = crate::site::RequestBuilder::new(axum::http::Method::OPTIONS, path)
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST");
        let response = site.send(preflight).await;
        assert_eq!(response.status, 405, "{path}");
        assert_nothing(&response, path);
    }
}

/// `Accept: text/html` makes no error page of the JSON.
#[tokio::test]
async fn error_is_json_whatever_is_accepted() {
    let site = open().await;
    let request = post(paths::TOKEN)
        .body("application/json", "{}")
        .header("accept", "text/html");
    let response = site.send(request).await;
    assert_eq!(response.status, 400);
    assert!(response.json()["email"].is_array());
}
