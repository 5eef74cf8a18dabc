//! The routes for reverse proxies that authenticate the requests of another application.

use std::time::Duration;

use axum::{body::Body, http::Method};
use futures::stream;
use portcullis::wire::paths;

use crate::{
    browser::Browser,
    site::{HTTPS, MINUTE, RequestBuilder, Response, Site, get, post},
};

const HTML: &str = "text/html,*/*;q=0.8";

/// The request by which a proxy asks about a request that it has received.
fn verify(received: &str) -> RequestBuilder {
    get(paths::VERIFY).header("x-forwarded-method", received)
}

/// The request by which a proxy resumes the session of a request for `uri`.
fn resume(method: &Method, uri: &str) -> RequestBuilder {
    RequestBuilder::new(method.clone(), paths::RESUME)
        .header("x-forwarded-method", method.as_str())
        .header("x-forwarded-uri", uri)
}

/// The same for a page load.
fn resume_load(uri: &str) -> RequestBuilder {
    resume(&Method::GET, uri)
        .header("accept", HTML)
        .header("sec-fetch-dest", "document")
}

async fn verify_status(browser: &mut Browser<'_>) -> u16 {
    browser.send(verify("GET")).await.status
}

#[track_caller]
fn expect_redirect(response: &Response, status: u16, location: &str) {
    let redirect = (response.status, response.header("location"));
    assert_eq!(redirect, (status, location), "{response:?}");
    assert_eq!(response.header("cache-control"), "no-store");
}

#[tokio::test]
async fn verify_responds_with_account_and_session() {
    let leptos = Site::open().await;
    let axum = Site::without_leptos(leptos.origin).await;
    for site in [leptos, axum] {
        let mut browser = site.browser();
        browser
            .send(verify("GET"))
            .await
            .expect_error(401, "not_signed_in");
        let registered = browser.register().await.json();
        for method in ["GET", "HEAD", "POST", "DELETE"] {
            let verified = browser.send(verify(method)).await;
            assert_eq!(verified.status, 204, "{method}: {verified:?}");
            assert!(verified.bytes.is_empty());
            assert_eq!(
                [
                    verified.header("x-portcullis-user"),
                    verified.header("x-portcullis-session"),
                    verified.header("cache-control"),
                ],
                [
                    registered["account"]["id"].as_str().expect("an id"),
                    registered["session"]["id"].as_str().expect("an id"),
                    "no-store",
                ]
            );
            assert!(verified.set_cookies().is_empty());
        }
        site.advance(26 * MINUTE).await;
        let expired = browser.send(verify("GET")).await;
        expired.expect_error(401, "token_expired");
        assert_eq!(expired.header("x-portcullis-user"), "");
    }
}

#[tokio::test]
async fn verify_with_any_method_reads_no_body() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS", "PURGE"] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        // It would be waited for without end.
        let body = Body::from_stream(stream::pending::<Result<&[u8], std::io::Error>>());
        let request = RequestBuilder::new(method.clone(), paths::VERIFY)
            .body("multipart/form-data", body)
            .header("content-length", "9999999999");
        let verified = tokio::time::timeout(Duration::from_secs(5), browser.send(request)).await;
        assert_eq!(verified.expect("a response").status, 204, "{method}");
    }
}

#[tokio::test]
async fn verify_works_without_the_database() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.portcullis.flush().await;
    let file = site.folder.path().join("p.db");
    let database = format!("sqlite://{}", file.display());
    let pool = sqlx::SqlitePool::connect(&database).await.expect("a pool");
    let dropped = sqlx::query("DROP TABLE sessions").execute(&pool).await;
    dropped.expect("the table is dropped");
    assert_eq!(verify_status(&mut browser).await, 204);
    assert_eq!(browser.session().await.status, 500, "that route reads it");
}

