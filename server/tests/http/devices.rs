//! The devices of an account: listing them, and ending one or all others.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use portcullis::wire::paths;
use serde_json::Value;
use testkit::PASSWORD;

use crate::{
    browser::Browser,
    site::{MINUTE, Response, Site, post},
};

pub(crate) const FIREFOX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
pub(crate) const UNKNOWN: &str = "01989a4e-0000-7000-8000-000000000000";

/// User agents with markup, with bytes that are not UTF-8, and with many quotation marks.
pub(crate) fn hostile_user_agents() -> [Vec<u8>; 3] {
    [
        b"<script>alert(1)</script>".to_vec(),
        b"Mozilla/5.0 (\xff\xfe\x80) <b>Firefox/1</b>".to_vec(),
        b"Firefox/\"'<".repeat(700),
    ]
}

async fn list(browser: &mut Browser<'_>) -> Vec<Value> {
    let response = browser.get(paths::SESSIONS).await.expect_ok();
    response["sessions"].as_array().expect("a list").clone()
}

/// Returns the id of the session of this browser.
pub(crate) async fn id(browser: &mut Browser<'_>) -> String {
    let session = browser.session().await.expect_ok();
    session["session"]["id"].as_str().expect("an id").to_owned()
}

async fn revoke(browser: &mut Browser<'_>, id: &str) -> Response {
    browser.post_empty(&paths::revoke(id)).await
}

/// Signs in with these headers and from this address.
pub(crate) async fn sign_in_from(browser: &mut Browser<'_>, user_agent: &[u8], address: &str) {
    let peer: SocketAddr = address.parse().expect("an address");
    let fields = [("email", testkit::EMAIL), ("password", PASSWORD)];
    let request = post(paths::LOGIN)
        .header("accept", "application/json")
        .header("user-agent", user_agent)
        .header("x-forwarded-for", "203.0.113.9")
        .form(&fields)
        .extension(ConnectInfo(peer));
    browser.send(request).await.expect_ok();
}

#[tokio::test]
async fn devices_are_listed_in_words() {
    let site = Site::open().await;
    let (mut first, mut second) = (site.browser(), site.browser());
    first.register().await;
    site.advance(MINUTE).await;
    sign_in_from(&mut second, FIREFOX.as_bytes(), "[::ffff:192.0.2.7]:50000").await;
    let own = (id(&mut first).await, id(&mut second).await);

    let listed = list(&mut second).await;
    let field = |name: &str| -> Vec<_> { listed.iter().map(|s| s[name].clone()).collect() };
    assert_eq!(field("id"), [own.1.as_str(), own.0.as_str()]);
    assert_eq!(field("is_current"), [true, false]);
    assert_eq!(field("browser"), ["Firefox", ""]);
    assert_eq!(field("system"), ["Linux", ""]);
    assert_eq!(field("address"), ["192.0.2.7", ""]);
    let times: Vec<_> = ["created_at", "last_seen_at", "expires_at"]
        .map(|name| listed[1][name].as_u64().expect("seconds"))
        .into();
    assert_eq!(times[0], times[1]);
    assert_eq!(times[2] - times[1], 7 * 24 * 60 * 60);
    assert_eq!(listed[0]["created_at"].as_u64(), Some(times[0] + 60));

    site.advance(20 * MINUTE).await;
    second.refresh().await.expect_ok();
    let seen = list(&mut second).await[0]["last_seen_at"].as_u64();
    assert_eq!(seen, Some(times[0] + 21 * 60));
}

#[tokio::test]
async fn hostile_user_agent_is_not_returned() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for hostile in hostile_user_agents() {
        sign_in_from(&mut browser, &hostile, "192.0.2.7:1").await;
        let listed = list(&mut browser).await;
        let words = ["browser", "system"].map(|name| listed[0][name].as_str());
        assert!(words[0].is_some_and(|word| ["", "Firefox"].contains(&word)));
        assert_eq!(words[1], Some(""));
    }
}

