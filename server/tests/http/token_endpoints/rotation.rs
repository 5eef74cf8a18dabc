//! The refresh tokens of clients rotate as those of browsers do.

use std::time::Duration;

use futures::future::join_all;

use crate::site::MINUTE;

use super::{Pair, assert_invalid_token, open, refresh, sign_in, verify};

/// The response always has a refresh token, because clients store what they find there.
#[tokio::test]
async fn refresh_within_the_window_returns_the_presented_token() {
    let site = open().await;
    let first = sign_in(&site).await;
    let again = Pair::of(&refresh(&site, &first.refresh).await);
    assert_eq!(again.refresh, first.refresh);
    assert_ne!(again.access, first.access);
}

#[tokio::test]
async fn lost_response_can_be_requested_again() {
    let site = open().await;
    let first = sign_in(&site).await;
    site.advance(MINUTE).await;
    refresh(&site, &first.refresh).await.expect_ok();
    site.advance(MINUTE).await;
    let second = Pair::of(&refresh(&site, &first.refresh).await);
    verify(&site, &second.access).await.expect_ok();
    site.advance(MINUTE).await;
    Pair::of(&refresh(&site, &second.refresh).await);
}

#[tokio::test]
async fn parallel_refreshes_all_succeed() {
    let site = open().await;
    let first = sign_in(&site).await;
    site.advance(MINUTE).await;
    let responses = join_all((0..20).map(|_| refresh(&site, &first.refresh))).await;
    let pairs: Vec<_> = responses.iter().map(Pair::of).collect();
    site.advance(MINUTE).await;
    for pair in pairs {
        verify(&site, &pair.access).await.expect_ok();
    }
}

/// By `verify`, which counts as a use of the access token, the rotation is confirmed. From then
/// on the former token is superseded, and its use ends the session for both parties.
#[tokio::test]
async fn superseded_token_ends_the_session() {
    let site = open().await;
    let first = sign_in(&site).await;
    site.advance(MINUTE).await;
    let second = Pair::of(&refresh(&site, &first.refresh).await);
    verify(&site, &second.access).await.expect_ok();
    site.advance(Duration::from_secs(31)).await;
    let ended = "Token is blacklisted";
    assert_invalid_token(&refresh(&site, &first.refresh).await, ended);
    assert_invalid_token(&verify(&site, &second.access).await, ended);
    assert_invalid_token(&refresh(&site, &second.refresh).await, ended);
}

/// Both interfaces accept the tokens of a session, and the rotation is one.
#[tokio::test]
async fn token_copied_into_a_browser_is_detected() {
    let site = open().await;
    let first = sign_in(&site).await;
    let mut browser = site.browser();
    browser
        .jar
        .insert("refresh_token".to_owned(), first.refresh.clone());
    site.advance(MINUTE).await;
    browser.refresh().await.expect_ok();
    browser.session().await.expect_ok();
    site.advance(Duration::from_secs(31)).await;
    let ended = "Token is blacklisted";
    assert_invalid_token(&refresh(&site, &first.refresh).await, ended);
    browser.session().await.expect_error(401, "session_ended");
}
