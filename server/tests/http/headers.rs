//! The security headers of every response.

use portcullis::wire::paths;

use crate::site::{HTTP, HTTPS, RequestBuilder, Site, get, post};

async fn responses(site: &Site) -> Vec<(&'static str, crate::site::Response)> {
    std::fs::write(site.folder.path().join("site/pkg/a.css"), "body{}").expect("a file");
    let html = |path| get(path).header("accept", "text/html");
    let requests: [(&str, RequestBuilder); 12] = [
        ("a page", html("/")),
        ("another page", html("/login")),
        ("an unknown page", html("/nowhere")),
        ("a redirect to the sign-in page", html("/account")),
        ("a redirect", html("/login/")),
        ("a file", get("/pkg/a.css")),
        ("an error of the API", get(paths::SESSION)),
        ("an unknown path", get("/api/nowhere/")),
        ("a wrong method", post("/healthz")),
        (
            "a cross-site request",
            post(paths::LOGIN).header("sec-fetch-site", "cross-site"),
        ),
        (
            "a large body",
            post(paths::LOGIN).body("text/plain", vec![b'a'; 100_000]),
        ),
        ("the keys", get(paths::JWKS)),
    ];
    let mut responses = Vec::new();
    for (name, request) in requests {
        responses.push((name, site.send(request).await));
    }
    responses
}

#[tokio::test]
async fn every_response_has_security_headers() {
    for origin in [HTTP, HTTPS] {
        let site = Site::at(origin).await;
        for (name, response) in responses(&site).await {
            for (header, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(response.header(header), value, "{name}");
            }
            assert!(
                response.header("permissions-policy").contains("camera=()"),
                "{name}"
            );
            let csp = response.header("content-security-policy");
            assert!(csp.contains("frame-ancestors 'none'"), "{name}: {csp}");
            let hsts = response.header("strict-transport-security");
            assert_eq!(hsts.is_empty(), origin == HTTP, "{name}");
        }
    }
}

#[tokio::test]
async fn session_dependent_response_is_not_cached() {
    let site = Site::open().await;
    for (name, response) in responses(&site).await {
        let expected = match name {
            "a file" => "no-cache",
            "the keys" => "public, max-age=300",
            "a wrong method" => continue,
            _ => "no-store",
        };
        assert_eq!(response.header("cache-control"), expected, "{name}");
    }
}

#[tokio::test]
async fn inline_scripts_have_the_nonce_of_the_response() {
    let site = Site::open().await;
    let mut nonces = Vec::new();
    for path in ["/", "/login", "/nowhere", "/"] {
        let page = site.browser().load(path).await;
        let csp = page.header("content-security-policy");
        let nonce = csp
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next());
        let nonce = nonce.expect("a nonce").to_owned();
        let scripts = page.text().split("<script").skip(1);
        let mut inline = 0;
        for script in scripts.filter(|script| !script.starts_with(" src=")) {
            assert!(
                script.contains(&format!("nonce=\"{nonce}\"")),
                "{path}: {script:.200}"
            );
            inline += 1;
        }
        assert!(inline > 0, "{path}");
        assert!(
            !csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'"),
            "{csp}"
        );
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "each response has its own nonce");
}

/// The policy forbids inline styles and inline event handlers.
#[tokio::test]
async fn pages_have_no_inline_styles_or_handlers() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for path in ["/", "/login", "/register", "/account", "/nowhere"] {
        let page = browser.load(path).await;
        let text = page.text();
        for forbidden in [" style=", "<style", " onclick=", " onload=", "javascript:"] {
            assert!(!text.contains(forbidden), "{path} has {forbidden}");
        }
    }
}
