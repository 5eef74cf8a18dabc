//! Refreshing: the rotation protocol as a client sees it.

use portcullis::wire::paths;

use crate::site::{DAY, MINUTE, Response, Site, post};

#[track_caller]
fn max_age(response: &Response, cookie: &str) -> u64 {
    let cookies = response.set_cookies();
    let found = cookies
        .iter()
        .find(|set| set.starts_with(&format!("{cookie}=")))
        .expect("a cookie");
    let age = found
        .split("; ")
        .find_map(|attribute| attribute.strip_prefix("Max-Age="));
    age.and_then(|age| age.parse().ok()).expect("a Max-Age")
}

#[tokio::test]
async fn empty_post_issues_both_tokens() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let before = (browser.access(), browser.refresh_token());
    site.advance(20 * MINUTE).await;

    let response = browser.refresh().await;
    let json = response.expect_ok();
    assert_eq!(json["detail"], "Token refreshed successfully");
    assert_eq!(json["expires_in"], 1500);
    assert_eq!(json["session"]["rotations"], 1);
    assert_ne!(browser.access(), before.0);
    assert_ne!(browser.refresh_token(), before.1);
    assert_eq!(max_age(&response, "access_token"), 1500);
    assert_eq!(max_age(&response, "refresh_token"), 7 * 24 * 60 * 60);
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn refresh_with_json_or_no_content_type_succeeds() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for request in [
        post(paths::REFRESH),
        post(paths::REFRESH).body("application/json", "{}"),
    ] {
        site.advance(20 * MINUTE).await;
        browser.send(request).await.expect_ok();
    }
    assert_eq!(
        browser.session().await.expect_ok()["session"]["rotations"],
        2
    );
}

#[tokio::test]
async fn refresh_within_window_keeps_the_refresh_cookie() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let response = browser.refresh().await;
    response.expect_ok();
    let cookies = response.set_cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].starts_with("access_token="));
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn session_outlives_its_access_token() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(6 * DAY).await;
    browser.session().await.expect_error(401, "token_expired");
    browser.refresh().await.expect_ok();
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn idle_session_expires_after_a_week() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(7 * DAY).await;
    let response = browser.refresh().await;
    response.expect_error(401, "token_expired");
    assert!(
        response.set_cookies().is_empty(),
        "a late error response must not remove newer cookies"
    );
}

#[tokio::test]
async fn refresh_never_extends_the_absolute_lifetime() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for _ in 0..4 {
        site.advance(6 * DAY).await;
        browser.refresh().await.expect_ok();
    }
    site.advance(5 * DAY).await;
    let response = browser.refresh().await;
    assert_eq!(
        max_age(&response, "refresh_token"),
        24 * 60 * 60,
        "one of thirty days is left"
    );

    site.advance((24 * 60 - 10) * MINUTE).await;
    let response = browser.refresh().await;
    assert_eq!(
        response.expect_ok()["expires_in"],
        600,
        "the access token expires with the session"
    );
    assert_eq!(max_age(&response, "access_token"), 600);
    site.advance(10 * MINUTE).await;
    browser.refresh().await.expect_error(401, "token_expired");
}

/// A thief has refreshed with a copied token. The next refresh of the honest browser
/// detects the reuse.
#[tokio::test]
async fn reuse_ends_the_session_for_thief_and_owner() {
    let site = Site::open().await;
    let mut thief = site.browser();
    let mut honest = site.browser();
    honest.register().await;
    thief.jar.clone_from(&honest.jar);

    site.advance(20 * MINUTE).await;
    thief.refresh().await.expect_ok();
    thief.session().await.expect_ok();
    site.advance(MINUTE).await;
    honest.refresh().await.expect_error(401, "reuse_detected");

    assert!(!site.accepts(&thief.access()));
    thief.session().await.expect_error(401, "session_ended");
    // Both get the same code, because the second one may be the owner.
    thief.refresh().await.expect_error(401, "reuse_detected");
    honest.refresh().await.expect_error(401, "reuse_detected");
}

