//! Page loads: the server refreshes the session and checks protected pages before it
//! renders.

use std::sync::Arc;

use axum::http::Method;
use portcullis::wire::paths;

use testkit::EMAIL;
use tokio::task::JoinSet;

use crate::site::{DAY, MINUTE, RequestBuilder, Site, get};

#[tokio::test]
async fn public_pages_load_when_signed_out() {
    let site = Site::open().await;
    for path in ["/", "/login", "/register"] {
        let page = site.browser().load(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text().starts_with("<!DOCTYPE html>"), "{path}");
    }
}

#[tokio::test]
async fn protected_page_when_signed_out_redirects() {
    let site = Site::open().await;
    for (path, location) in [
        ("/account", "/login?next=/account"),
        (
            "/account?tab=a&b=c",
            "/login?next=/account%3Ftab%3Da%26b%3Dc",
        ),
        ("/account/sessions", "/login?next=/account/sessions"),
        ("/admin/accounts", "/login?next=/admin/accounts"),
    ] {
        let page = site.browser().load(path).await;
        assert_eq!(
            (page.status, page.header("location")),
            (303, location),
            "{path}"
        );
        assert!(page.bytes.is_empty(), "{path}");
        assert_eq!(
            page.header("cache-control"),
            "no-store",
            "a sign-in changes the response: {path}"
        );
    }
}

/// The data are then read after the rest of the page is rendered.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_with_data_are_rendered_while_the_database_is_busy() {
    let site = Arc::new(Site::open().await);
    let mut browser = site.browser();
    browser.register().await;
    for path in ["/account/security", "/account/sessions"] {
        let mut loads = JoinSet::new();
        for _ in 0..50 {
            let (site, cookies) = (Arc::clone(&site), browser.cookies());
            let page = get(path).header("cookie", cookies);
            let page = page.header("accept", "text/html");
            let page = page.header("sec-fetch-dest", "document");
            loads.spawn(async move { site.send(page).await });
        }
        for page in loads.join_all().await {
            assert_eq!(page.status, 200, "{path}: {}", page.text());
            assert!(page.text().contains("<h2"), "{path}: {}", page.text());
        }
    }
}

/// The URL has a code and no message: its author can only choose among the known
/// messages.
#[tokio::test]
async fn sign_in_page_shows_why_the_session_ended() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let (mut before, mut copy) = (site.browser(), site.browser());
    before.jar.clone_from(&browser.jar);
    copy.jar.clone_from(&browser.jar);
    browser.post_empty(paths::LOGOUT).await.expect_ok();
    let page = copy.load("/account?a=b").await;
    assert_eq!(
        page.header("location"),
        "/login?next=/account%3Fa%3Db&reason=session_ended"
    );
    let page = copy.load("/login?next=/account&reason=session_ended").await;
    assert!(page.text().contains("You have been signed out."));
    let page = copy.load("/login?reason=%3Cb%3Enot_ours%3C%2Fb%3E").await;
    assert!(!page.text().contains("<b>not_ours"));

    site.set_active(EMAIL, false).await;
    let page = before.load("/account").await;
    assert_eq!(
        page.header("location"),
        "/login?next=/account&reason=account_inactive"
    );
}

#[tokio::test]
async fn first_page_of_returning_user_is_signed_in() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let refresh = browser.refresh_token();
    site.advance(DAY).await;
    let page = browser.load("/account").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(EMAIL));
    assert_eq!(page.set_cookies().len(), 2);
    assert_ne!(browser.refresh_token(), refresh);
    browser.session().await.expect_ok();

    let again = browser.load("/account").await;
    assert!(again.text().contains(EMAIL));
    assert!(
        again.set_cookies().is_empty(),
        "the access token is still valid"
    );
}

