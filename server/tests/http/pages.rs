//! Page loads: resumed on the server, guarded before anything is rendered.

use axum::http::Method;
use portcullis::wire::paths;

use testkit::EMAIL;

use crate::site::{Ask, DAY, MINUTE, Site, get};

#[tokio::test]
async fn pages_are_there_for_everybody() {
    let site = Site::open().await;
    for path in ["/", "/login", "/register"] {
        let page = site.browser().load(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text().starts_with("<!DOCTYPE html>"), "{path}");
    }
}

#[tokio::test]
async fn signed_out_a_protected_page_leads_to_signing_in_before_any_rendering() {
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
            "signing in changes it: {path}"
        );
    }
}

/// A code and no text: whoever makes such a URL chooses among our sentences.
#[tokio::test]
async fn whose_session_is_over_is_told_why_on_the_sign_in_page() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let (mut before, mut copy) = (site.browser(), site.browser());
    before.jar.clone_from(&browser.jar);
    copy.jar.clone_from(&browser.jar);
    browser.post_nothing(paths::LOGOUT).await.is_ok();
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
async fn the_first_html_of_a_returning_user_is_signed_in_already() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let refresh = browser.refresh_token();
    site.pass(DAY).await;
    let page = browser.load("/account").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(EMAIL));
    assert_eq!(page.set_cookies().len(), 2);
    assert_ne!(browser.refresh_token(), refresh);
    browser.session().await.is_ok();

    let again = browser.load("/account").await;
    assert!(again.text().contains(EMAIL));
    assert!(again.set_cookies().is_empty(), "the access token lives");
}

/// The render must not count as the first use of what it sends out.
#[tokio::test]
async fn a_page_load_whose_answer_was_lost_can_be_repeated_days_later() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(DAY).await;
    let jar = browser.jar.clone();
    assert_eq!(browser.load("/account").await.status, 200);
    browser.jar = jar;
    site.pass(DAY).await;
    assert_eq!(browser.load("/account").await.status, 200);
    browser.session().await.is_ok();
}

#[tokio::test]
async fn a_browser_that_lost_its_access_cookie_is_resumed_too() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    browser.jar.remove("access_token");
    let page = browser.load("/").await;
    assert!(page.text().contains("Ada") || page.text().contains(EMAIL));
    assert_eq!(
        page.set_cookies().len(),
        1,
        "within the window the refresh cookie stays"
    );
    browser.session().await.is_ok();
}

#[tokio::test]
async fn a_session_that_ended_is_signed_out_and_no_error() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(7 * DAY).await;
    let page = browser.load("/").await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains(EMAIL));
    assert_eq!(browser.load("/account").await.status, 303);
}

/// Nobody may ever see these answers, so they must not use up a token.
#[tokio::test]
async fn what_is_no_navigation_renews_nothing() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(30 * MINUTE).await;
    let html = "text/html";
    let asks = [
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
        Ask::new(Method::HEAD, "/").header("accept", html),
    ];
    for ask in asks {
        assert!(browser.send(ask).await.set_cookies().is_empty());
    }
    browser.refresh().await.is_ok();
}

#[tokio::test]
async fn a_program_that_asks_for_a_page_is_told_what_it_is_told_elsewhere() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let ask = || get("/account").header("accept", "*/*");
    site.send(ask()).await.is_error(401, "not_signed_in");
    browser.register().await;
    let page = browser.send(ask()).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(EMAIL));
    let put = Ask::new(Method::PUT, "/account");
    browser.send(put).await.is_error(405, "method_not_allowed");
}

#[tokio::test]
async fn an_unknown_page_is_404_as_html() {
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
        assert!(page.text().contains("There is nothing here"), "{path}");
    }
}

/// A router that decodes what another does not would let one in past the other.
#[tokio::test]
async fn another_spelling_of_a_protected_page_shows_nothing_either() {
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
async fn a_protected_page_that_does_not_exist_is_404_for_who_is_signed_in() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    assert_eq!(browser.load("/account/nowhere").await.status, 404);
}
