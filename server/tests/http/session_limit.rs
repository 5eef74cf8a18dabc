//! The limit of live sessions of an account.

use portcullis::wire::paths;

use crate::site::Site;

#[tokio::test]
async fn sign_in_above_the_limit_ends_the_oldest_session() {
    let site = Site::with_builder(|builder| builder.max_sessions(2)).await;
    let mut oldest = site.browser();
    oldest.register().await;
    let (mut second, mut third) = (site.browser(), site.browser());
    for browser in [&mut second, &mut third] {
        site.advance(std::time::Duration::from_secs(1)).await;
        browser.sign_in().await.expect_ok();
    }
    assert!(!site.accepts(&oldest.access()), "at once");
    let ended = oldest.refresh().await;
    ended.expect_error(401, "session_limit");
    for browser in [&mut second, &mut third] {
        browser.session().await.expect_ok();
    }
    let events = third.get(paths::EVENTS).await.expect_ok();
    assert_eq!(events["events"][0]["event"], "session_ended:limit");
}
