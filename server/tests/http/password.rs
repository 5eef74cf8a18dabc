//! Changing the password.

use portcullis::wire::paths;
use testkit::{EMAIL, PASSWORD};

use crate::{
    browser::Browser,
    site::{MINUTE, Response, Site, post},
};

const NEW: &str = "wrong horse, right stable";

async fn change(browser: &mut Browser<'_>, current: &str, new: &str) -> Response {
    let fields = [("current_password", current), ("new_password", new)];
    browser.post(paths::PASSWORD, &fields).await
}

async fn sign_in(site: &Site, password: &str) -> u16 {
    let fields = [("email", EMAIL), ("password", password)];
    site.browser().post(paths::LOGIN, &fields).await.status
}

#[tokio::test]
async fn password_change_keeps_this_browser_signed_in() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let session = browser.session().await.expect_ok()["session"]["id"].clone();
    let json = change(&mut browser, PASSWORD, NEW).await.expect_ok();
    assert_eq!(json["detail"], "Your password has been changed.");
    assert_eq!(json["account"]["email"], EMAIL);
    assert_ne!(json["session"]["id"], session, "a new session");
    let now = browser.session().await.expect_ok();
    assert_eq!(now["session"]["id"], json["session"]["id"]);
    assert_eq!(sign_in(&site, PASSWORD).await, 401);
    assert_eq!(sign_in(&site, NEW).await, 200);
}

#[tokio::test]
async fn password_change_ends_copies_and_other_browsers() {
    let site = Site::open().await;
    let (mut browser, mut other, mut copy) = (site.browser(), site.browser(), site.browser());
    browser.register().await;
    other.sign_in().await.expect_ok();
    copy.jar.clone_from(&browser.jar);
    change(&mut browser, PASSWORD, NEW).await.expect_ok();
    for former in [&mut other, &mut copy] {
        assert!(!site.accepts(&former.access()));
        former.refresh().await.expect_error(401, "password_changed");
    }
    browser.refresh().await.expect_ok();
}

#[tokio::test]
async fn wrong_current_password_does_not_sign_out() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let wrong = change(&mut browser, "wrong", NEW).await;
    let json = wrong.expect_error(401, "invalid_credentials");
    assert_eq!(json["fields"]["current_password"]["code"], "wrong_password");
    assert!(wrong.set_cookies().is_empty());
    browser.session().await.expect_ok();
    assert_eq!(sign_in(&site, PASSWORD).await, 200);
}

#[tokio::test]
async fn invalid_new_password_is_reported_at_its_field() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let long = "a".repeat(1001);
    for (new, problem) in [
        ("", "missing"),
        ("short", "password_too_short"),
        (&*long, "password_too_long"),
        (PASSWORD, "same_password"),
        ("aaaaaaaaaaaaaaaa", "password_common"),
        ("ada@example.org!", "password_personal"),
    ] {
        let rejected = change(&mut browser, PASSWORD, new).await;
        let json = rejected.expect_error(422, "invalid_input");
        assert_eq!(json["fields"]["new_password"]["code"], problem);
    }
    let both = change(&mut browser, "", "short").await;
    let fields = both.expect_error(422, "invalid_input")["fields"].clone();
    assert_eq!(fields["current_password"]["code"], "missing");
    assert_eq!(fields["new_password"]["code"], "password_too_short");
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn password_change_needs_a_session() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut copy = site.browser();
    copy.jar.clone_from(&browser.jar);
    browser.post_empty(paths::LOGOUT).await.expect_ok();
    let signed_out = change(&mut browser, PASSWORD, NEW).await;
    signed_out.expect_error(401, "not_signed_in");
    let ended = change(&mut copy, PASSWORD, NEW).await;
    ended.expect_error(401, "session_ended");
    assert_eq!(sign_in(&site, PASSWORD).await, 200);
}

#[tokio::test]
async fn cross_site_password_change_is_rejected() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let fields = [("current_password", PASSWORD), ("new_password", NEW)];
    let request = post(paths::PASSWORD)
        .form(&fields)
        .header("sec-fetch-site", "cross-site")
        .header("cookie", browser.cookies());
    site.send(request).await.expect_error(403, "cross_site");
    assert_eq!(sign_in(&site, PASSWORD).await, 200);
}

#[tokio::test]
async fn expired_access_token_does_not_reject_the_change() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(30 * MINUTE).await;
    let wrong = change(&mut browser, "wrong", NEW).await;
    wrong.expect_error(401, "invalid_credentials");
    change(&mut browser, PASSWORD, NEW).await.expect_ok();
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn json_changes_the_password() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let json = format!(r#"{{"current_password":"{PASSWORD}","new_password":"{NEW}"}}"#);
    let request = post(paths::PASSWORD)
        .header("accept", "application/json")
        .body("application/json", json);
    browser.send(request).await.expect_ok();
    assert_eq!(sign_in(&site, NEW).await, 200);
}

#[tokio::test]
async fn form_without_javascript_changes_the_password() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let page = "/account/security";
    let next = "/account/security?changed=1";
    let forged = browser.load(next).await;
    assert!(!forged.text().contains(CHANGED), "nothing was changed");

    let fields = [
        ("current_password", PASSWORD),
        ("new_password", NEW),
        ("next", next),
    ];
    let changed = browser.submit(page, paths::PASSWORD, &fields).await;
    assert_eq!((changed.status, changed.header("location")), (303, next));
    let shown = browser.load(next).await;
    assert_eq!(shown.status, 200);
    assert!(shown.text().contains(CHANGED));
    assert!(
        shown
            .text()
            .contains("Password changed; all earlier sessions were ended")
    );

    let again = browser.submit(page, paths::PASSWORD, &fields).await;
    let back = again.header("location").to_owned();
    assert_eq!(again.status, 303);
    let path = back.strip_prefix(site.origin).unwrap_or(&back);
    let shown = browser.load(path).await;
    assert!(shown.text().contains("This is not your current password."));
    assert!(!shown.text().contains("e-mail address or password"));
}

const CHANGED: &str = "Your password has been changed. All other devices";

#[tokio::test]
async fn recent_events_are_those_of_the_caller() {
    let site = Site::open().await;
    let (mut browser, mut other) = (site.browser(), site.browser());
    browser.register().await;
    other.register_as("grace@example.org").await;
    change(&mut browser, PASSWORD, NEW).await.expect_ok();
    let json = browser.get(paths::EVENTS).await.expect_ok();
    let events = json["events"].as_array().expect("a list");
    let names: Vec<_> = events.iter().map(|event| &event["event"]).collect();
    assert_eq!(
        names,
        [
            "authn_password_change",
            "authn_login_success",
            "user_created"
        ]
    );
    assert!(events.iter().all(|event| event["at"].is_u64()));
    let signed_out = site.browser().get(paths::EVENTS).await;
    signed_out.expect_error(401, "not_signed_in");
}

#[tokio::test]
async fn security_page_needs_a_session() {
    let site = Site::open().await;
    let signed_out = site.browser().load("/account/security").await;
    assert_eq!(signed_out.status, 303);
    let mut browser = site.browser();
    browser.register().await;
    let page = browser.load("/account/security").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Account created"));
    assert!(page.text().contains("split_security.wasm"));
    let account = browser.load("/account").await;
    assert!(account.text().contains("/account/security"));
}