#[tokio::test]
async fn another_device_is_ended() {
    let site = Site::open().await;
    let (mut current, mut lost) = (site.browser(), site.browser());
    current.register().await;
    lost.sign_in().await.expect_ok();
    let (lost_id, access) = (id(&mut lost).await, lost.access());

    let response = revoke(&mut current, &lost_id).await;
    assert_eq!(response.expect_ok()["detail"], "The session has ended.");
    assert!(response.set_cookies().is_empty(), "{response:?}");
    assert!(!site.accepts(&access));
    lost.session().await.expect_error(401, "session_ended");
    lost.refresh().await.expect_error(401, "ended_elsewhere");
    let page = lost.load("/account").await;
    assert_eq!(
        page.header("location"),
        "/login?next=/account&reason=ended_elsewhere"
    );
    assert_eq!(list(&mut current).await.len(), 1);
    revoke(&mut current, &lost_id).await.expect_ok();
}

#[tokio::test]
async fn ended_session_ends_no_other() {
    let site = Site::open().await;
    let (mut current, mut ended) = (site.browser(), site.browser());
    current.register().await;
    ended.sign_in().await.expect_ok();
    let (current_id, ended_id) = (id(&mut current).await, id(&mut ended).await);
    revoke(&mut current, &ended_id).await.expect_ok();
    revoke(&mut ended, &current_id)
        .await
        .expect_error(401, "session_ended");
    let others = ended.post_empty(paths::REVOKE_OTHERS).await;
    others.expect_error(401, "session_ended");
    ended
        .get(paths::SESSIONS)
        .await
        .expect_error(401, "session_ended");
    current.session().await.expect_ok();
}

#[tokio::test]
async fn unknown_and_foreign_sessions_are_404() {
    let site = Site::open().await;
    let (mut ada, mut grace) = (site.browser(), site.browser());
    ada.register().await;
    grace.register_as("grace@example.org").await;
    let foreign = id(&mut grace).await;
    let long = "0".repeat(5_000);
    for id in [
        &foreign, UNKNOWN, "x", "-1", "%00", "%ff%fe", "..", "%2e%2e", "%2F", "'", &long,
    ] {
        revoke(&mut ada, id).await.expect_error(404, "not_found");
    }
    grace.session().await.expect_ok();
    ada.session().await.expect_ok();
}

#[tokio::test]
async fn ending_the_current_session_signs_out() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let own = id(&mut browser).await;
    revoke(&mut browser, &own).await.expect_ok();
    assert!(browser.jar.is_empty());
}

#[tokio::test]
async fn all_other_devices_are_ended() {
    let site = Site::open().await;
    let (mut current, mut one, mut two) = (site.browser(), site.browser(), site.browser());
    current.register().await;
    one.sign_in().await.expect_ok();
    two.sign_in().await.expect_ok();
    for _ in 0..2 {
        let response = current.post_empty(paths::REVOKE_OTHERS).await;
        let detail = response.expect_ok()["detail"].clone();
        assert_eq!(detail, "All other sessions have ended.");
    }
    for browser in [&mut one, &mut two] {
        browser.session().await.expect_error(401, "session_ended");
        browser.refresh().await.expect_error(401, "ended_elsewhere");
    }
    current.session().await.expect_ok();
    assert_eq!(list(&mut current).await.len(), 1);
}

#[tokio::test]
async fn devices_need_a_session() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let listed = browser.get(paths::SESSIONS).await;
    listed.expect_error(401, "not_signed_in");
    for path in [paths::REVOKE_OTHERS, &paths::revoke(UNKNOWN)] {
        let response = browser.post_empty(path).await;
        response.expect_error(401, "not_signed_in");
    }
}

#[tokio::test]
async fn cross_site_request_ends_no_session() {
    let site = Site::open().await;
    let (mut current, mut other) = (site.browser(), site.browser());
    current.register().await;
    other.sign_in().await.expect_ok();
    let other_id = id(&mut other).await;
    for path in [paths::REVOKE_OTHERS, &paths::revoke(&other_id)] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ] {
            let request = post(path)
                .header(name, value)
                .header("cookie", current.cookies());
            let response = site.send(request.form(&[])).await;
            response.expect_error(403, "cross_site");
        }
    }
    other.session().await.expect_ok();
}
