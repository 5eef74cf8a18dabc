//! Renewing: the protocol of rotation, as it is felt outside.

use portcullis::wire::paths;

use crate::site::{Answer, DAY, MINUTE, Site, post};

#[track_caller]
fn max_age(answer: &Answer, cookie: &str) -> u64 {
    let cookies = answer.set_cookies();
    let found = cookies
        .iter()
        .find(|set| set.starts_with(&format!("{cookie}=")))
        .expect("set");
    let age = found
        .split("; ")
        .find_map(|attribute| attribute.strip_prefix("Max-Age="));
    age.and_then(|age| age.parse().ok()).expect("an age")
}

#[tokio::test]
async fn an_empty_post_renews_both_tokens() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let before = (browser.access(), browser.refresh_token());
    site.pass(20 * MINUTE).await;

    let answer = browser.refresh().await;
    let json = answer.is_ok();
    assert_eq!(json["detail"], "Token refreshed successfully");
    assert_eq!(json["expires_in"], 1500);
    assert_eq!(json["session"]["renewals"], 1);
    assert_ne!(browser.access(), before.0);
    assert_ne!(browser.refresh_token(), before.1);
    assert_eq!(max_age(&answer, "access_token"), 1500);
    assert_eq!(max_age(&answer, "refresh_token"), 7 * 24 * 60 * 60);
    browser.session().await.is_ok();
}

#[tokio::test]
async fn json_and_no_content_type_at_all_renew_too() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for ask in [
        post(paths::REFRESH),
        post(paths::REFRESH).body("application/json", "{}"),
    ] {
        site.pass(20 * MINUTE).await;
        browser.send(ask).await.is_ok();
    }
    assert_eq!(browser.session().await.is_ok()["session"]["renewals"], 2);
}

#[tokio::test]
async fn a_second_tab_gets_an_access_token_and_leaves_the_refresh_cookie_alone() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let answer = browser.refresh().await;
    answer.is_ok();
    let cookies = answer.set_cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].starts_with("access_token="));
    browser.session().await.is_ok();
}

#[tokio::test]
async fn a_session_outlives_its_access_token_by_far() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(6 * DAY).await;
    browser.session().await.is_error(401, "token_expired");
    browser.refresh().await.is_ok();
    browser.session().await.is_ok();
}

#[tokio::test]
async fn a_session_that_nobody_uses_is_over_after_a_week() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(7 * DAY).await;
    let answer = browser.refresh().await;
    answer.is_error(401, "token_expired");
    assert!(
        answer.set_cookies().is_empty(),
        "a late refusal takes no newer cookie away"
    );
}

#[tokio::test]
async fn no_renewing_goes_past_the_end_of_the_session() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for _ in 0..4 {
        site.pass(6 * DAY).await;
        browser.refresh().await.is_ok();
    }
    site.pass(5 * DAY).await;
    let answer = browser.refresh().await;
    assert_eq!(
        max_age(&answer, "refresh_token"),
        24 * 60 * 60,
        "a day is left of thirty"
    );

    site.pass((24 * 60 - 10) * MINUTE).await;
    let answer = browser.refresh().await;
    assert_eq!(
        answer.is_ok()["expires_in"],
        600,
        "the access token ends with the session"
    );
    assert_eq!(max_age(&answer, "access_token"), 600);
    site.pass(10 * MINUTE).await;
    browser.refresh().await.is_error(401, "token_expired");
}

/// A thief renewed with the copy; the honest browser's next renewal finds it out.
#[tokio::test]
async fn a_superseded_token_ends_the_session_for_both() {
    let site = Site::open().await;
    let mut thief = site.browser();
    let mut honest = site.browser();
    honest.register().await;
    thief.jar.clone_from(&honest.jar);

    site.pass(20 * MINUTE).await;
    thief.refresh().await.is_ok();
    thief.session().await.is_ok();
    site.pass(MINUTE).await;
    honest.refresh().await.is_error(401, "reuse_detected");

    assert!(!site.vouches_for(&thief.access()));
    thief.session().await.is_error(401, "session_ended");
    // Both are told, for whoever comes second may be the owner.
    thief.refresh().await.is_error(401, "reuse_detected");
    honest.refresh().await.is_error(401, "reuse_detected");
}

#[tokio::test]
async fn a_lost_answer_is_given_again() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(20 * MINUTE).await;
    let kept = browser.jar.clone();
    browser.refresh().await.is_ok();

    // It never arrived: the browser still has the old cookies.
    browser.jar = kept.clone();
    site.pass(MINUTE).await;
    let again = browser.refresh().await.is_ok();
    assert_eq!(
        again["session"]["renewals"], 1,
        "the same generation is handed out"
    );

    // Nor did that one, an hour later.
    browser.jar = kept;
    site.pass(60 * MINUTE).await;
    let fresh = browser.refresh().await.is_ok();
    assert_eq!(fresh["session"]["renewals"], 2, "what was lost is void");
    browser.session().await.is_ok();
}

/// A use is where somebody asks who calls. A refresh does not: it is decided by
/// the refresh token alone.
#[tokio::test]
async fn a_refresh_is_no_use_of_the_access_token_beside_it() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(20 * MINUTE).await;
    let parent = browser.jar.clone();
    browser.refresh().await.is_ok();
    let newest = browser.jar.clone();
    for is_used in [false, true] {
        browser.jar = newest.clone();
        browser.refresh().await.is_ok();
        if is_used {
            browser.session().await.is_ok();
        }
        site.pass(MINUTE).await;
        browser.jar = parent.clone();
        let answer = browser.refresh().await;
        if is_used {
            answer.is_error(401, "reuse_detected");
        } else {
            answer.is_ok();
        }
    }
}

#[tokio::test]
async fn a_grandparent_never_comes_back() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let first = browser.jar.clone();
    for _ in 0..2 {
        site.pass(MINUTE).await;
        browser.refresh().await.is_ok();
    }
    browser.jar = first;
    browser.refresh().await.is_error(401, "reuse_detected");
}

#[tokio::test]
async fn many_at_once_are_one_renewal() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(20 * MINUTE).await;
    let cookies = browser.cookies();
    let all = (0..50).map(|_| {
        let ask = post(paths::REFRESH).header("sec-fetch-site", "same-origin");
        site.send(ask.header("cookie", &cookies))
    });
    for answer in futures::future::join_all(all).await {
        assert_eq!(answer.is_ok()["session"]["renewals"], 1);
    }
}

#[tokio::test]
async fn without_a_token_that_counts_there_is_no_renewing() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.refresh().await.is_error(401, "not_signed_in");
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
        let answer = browser.refresh().await;
        assert_eq!(answer.json()["code"], code, "{case}");
        assert_eq!(answer.status, 401, "{case}");
    }
    browser.jar.insert("refresh_token".into(), refresh);
    browser.refresh().await.is_ok();
}

/// A refresh token is for the cookie alone: nothing else reads it.
#[tokio::test]
async fn a_refresh_token_elsewhere_renews_nothing() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let token = browser.refresh_token();
    let asks = [
        post(paths::REFRESH).header("authorization", format!("Bearer {token}")),
        post(paths::REFRESH).form(&[("refresh", &token), ("refresh_token", &token)]),
        post(&format!("{}?refresh_token={token}", paths::REFRESH)),
    ];
    for ask in asks {
        site.send(ask).await.is_error(401, "not_signed_in");
    }
}
