//! Which paths there are, how they are spelt, and what the others answer.

use axum::http::Method;
use portcullis::wire::{LocalPath, paths};

use crate::site::{Ask, Site, get, post};

#[tokio::test]
async fn operators_get_their_answers() {
    let site = Site::open().await;
    for (path, text) in [("/healthz", "alive\n"), ("/readyz", "ready\n")] {
        let answer = site.send(get(path)).await;
        assert_eq!((answer.status, answer.text()), (200, text));
    }
}

#[tokio::test]
async fn the_public_keys_are_published_and_the_private_ones_are_not() {
    let site = Site::open().await;
    let answer = site.send(get(paths::JWKS)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    let json: serde_json::Value = serde_json::from_slice(&answer.bytes).expect("JSON");
    let keys = json["keys"].as_array().expect("keys");
    assert!(!keys.is_empty());
    for key in keys {
        assert_eq!(
            (&key["kty"], &key["crv"]),
            (&"OKP".into(), &"Ed25519".into())
        );
        assert!(key["kid"].is_string() && key["x"].is_string());
        assert_eq!(key.get("d"), None, "the private part");
    }
}

#[tokio::test]
async fn the_other_spelling_is_redirected_and_keeps_its_query() {
    let site = Site::open().await;
    for (path, location) in [
        ("/login/", "/login"),
        ("/login/?next=%2Faccount", "/login?next=%2Faccount"),
        ("/account/", "/account"),
        (
            "/api/accounts/auth/session?a=b",
            "/api/accounts/auth/session/?a=b",
        ),
    ] {
        let answer = site.send(get(path)).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (308, location),
            "{path}"
        );
    }
    let answer = site
        .send(post("/api/accounts/auth/login").form(&[("email", "a")]))
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (308, paths::LOGIN)
    );
}

#[tokio::test]
async fn no_redirect_leads_away() {
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
        let answer = site.browser().load(path).await;
        let location = answer.header("location");
        let stays = location.is_empty() || LocalPath::parse(location).is_some();
        assert!(stays, "{path} leads to {location}");
        assert!(
            matches!(answer.status, 308 | 404),
            "{path}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn unknown_paths_of_the_interface_are_404_as_json() {
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
            let ask = Ask::new(method, path).header("accept", accept);
            site.send(ask).await.is_error(404, "not_found");
        }
    }
}

#[tokio::test]
async fn unknown_methods_are_405_as_json() {
    let site = Site::open().await;
    let odd = Method::from_bytes(b"BREW").expect("a method");
    for (path, allowed) in [
        ("/", "GET,HEAD"),
        ("/login", "GET,HEAD"),
        ("/nowhere", "GET,HEAD"),
        ("/healthz", "GET,HEAD"),
        (paths::LOGIN, "POST"),
        (paths::SESSION, "GET,HEAD"),
    ] {
        for method in [Method::PUT, Method::DELETE, Method::TRACE, odd.clone()] {
            let answer = site.send(Ask::new(method, path)).await;
            answer.is_error(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), allowed, "{path}");
        }
    }
}

#[tokio::test]
async fn a_request_without_a_path_is_not_found() {
    let site = Site::open().await;
    for (method, target) in [
        (Method::CONNECT, "evil.example:443"),
        (Method::OPTIONS, "*"),
    ] {
        site.send(Ask::new(method, target))
            .await
            .is_error(404, "not_found");
    }
}

/// A proxy's form of a request names a host, which decides nothing.
#[tokio::test]
async fn a_host_in_the_request_line_decides_nothing() {
    let site = Site::open().await;
    let answer = site.send(get("http://evil.example/login/")).await;
    assert_eq!((answer.status, answer.header("location")), (308, "/login"));
    let ask = get("https://evil.example/account").header("accept", "text/html");
    let answer = site.send(ask.header("host", "evil.example")).await;
    assert_eq!(answer.header("location"), "/login?next=/account");
}
