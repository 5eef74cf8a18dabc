//! Deactivated accounts, at sign-in, at refresh and at every access.

use testkit::EMAIL;

use crate::site::{MINUTE, Site};

#[tokio::test]
async fn deactivated_account_is_rejected_at_once() {
    let site = Site::open().await;
    let (mut one, mut two) = (site.browser(), site.browser());
    one.register().await;
    two.sign_in().await.expect_ok();
    site.set_active(EMAIL, false).await;

    for browser in [&mut one, &mut two] {
        assert!(!site.accepts(&browser.access()));
        let session = browser.session().await;
        assert_eq!(session.status, 401, "{}", session.text());
        let refresh = browser.refresh().await;
        assert_eq!(refresh.status, 401, "{}", refresh.text());
        assert!(refresh.set_cookies().is_empty());
        let page = browser.load("/account").await;
        assert_eq!((page.status, page.bytes.as_slice()), (303, &b""[..]));
        assert!(page.set_cookies().is_empty());
    }
    one.sign_in().await.expect_error(401, "invalid_credentials");
}

#[tokio::test]
async fn refresh_of_inactive_account_is_account_inactive() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(20 * MINUTE).await;
    site.set_active(EMAIL, false).await;
    browser
        .refresh()
        .await
        .expect_error(401, "account_inactive");
}

#[tokio::test]
async fn reactivated_account_keeps_its_ended_sessions() {
    let site = Site::open().await;
    let mut before = site.browser();
    before.register().await;
    site.set_active(EMAIL, false).await;
    site.set_active(EMAIL, true).await;
    before.session().await.expect_error(401, "session_ended");
    before.refresh().await.expect_error(401, "session_ended");
    site.browser().sign_in().await.expect_ok();
}

#[tokio::test]
async fn deactivation_affects_no_other_account() {
    let site = Site::open().await;
    let (mut ada, mut bob) = (site.browser(), site.browser());
    ada.register().await;
    bob.register_as("bob@example.org").await;
    site.set_active(EMAIL, false).await;
    bob.session().await.expect_ok();
}