#[tokio::test]
async fn verify_rejects_what_another_origin_sends() {
    const GET: (&str, &str) = ("x-forwarded-method", "GET");
    const POST: (&str, &str) = ("x-forwarded-method", "POST");
    const SOCKET: (&str, &str) = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    type Headers = &'static [(&'static str, &'static str)];
    const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");
    const SIBLING: (&str, &str) = ("sec-fetch-site", "same-site");
    const THEIRS: (&str, &str) = ("origin", "https://evil.example.org");
    let cases: [(&str, Headers, u16); 11] = [
        ("a form of another site", &[POST, CROSS, THEIRS], 403),
        ("a form of a sibling", &[POST, SIBLING, THEIRS], 403),
        ("a form in an older browser", &[POST, THEIRS], 403),
        ("a form, the proxy names no method", &[THEIRS], 403),
        ("no header of a browser, our cookies", &[POST], 204),
        ("two methods", &[GET, POST, SIBLING], 403),
        ("a socket of a sibling", &[GET, SIBLING, SOCKET], 403),
        ("a link on another site", &[GET, CROSS], 204),
        ("a link, the proxy names no method", &[CROSS], 204),
        (
            "our own form",
            &[POST, ("sec-fetch-site", "same-origin")],
            204,
        ),
        (
            "our own form in an older browser",
            &[POST, ("origin", HTTPS)],
            204,
        ),
    ];
    let site = Site::at(HTTPS).await;
    let mut browser = site.browser();
    browser.register().await;
    for (case, headers, status) in cases {
        let mut request = get(paths::VERIFY).header("cookie", browser.cookies());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        assert_eq!(site.send(request).await.status, status, "{case}");
    }
}

#[tokio::test]
async fn expired_session_is_resumed_and_redirected_back() {
    let site = Site::open().await;
    for (method, uri) in [(Method::GET, "/notes?a=b&c=//d"), (Method::POST, "/notes")] {
        let mut browser = site.browser();
        if method == Method::GET {
            browser.register().await;
        } else {
            browser.sign_in().await.expect_ok();
        }
        site.advance(26 * MINUTE).await;
        assert_eq!(verify_status(&mut browser).await, 401);
        let resumed = browser.send(resume(&method, uri)).await;
        expect_redirect(&resumed, 307, uri);
        assert_eq!(resumed.set_cookies().len(), 2);
        assert_eq!(verify_status(&mut browser).await, 204);
    }
}

#[tokio::test]
async fn signed_out_load_is_redirected_to_sign_in() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let load = browser.send(resume_load("/notes?a=b&c=d")).await;
    expect_redirect(&load, 303, "/login?next=/notes%3Fa%3Db%26c%3Dd");
    let long = format!("/notes?q={}", "a".repeat(3_000));
    expect_redirect(&browser.send(resume_load(&long)).await, 303, "/login");
    let script = browser.send(resume(&Method::GET, "/notes")).await;
    script.expect_error(401, "not_signed_in");

    browser.register().await;
    let mut copy = site.browser();
    copy.jar.clone_from(&browser.jar);
    browser.post_empty(paths::LOGOUT).await.expect_ok();
    assert_eq!(verify_status(&mut copy).await, 401);
    let load = copy.send(resume_load("/notes")).await;
    expect_redirect(&load, 303, "/login?next=/notes&reason=session_ended");
    let form = resume(&Method::POST, "/notes").header("accept", HTML);
    let form = copy.send(form.header("sec-fetch-dest", "document")).await;
    assert_eq!(form.status, 401, "a form is not sent to the sign-in page");
    assert_eq!(form.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn prefetch_and_two_genuine_cookies_are_not_resumed() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(26 * MINUTE).await;
    let prefetch = resume_load("/notes").header("sec-purpose", "prefetch");
    let prefetch = browser.send(prefetch).await;
    prefetch.expect_error(401, "not_signed_in");
    assert!(prefetch.set_cookies().is_empty());
    // Redirected back, the request would have two access tokens again, without end.
    let mut other = site.browser();
    other.sign_in().await.expect_ok();
    let planted = format!("access_token={}; ", other.access());
    let cookies = planted + &browser.cookies();
    let planted = site
        .send(resume_load("/notes").header("cookie", cookies))
        .await;
    expect_redirect(&planted, 303, "/login?next=/notes&reason=token_invalid");
    assert!(planted.set_cookies().is_empty());
}

#[tokio::test]
async fn resume_leads_to_no_other_host() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for uri in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "",
    ] {
        let response = browser.send(resume(&Method::GET, uri)).await;
        response.expect_error(422, "invalid_input");
    }
    let missing = browser.send(get(paths::RESUME)).await;
    let fields = &missing.expect_error(422, "invalid_input")["fields"];
    assert!(fields.to_string().contains("x-forwarded-uri"), "{fields}");
    let foreign = post(paths::RESUME)
        .header("x-forwarded-uri", "/notes")
        .header("cookie", browser.cookies())
        .header("sec-fetch-site", "same-site");
    site.send(foreign).await.expect_error(403, "cross_site");
}
