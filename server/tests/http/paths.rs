//! The paths, their canonical spelling, and the responses to unknown paths.

use axum::http::Method;
use portcullis::wire::{LocalPath, paths};

use crate::site::{RequestBuilder, Site, get, post};

#[tokio::test]
async fn health_and_readiness_respond() {
    let site = Site::open().await;
    for (path, text) in [("/healthz", "alive\n"), ("/readyz", "ready\n")] {
        let response = site.send(get(path)).await;
        assert_eq!((response.status, response.text()), (200, text));
    }
}

#[tokio::test]
async fn key_set_has_public_keys_only() {
    let site = Site::open().await;
    let response = site.send(get(paths::JWKS)).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/jwk-set+json");
    let json: serde_json::Value = serde_json::from_slice(&response.bytes).expect("JSON");
    let keys = json["keys"].as_array().expect("keys");
    assert!(!keys.is_empty());
    for key in keys {
        assert_eq!(
            (&key["kty"], &key["crv"]),
            (&"OKP".into(), &"Ed25519".into())
        );
        assert!(key["kid"].is_string() && key["x"].is_string());
        assert_eq!(key.get("d"), None, "no private key");
    }
}

#[tokio::test]
async fn other_spelling_is_redirected_with_its_query() {
    let site = Site::open().await;
    for (path, location) in [
        ("/login/", "/login"),
        ("/login/?next=%2Faccount", "/login?next=%2Faccount"),
        ("/account/", "/account"),
    ] {
        let response = site.send(get(path)).await;
        assert_eq!(
            (response.status, response.header("location")),
            (308, location),
            "{path}"
        );
    }
}

/// Programs do not repeat a POST after a redirect, and some proxies drop the slash again.
#[tokio::test]
async fn interface_responds_without_the_last_slash() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let bare = |path: &'static str| path.trim_end_matches('/');
    browser.post_empty(bare(paths::REFRESH)).await.expect_ok();
    browser.get(bare(paths::SESSION)).await.expect_ok();
    browser.get("/api/accounts/sessions?a=b").await.expect_ok();
    let body = [("email", ""), ("password", "")];
    let invalid = browser.post(bare(paths::LOGIN), &body).await;
    invalid.expect_error(422, "invalid_input");
    let other_site = post(bare(paths::LOGOUT)).header("sec-fetch-site", "cross-site");
    site.send(other_site).await.expect_error(403, "cross_site");
    browser.post_empty(bare(paths::LOGOUT)).await.expect_ok();
    let signed_out = browser.get(bare(paths::SESSION)).await;
    signed_out.expect_error(401, "not_signed_in");
    assert_eq!(signed_out.header("cache-control"), "no-store");
    site.send(get("/api/nowhere"))
        .await
        .expect_error(404, "not_found");
}

#[tokio::test]
async fn redirect_never_leads_to_another_site() {
    let site = Site::open().await;
    for path in [
        "//evil.example/",
        "///evil.example/",
        "//evil.example//",
        "/\\evil.example/",
        "/%2Fevil.example/",
        "/%5Cevil.example/",
        "/%09/evil.example/",
        "//evil.example/?a=b",
        "/.//evil.example/",
        "//evil.example/..%2f/",
    ] {
        let response = site.browser().load(path).await;
        let location = response.header("location");
        let is_local = location.is_empty() || LocalPath::parse(location).is_some();
        assert!(is_local, "{path} leads to {location}");
        assert!(
            matches!(response.status, 308 | 404),
            "{path}: {}",
            response.status
        );
    }
}

#[tokio::test]
async fn unknown_api_path_is_404_as_json() {
    let site = Site::open().await;
    for path in [
        "/api/",
        "/api/nowhere/",
        "/api/accounts/",
        "/api/accounts/auth/login/x/",
        "/api//",
    ] {
        for (method, accept) in [
            (Method::GET, "text/html"),
            (Method::POST, "*/*"),
            (Method::DELETE, "text/html"),
        ] {
            let request = RequestBuilder::new(method, path).header("accept", accept);
            site.send(request).await.expect_error(404, "not_found");
        }
    }
}

#[tokio::test]
async fn unknown_method_is_405_as_json() {
    let site = Site::open().await;
    let brew = Method::from_bytes(b"BREW").expect("a method");
    for (path, allowed) in [
        ("/", "GET,HEAD"),
        ("/login", "GET,HEAD"),
        ("/nowhere", "GET,HEAD"),
        ("/healthz", "GET,HEAD"),
        (paths::LOGIN, "POST"),
        (paths::SESSION, "GET,HEAD"),
    ] {
        for method in [Method::PUT, Method::DELETE, Method::TRACE, brew.clone()] {
            let response = site.send(RequestBuilder::new(method, path)).await;
            response.expect_error(405, "method_not_allowed");
            assert_eq!(response.header("allow"), allowed, "{path}");
        }
    }
}

#[tokio::test]
async fn request_without_a_path_is_404() {
    let site = Site::open().await;
    for (method, target) in [
        (Method::CONNECT, "evil.example:443"),
        (Method::OPTIONS, "*"),
    ] {
        site.send(RequestBuilder::new(method, target))
            .await
            .expect_error(404, "not_found");
    }
}

/// A request to a proxy has the host in its request line.
#[tokio::test]
async fn host_in_the_request_line_is_ignored() {
    let site = Site::open().await;
    let response = site.send(get("http://evil.example/login/")).await;
    assert_eq!(
        (response.status, response.header("location")),
        (308, "/login")
    );
    let request = get("https://evil.example/account").header("accept", "text/html");
    let response = site.send(request.header("host", "evil.example")).await;
    assert_eq!(response.header("location"), "/login?next=/account");
}
