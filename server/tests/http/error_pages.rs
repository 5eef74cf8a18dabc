//! Errors that a person meets are pages; whoever calls the interface gets JSON.

use axum::http::Method;
use portcullis::wire::{Code, paths};

use testkit::{EMAIL, PASSWORD};

use crate::site::{Answer, Ask, Site, get, post};

/// What a browser sends with a form, without JavaScript.
fn form(path: &str) -> Ask {
    post(path)
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("sec-fetch-dest", "document")
}

#[track_caller]
fn is_a_page(answer: &Answer, code: Code) {
    assert_eq!(answer.status, code.status(), "{answer:?}");
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("x-portcullis-code"), code.as_str());
    assert_eq!(answer.header("cache-control"), "no-store");
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'self'"), "{policy}");
    assert!(answer.text().starts_with("<!DOCTYPE html>"), "{answer:?}");
    assert!(answer.text().contains(code.sentence()), "{answer:?}");
    // Nothing that would take its reader for signed out.
    assert!(!answer.text().contains("<script"), "{answer:?}");
    assert!(answer.set_cookies().is_empty(), "{answer:?}");
}

#[tokio::test]
async fn a_form_that_is_refused_before_it_is_read() {
    let site = Site::open().await;
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    let elsewhere = form(paths::LOGIN).header("sec-fetch-site", "cross-site");
    is_a_page(&site.send(elsewhere.form(&fields)).await, Code::CrossSite);

    let large = form(paths::LOGIN).header("sec-fetch-site", "same-origin");
    let large = large.form(&[("email", &"a".repeat(70_000))]);
    is_a_page(&site.send(large).await, Code::TooLarge);

    let other_kind = form(paths::LOGIN).body("text/plain", "email=a");
    is_a_page(&site.send(other_kind).await, Code::InvalidInput);

    is_a_page(&site.send(form("/")).await, Code::MethodNotAllowed);
    is_a_page(&site.send(form("/account")).await, Code::NotSignedIn);
    is_a_page(&site.send(form("/api/nowhere/")).await, Code::NotFound);
}

#[tokio::test]
async fn who_is_no_person_gets_json() {
    let site = Site::open().await;
    let scripts = |ask: Ask| ask.header("sec-fetch-site", "cross-site");
    for (name, ask) in [
        (
            "a script",
            post(paths::LOGIN).header("accept", "application/json"),
        ),
        (
            "axios",
            post(paths::LOGIN).header("accept", "application/json, text/plain, */*"),
        ),
        ("curl", post(paths::LOGIN).header("accept", "*/*")),
        ("no word of it", post(paths::LOGIN)),
        (
            "a script that takes anything",
            post(paths::LOGIN)
                .header("accept", "text/html")
                .header("sec-fetch-dest", "empty"),
        ),
        (
            "what no form sends",
            Ask::new(Method::DELETE, paths::LOGIN).header("accept", "text/html"),
        ),
    ] {
        let answer = site.send(scripts(ask)).await;
        assert_eq!(answer.header("content-type"), "application/json", "{name}");
        answer.is_error(403, "cross_site");
    }
    // What the interface answers is there to be looked at.
    let opened = get(paths::SESSION).header("accept", "text/html");
    site.send(opened).await.is_error(401, "not_signed_in");
}
