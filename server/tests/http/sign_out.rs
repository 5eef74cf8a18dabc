//! Signing out.

use portcullis::wire::paths;

use crate::site::{MINUTE, Site, get, post};

#[tokio::test]
async fn signing_out_ends_the_session_and_clears_the_cookies() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let answer = browser.post_nothing(paths::LOGOUT).await;
    assert_eq!(answer.is_ok()["detail"], "Signed out.");
    assert!(browser.jar.is_empty());
    browser.session().await.is_error(401, "not_signed_in");
}

/// Whoever copied the tokens has nothing in hand from that moment on.
#[tokio::test]
async fn signing_out_kills_copies_of_both_tokens_at_once() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut copy = site.browser();
    copy.jar.clone_from(&browser.jar);
    assert!(site.vouches_for(&copy.access()));
    browser.post_nothing(paths::LOGOUT).await.is_ok();
    assert!(!site.vouches_for(&copy.access()));

    copy.session().await.is_error(401, "session_ended");
    copy.refresh().await.is_error(401, "session_ended");
    let bearer = format!("Bearer {}", copy.access());
    let answer = site
        .send(get(paths::SESSION).header("authorization", bearer))
        .await;
    answer.is_error(401, "session_ended");
}

#[tokio::test]
async fn signing_out_works_when_the_access_token_is_over() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut copy = site.browser();
    copy.jar.clone_from(&browser.jar);
    site.pass(30 * MINUTE).await;
    browser.post_nothing(paths::LOGOUT).await.is_ok();
    assert!(browser.jar.is_empty());
    copy.refresh().await.is_error(401, "session_ended");
}

/// An answer that came late put the former session's access token back beside the
/// refresh token of the one that was signed into over it.
#[tokio::test]
async fn signing_out_and_signing_in_end_the_sessions_of_both_tokens() {
    let site = Site::open().await;
    for is_signing_in in [false, true] {
        let mut browser = site.browser();
        if is_signing_in {
            browser.sign_in().await.is_ok();
        } else {
            browser.register().await;
        }
        let former = browser.access();
        browser.sign_in().await.is_ok();
        let mut copy = site.browser();
        copy.jar.clone_from(&browser.jar);
        let name = browser.name("access_token");
        browser.jar.insert(name, former);
        if is_signing_in {
            browser.sign_in().await.is_ok();
        } else {
            browser.post_nothing(paths::LOGOUT).await.is_ok();
        }
        copy.refresh().await.is_error(401, "session_ended");
    }
}

#[tokio::test]
async fn signing_out_ends_no_session_but_this_one() {
    let site = Site::open().await;
    let (mut one, mut two) = (site.browser(), site.browser());
    one.register().await;
    two.sign_in().await.is_ok();
    one.post_nothing(paths::LOGOUT).await.is_ok();
    two.session().await.is_ok();
}

#[tokio::test]
async fn signing_out_twice_or_without_a_session_is_no_error() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.post_nothing(paths::LOGOUT).await.is_ok();
    browser.register().await;
    browser.post_nothing(paths::LOGOUT).await.is_ok();
    let again = browser.post_nothing(paths::LOGOUT).await;
    again.is_ok();
    assert_eq!(
        again.set_cookies().len(),
        2,
        "cookies are cleared in any case"
    );
}

#[tokio::test]
async fn broken_cookies_are_cleared() {
    let site = Site::open().await;
    let ask = post(paths::LOGOUT)
        .header("sec-fetch-site", "same-origin")
        .header("cookie", "access_token=x; refresh_token=y; refresh_token=z");
    let answer = site.send(ask).await;
    answer.is_ok();
    assert_eq!(answer.set_cookies().len(), 2);
}

#[tokio::test]
async fn a_form_without_javascript_goes_on_to_a_page() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let answer = browser.submit("/account", paths::LOGOUT, &[]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"));
    assert!(browser.jar.is_empty());
}