#[tokio::test]
async fn lost_response_is_recovered() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(20 * MINUTE).await;
    let kept = browser.jar.clone();
    browser.refresh().await.expect_ok();

    // The response was lost: the browser still has the old cookies.
    browser.jar = kept.clone();
    site.advance(MINUTE).await;
    let again = browser.refresh().await.expect_ok();
    assert_eq!(
        again["session"]["rotations"], 1,
        "the same generation is issued again"
    );

    // The second response was lost too, and an hour passes.
    browser.jar = kept;
    site.advance(60 * MINUTE).await;
    let fresh = browser.refresh().await.expect_ok();
    assert_eq!(
        fresh["session"]["rotations"], 2,
        "the lost generation is void"
    );
    browser.session().await.expect_ok();
}

/// Only a request that authenticates its caller uses the access token. A refresh depends
/// on the refresh token alone.
#[tokio::test]
async fn refresh_does_not_use_the_access_token() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(20 * MINUTE).await;
    let parent = browser.jar.clone();
    browser.refresh().await.expect_ok();
    let newest = browser.jar.clone();
    for is_used in [false, true] {
        browser.jar = newest.clone();
        browser.refresh().await.expect_ok();
        if is_used {
            browser.session().await.expect_ok();
        }
        site.advance(MINUTE).await;
        browser.jar = parent.clone();
        let response = browser.refresh().await;
        if is_used {
            response.expect_error(401, "reuse_detected");
        } else {
            response.expect_ok();
        }
    }
}

#[tokio::test]
async fn grandparent_token_is_reuse() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let first = browser.jar.clone();
    for _ in 0..2 {
        site.advance(MINUTE).await;
        browser.refresh().await.expect_ok();
    }
    browser.jar = first;
    browser.refresh().await.expect_error(401, "reuse_detected");
}

#[tokio::test]
async fn concurrent_refreshes_rotate_once() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(20 * MINUTE).await;
    let cookies = browser.cookies();
    let all = (0..50).map(|_| {
        let request = post(paths::REFRESH).header("sec-fetch-site", "same-origin");
        site.send(request.header("cookie", &cookies))
    });
    for response in futures::future::join_all(all).await {
        assert_eq!(response.expect_ok()["session"]["rotations"], 1);
    }
}

#[tokio::test]
async fn refresh_without_a_valid_token_is_rejected() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.refresh().await.expect_error(401, "not_signed_in");
    browser.register().await;
    let (access, refresh) = (browser.access(), browser.refresh_token());
    let cut = &refresh[..refresh.len() - 1];
    let cases = [
        ("garbage", "x".to_owned(), "token_invalid"),
        ("empty", String::new(), "token_invalid"),
        ("an access token", access, "token_invalid"),
        (
            "its last character missing",
            cut.to_owned(),
            "token_invalid",
        ),
        (
            "its signature missing",
            refresh.rsplit_once('.').expect("a JWT").0.to_owned(),
            "token_invalid",
        ),
        ("padded", format!("{refresh}="), "token_invalid"),
    ];
    for (case, token, code) in cases {
        browser.jar.insert("refresh_token".into(), token);
        let response = browser.refresh().await;
        assert_eq!(response.json()["code"], code, "{case}");
        assert_eq!(response.status, 401, "{case}");
    }
    browser.jar.insert("refresh_token".into(), refresh);
    browser.refresh().await.expect_ok();
}

/// A refresh token is read from its cookie only.
#[tokio::test]
async fn refresh_token_outside_the_cookie_is_ignored() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let token = browser.refresh_token();
    let requests = [
        post(paths::REFRESH).header("authorization", format!("Bearer {token}")),
        post(paths::REFRESH).form(&[("refresh", &token), ("refresh_token", &token)]),
        post(&format!("{}?refresh_token={token}", paths::REFRESH)),
    ];
    for request in requests {
        site.send(request).await.expect_error(401, "not_signed_in");
    }
}