/// The render must not count as the first use of the new access token.
#[tokio::test]
async fn lost_page_load_can_be_repeated_days_later() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(DAY).await;
    let jar = browser.jar.clone();
    assert_eq!(browser.load("/account").await.status, 200);
    browser.jar = jar;
    site.advance(DAY).await;
    assert_eq!(browser.load("/account").await.status, 200);
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn page_load_without_access_cookie_refreshes() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    browser.jar.remove("access_token");
    let page = browser.load("/").await;
    assert!(page.text().contains("Ada") || page.text().contains(EMAIL));
    assert_eq!(
        page.set_cookies().len(),
        1,
        "within the replay window the refresh cookie stays"
    );
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn page_load_with_expired_session_is_no_error() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(7 * DAY).await;
    let page = browser.load("/").await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains(EMAIL));
    assert_eq!(browser.load("/account").await.status, 303);
}

/// A user may never see these responses, so they must not use up a refresh token.
#[tokio::test]
async fn request_other_than_navigation_never_refreshes() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(30 * MINUTE).await;
    let html = "text/html";
    let requests = [
        get("/")
            .header("accept", html)
            .header("sec-purpose", "prefetch"),
        get("/")
            .header("accept", html)
            .header("sec-purpose", "prefetch;prerender"),
        get("/")
            .header("accept", html)
            .header("sec-fetch-dest", "iframe"),
        get("/").header("accept", "*/*"),
        get("/pkg/portcullis.js").header("accept", "*/*"),
        get("/api/accounts/auth/session/").header("accept", html),
    ];
    for request in requests {
        assert!(browser.send(request).await.set_cookies().is_empty());
    }
    // The browser discards such a response, and loads the page when the user opens it.
    let prefetch = get("/").header("accept", html);
    let prefetch = browser.send(prefetch.header("sec-purpose", "prefetch;prerender"));
    assert_eq!(prefetch.await.status, 503);
    browser.refresh().await.expect_ok();
}

#[tokio::test]
async fn page_request_of_a_program_gets_json_errors() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let request = || get("/account").header("accept", "*/*");
    site.send(request())
        .await
        .expect_error(401, "not_signed_in");
    browser.register().await;
    let page = browser.send(request()).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(EMAIL));
    let put = RequestBuilder::new(Method::PUT, "/account");
    browser
        .send(put)
        .await
        .expect_error(405, "method_not_allowed");
}

#[tokio::test]
async fn unknown_page_is_404_as_html() {
    let site = Site::open().await;
    for path in [
        "/nowhere",
        "/login/nowhere",
        "/a/b/c",
        "/index.html",
        "/%00",
        "/%ff",
        "/\u{e9}",
    ] {
        let page = site.browser().load(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        assert!(page.text().contains("Page not found"), "{path}");
    }
}

/// The last part of a path may be the name of a user, a domain or a version.
#[tokio::test]
async fn path_with_a_dot_is_a_page() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let page = browser.load("/account/jane.doe").await;
    let location = page.header("location");
    let expected = (303, "/login?next=/account/jane.doe");
    assert_eq!((page.status, location), expected);

    browser.register().await;
    for path in ["/nothing.here", "/index.html", "/account/jane.doe"] {
        site.advance(30 * MINUTE).await;
        let page = browser.load(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.set_cookies().len(), 2, "{path}: resumed");
        assert!(page.text().contains("Sign out"), "{path}");
    }
}

/// If the guard and the router decoded paths differently, such a path could bypass the
/// guard.
#[tokio::test]
async fn other_spelling_of_protected_page_shows_nothing() {
    let site = Site::open().await;
    site.browser().register().await;
    for path in [
        "/%61ccount",
        "/account%2F",
        "/Account",
        "//account",
        "/./account",
        "/login/../account",
        "/account%00",
        "/account;a=b",
        "/account%20",
    ] {
        let page = site.browser().load(path).await;
        assert!(page.status >= 300, "{path}: {}", page.status);
        assert!(!page.text().contains(EMAIL), "{path}");
    }
}

#[tokio::test]
async fn unknown_protected_page_is_404_when_signed_in() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    assert_eq!(browser.load("/account/nowhere").await.status, 404);
}
