//! Signing out.

use std::time::Duration;

use portcullis::wire::paths;
use tokio::time::{sleep, timeout};

use crate::site::{HTTP, HTTPS, MINUTE, Site, get, post};

#[tokio::test]
async fn sign_out_ends_the_session_and_clears_cookies() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let response = browser.post_empty(paths::LOGOUT).await;
    assert_eq!(response.expect_ok()["detail"], "Signed out.");
    assert!(browser.jar.is_empty());
    browser.session().await.expect_error(401, "not_signed_in");
}

#[tokio::test]
async fn sign_out_invalidates_copied_tokens_at_once() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut copy = site.browser();
    copy.jar.clone_from(&browser.jar);
    assert!(site.accepts(&copy.access()));
    browser.post_empty(paths::LOGOUT).await.expect_ok();
    assert!(!site.accepts(&copy.access()));

    copy.session().await.expect_error(401, "session_ended");
    copy.refresh().await.expect_error(401, "session_ended");
    let bearer = format!("Bearer {}", copy.access());
    let response = site
        .send(get(paths::SESSION).header("authorization", bearer))
        .await;
    response.expect_error(401, "session_ended");
}

#[tokio::test]
async fn sign_out_with_expired_access_token_succeeds() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut copy = site.browser();
    copy.jar.clone_from(&browser.jar);
    site.advance(30 * MINUTE).await;
    browser.post_empty(paths::LOGOUT).await.expect_ok();
    assert!(browser.jar.is_empty());
    copy.refresh().await.expect_error(401, "session_ended");
}

/// The session of a refresh token is read from the database first, which takes time.
#[tokio::test]
async fn sign_out_completes_if_the_client_disconnects() {
    let site = Site::without_leptos(HTTP).await;
    let mut browser = site.browser();
    browser.register().await;
    let access = browser.access();
    browser.jar.remove("access_token");
    let request = post(paths::LOGOUT)
        .header("sec-fetch-site", "same-origin")
        .header("cookie", browser.cookies());
    site.send_and_disconnect(request).await;
    let ended = async {
        while site.accepts(&access) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let ended = timeout(Duration::from_secs(10), ended).await;
    ended.expect("the session ends");
}

/// A late response has restored the access token of the former session next to the
/// refresh token of the newer session.
#[tokio::test]
async fn mixed_cookies_end_the_sessions_of_both_tokens() {
    let site = Site::open().await;
    for is_signing_in in [false, true] {
        let mut browser = site.browser();
        if is_signing_in {
            browser.sign_in().await.expect_ok();
        } else {
            browser.register().await;
        }
        let former = browser.access();
        browser.sign_in().await.expect_ok();
        let mut copy = site.browser();
        copy.jar.clone_from(&browser.jar);
        let name = browser.name("access_token");
        browser.jar.insert(name, former);
        if is_signing_in {
            browser.sign_in().await.expect_ok();
        } else {
            browser.post_empty(paths::LOGOUT).await.expect_ok();
        }
        copy.refresh().await.expect_error(401, "session_ended");
    }
}

#[tokio::test]
async fn sign_out_ends_only_its_own_session() {
    let site = Site::open().await;
    let (mut one, mut two) = (site.browser(), site.browser());
    one.register().await;
    two.sign_in().await.expect_ok();
    one.post_empty(paths::LOGOUT).await.expect_ok();
    two.session().await.expect_ok();
}

#[tokio::test]
async fn sign_out_without_a_session_is_no_error() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.post_empty(paths::LOGOUT).await.expect_ok();
    browser.register().await;
    browser.post_empty(paths::LOGOUT).await.expect_ok();
    let again = browser.post_empty(paths::LOGOUT).await;
    again.expect_ok();
    assert_eq!(
        again.set_cookies().len(),
        2,
        "the cookies are always cleared"
    );
}

#[tokio::test]
async fn sign_out_clears_broken_cookies() {
    let site = Site::open().await;
    let request = post(paths::LOGOUT)
        .header("sec-fetch-site", "same-origin")
        .header("cookie", "access_token=x; refresh_token=y; refresh_token=z");
    let response = site.send(request).await;
    response.expect_ok();
    assert_eq!(response.set_cookies().len(), 2);
}

#[tokio::test]
async fn sign_out_form_without_javascript_redirects() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let response = browser.submit("/account", paths::LOGOUT, &[]).await;
    assert_eq!((response.status, response.header("location")), (303, "/"));
    assert!(browser.jar.is_empty());
}

#[tokio::test]
async fn sign_out_on_https_clears_the_cache() {
    for (origin, expected) in [(HTTPS, "\"cache\""), (HTTP, "")] {
        let site = Site::at(origin).await;
        let mut browser = site.browser();
        let registered = browser.register().await;
        assert_eq!(registered.header("clear-site-data"), "", "{origin}");
        let script = browser.post_empty(paths::LOGOUT).await;
        assert_eq!(script.header("clear-site-data"), expected, "{origin}");
        let form = browser.submit("/account", paths::LOGOUT, &[]).await;
        assert_eq!(form.status, 303);
        assert_eq!(form.header("clear-site-data"), expected, "{origin}");
    }
}
