//! Servers whose clock is wrong, or was when a token was issued.

use super::*;

/// The clock of the server was an hour ahead when the user signed in, and was then corrected.
#[tokio::test]
async fn token_from_a_clock_far_ahead_locks_no_browser_out() {
    let application = Application::at(LOOPBACK, |builder| builder).await;
    let mut browser = application.browser(Router::new()).await;
    application.clock.set(TestClock::START - HOUR);
    let signed_out = browser.clone();
    for path in ["/", "/login"] {
        let loaded = browser.load(path).await;
        assert_eq!((loaded.status.as_u16(), loaded.text()), (200, "signed out"));
    }
    assert_eq!(browser.load("/account").await.status, 303);
    assert_eq!(browser.get(SESSION).await.status, 401);

    // Signing out ends the session of the token, and removes the cookies.
    let left = browser.post_form(LOGOUT, &[]).await;
    assert_eq!(left.status, 200);
    assert!(browser.jar().is_empty());
    application.clock.set(TestClock::START);
    let mut copy = signed_out.clone();
    assert_eq!(
        copy.load("/").await.text(),
        "signed out",
        "the session ended"
    );

    // Signing in does not depend on the token that the browser has.
    let mut browser = signed_out;
    application.clock.set(TestClock::START - HOUR);
    sign_in(&mut browser).await;
    assert_eq!(browser.get(SESSION).await.status, 200);
}

/// A token of another server, whose clock is ahead by what the protocol allows, or by more.
#[tokio::test]
async fn clock_that_is_behind_signs_no_browser_out() {
    let application = Application::at(LOOPBACK, |builder| builder).await;
    let mut browser = application.browser(Router::new()).await;
    let behind = |seconds| {
        let clock = &application.clock;
        clock.set(TestClock::START - Duration::from_secs(seconds));
    };
    for seconds in [60, 15] {
        behind(seconds);
        let session = browser.get(SESSION).await;
        let code = &session.json::<serde_json::Value>()["code"];
        assert_eq!((session.status.as_u16(), code), (503, &"busy".into()));
        assert!(!session.header("retry-after").is_empty(), "{seconds} s");
        let refreshed = browser.post_form(REFRESH, &[]).await;
        assert_eq!(refreshed.status, 503, "{seconds} s");
        assert!(refreshed.set_cookies().is_empty(), "{seconds} s");
        assert_eq!(browser.load("/account").await.status, 503, "{seconds} s");
    }
    for seconds in [10, 5, 0] {
        behind(seconds);
        assert_eq!(browser.get(SESSION).await.status, 200, "{seconds} s");
        assert_eq!(browser.load("/").await.text(), "signed in", "{seconds} s");
    }
}
