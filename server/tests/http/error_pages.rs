//! The form of errors: HTML pages for browser navigations, JSON for all other clients.

use axum::http::Method;
use portcullis::wire::{Code, paths};

use testkit::{EMAIL, PASSWORD};

use crate::site::{RequestBuilder, Response, Site, get, post};

/// Builds a form request as a browser without JavaScript sends it.
fn form(path: &str) -> RequestBuilder {
    post(path)
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("sec-fetch-dest", "document")
}

#[track_caller]
fn assert_error_page(response: &Response, code: Code) {
    assert_eq!(response.status, code.status(), "{response:?}");
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(response.header("x-portcullis-code"), code.as_str());
    assert_eq!(response.header("cache-control"), "no-store");
    let policy = response.header("content-security-policy");
    assert!(policy.contains("default-src 'self'"), "{policy}");
    assert!(
        response.text().starts_with("<!DOCTYPE html>"),
        "{response:?}"
    );
    assert!(response.text().contains(code.message()), "{response:?}");
    // A script would treat the user as signed out.
    assert!(!response.text().contains("<script"), "{response:?}");
    assert!(response.set_cookies().is_empty(), "{response:?}");
}

#[tokio::test]
async fn form_rejected_by_a_layer_gets_an_error_page() {
    let site = Site::open().await;
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    let cross_site = form(paths::LOGIN).header("sec-fetch-site", "cross-site");
    assert_error_page(&site.send(cross_site.form(&fields)).await, Code::CrossSite);

    let large = form(paths::LOGIN).header("sec-fetch-site", "same-origin");
    let large = large.form(&[("email", &"a".repeat(70_000))]);
    assert_error_page(&site.send(large).await, Code::TooLarge);

    let other_type = form(paths::LOGIN).body("text/plain", "email=a");
    assert_error_page(&site.send(other_type).await, Code::InvalidInput);

    assert_error_page(&site.send(form("/")).await, Code::MethodNotAllowed);
    assert_error_page(&site.send(form("/account")).await, Code::NotSignedIn);
    assert_error_page(&site.send(form("/api/nowhere/")).await, Code::NotFound);
}

#[tokio::test]
async fn request_of_a_program_gets_json() {
    let site = Site::open().await;
    let cross_site = |request: RequestBuilder| request.header("sec-fetch-site", "cross-site");
    for (name, request) in [
        (
            "a script",
            post(paths::LOGIN).header("accept", "application/json"),
        ),
        (
            "axios",
            post(paths::LOGIN).header("accept", "application/json, text/plain, */*"),
        ),
        ("curl", post(paths::LOGIN).header("accept", "*/*")),
        ("no accept header", post(paths::LOGIN)),
        (
            "a script that accepts HTML",
            post(paths::LOGIN)
                .header("accept", "text/html")
                .header("sec-fetch-dest", "empty"),
        ),
        (
            "a method that no form sends",
            RequestBuilder::new(Method::DELETE, paths::LOGIN).header("accept", "text/html"),
        ),
    ] {
        let response = site.send(cross_site(request)).await;
        assert_eq!(
            response.header("content-type"),
            "application/json",
            "{name}"
        );
        response.expect_error(403, "cross_site");
    }
    // A GET of the interface gets JSON even in a browser, so that a developer can read it.
    let navigation = get(paths::SESSION).header("accept", "text/html");
    site.send(navigation)
        .await
        .expect_error(401, "not_signed_in");
}
