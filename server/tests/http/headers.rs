//! Security headers, on every answer.

use portcullis::wire::paths;

use crate::site::{Ask, HTTP, HTTPS, Site, get, post};

async fn answers(site: &Site) -> Vec<(&'static str, crate::site::Answer)> {
    std::fs::write(site.folder.path().join("site/pkg/a.css"), "body{}").expect("written");
    let html = |path| get(path).header("accept", "text/html");
    let asks: [(&str, Ask); 12] = [
        ("a page", html("/")),
        ("another page", html("/login")),
        ("an unknown page", html("/nowhere")),
        ("the guard", html("/account")),
        ("a redirect", html("/login/")),
        ("a file", get("/pkg/a.css")),
        ("an error of the interface", get(paths::SESSION)),
        ("an unknown path", get("/api/nowhere/")),
        ("a wrong method", post("/healthz")),
        (
            "another site",
            post(paths::LOGIN).header("sec-fetch-site", "cross-site"),
        ),
        (
            "a large body",
            post(paths::LOGIN).body("text/plain", vec![b'a'; 100_000]),
        ),
        ("the keys", get(paths::JWKS)),
    ];
    let mut answers = Vec::new();
    for (name, ask) in asks {
        answers.push((name, site.send(ask).await));
    }
    answers
}

#[tokio::test]
async fn every_answer_has_them() {
    for origin in [HTTP, HTTPS] {
        let site = Site::at(origin).await;
        for (name, answer) in answers(&site).await {
            for (header, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(answer.header(header), value, "{name}");
            }
            assert!(
                answer.header("permissions-policy").contains("camera=()"),
                "{name}"
            );
            let csp = answer.header("content-security-policy");
            assert!(csp.contains("frame-ancestors 'none'"), "{name}: {csp}");
            let hsts = answer.header("strict-transport-security");
            assert_eq!(hsts.is_empty(), origin == HTTP, "{name}");
        }
    }
}

#[tokio::test]
async fn what_depends_on_the_session_is_not_stored() {
    let site = Site::open().await;
    for (name, answer) in answers(&site).await {
        let wanted = match name {
            "a file" => "no-cache",
            "the keys" => "public, max-age=300",
            "a wrong method" => continue,
            _ => "no-store",
        };
        assert_eq!(answer.header("cache-control"), wanted, "{name}");
    }
}

#[tokio::test]
async fn inline_scripts_carry_the_nonce_of_their_answer_and_no_other() {
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
    assert_eq!(nonces.len(), 4, "each answer has its own");
}

/// A policy that forbids inline styles would break a page that has some.
#[tokio::test]
async fn pages_have_nothing_inline_that_the_policy_forbids() {
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
