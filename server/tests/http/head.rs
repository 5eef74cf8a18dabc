//! HEAD: the response to GET, without its body.

use axum::http::{HeaderMap, Method};
use portcullis::wire::paths;
use testkit::EMAIL;

use crate::{
    browser::Browser,
    site::{MINUTE, RequestBuilder, Response, Site},
};

/// Sends a request as a browser that loads a document.
async fn load(browser: &mut Browser<'_>, method: Method, path: &str) -> Response {
    let request = RequestBuilder::new(method, path);
    browser.send(request.header("accept", "text/html")).await
}

/// The headers that are the same in each response to the same request.
fn fixed(mut headers: HeaderMap) -> HeaderMap {
    // It has a nonce.
    headers.remove("content-security-policy");
    // It may be left out (RFC 9110, section 9.3.2), or be added by the HTTP implementation.
    headers.remove("content-length");
    headers.remove("x-request-id");
    headers
}

#[tokio::test]
async fn head_has_the_status_and_headers_of_get() {
    let site = Site::open().await;
    std::fs::write(site.folder.path().join("site/pkg/portcullis.js"), "x").expect("written");
    let mut user = site.browser();
    user.register().await;
    for path in [
        "/",
        "/login",
        "/account",
        "/admin",
        "/nowhere",
        "/account/a.b",
        "/pkg/portcullis.js",
        "/pkg/nothing.js",
        paths::SESSION,
        paths::SESSIONS,
        paths::EVENTS,
        paths::LOGIN,
        paths::REFRESH,
        paths::ADMIN_ACCOUNTS,
        paths::ADMIN_EVENTS_CSV,
        paths::JWKS,
        paths::HEALTH,
        paths::READY,
        "/api/nothing/",
    ] {
        for mut browser in [site.browser(), user.clone()] {
            let got = load(&mut browser, Method::GET, path).await;
            let head = load(&mut browser, Method::HEAD, path).await;
            assert_eq!(head.status, got.status, "{path}");
            assert!(head.bytes.is_empty(), "{path}");
            let length = got.bytes.len().to_string();
            assert!(["", &*length].contains(&head.header("content-length")));
            assert_eq!(fixed(head.headers), fixed(got.headers), "{path}");
        }
    }
    let session = user.send(RequestBuilder::new(Method::HEAD, paths::SESSION));
    let session = session.await;
    let length = user.session().await.bytes.len();
    assert_eq!(session.header("content-length"), length.to_string());
}

/// Otherwise its response would be that of a user who is signed out.
#[tokio::test]
async fn head_of_a_page_refreshes_as_get_does() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(30 * MINUTE).await;
    let head = load(&mut browser, Method::HEAD, "/account").await;
    assert_eq!((head.status, head.set_cookies().len()), (200, 2));
    let page = browser.load("/account").await;
    assert!(page.text().contains(EMAIL) && page.set_cookies().is_empty());
}
