//! Signing in.

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{MINUTE, Site};

#[tokio::test]
async fn sign_in_begins_a_session() {
    let site = Site::open().await;
    site.browser().register().await;
    let mut browser = site.browser();
    let response = browser.sign_in().await.expect_ok();
    assert_eq!(response["account"]["email"], EMAIL);
    assert_eq!(
        browser.session().await.expect_ok()["session"],
        response["session"]
    );
}

#[tokio::test]
async fn address_is_normalized_and_password_is_not() {
    let site = Site::open().await;
    site.browser().register().await;
    let sign_in = async |email: &str, password: &str| {
        site.browser()
            .post(paths::LOGIN, &[("email", email), ("password", password)])
            .await
    };
    sign_in(" ADA@example.org", PASSWORD).await.expect_ok();
    for password in [
        format!(" {PASSWORD}"),
        PASSWORD.to_uppercase(),
        PASSWORD[1..].to_owned(),
    ] {
        sign_in(EMAIL, &password)
            .await
            .expect_error(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn failed_sign_ins_are_indistinguishable() {
    let site = Site::open().await;
    site.browser().register().await;
    let mut responses = Vec::new();
    for (email, password) in [
        ("unknown@example.org", PASSWORD),
        (EMAIL, "not the right password"),
        ("not an address", PASSWORD),
    ] {
        responses.push(
            site.browser()
                .post(paths::LOGIN, &[("email", email), ("password", password)])
                .await,
        );
    }
    site.set_active(EMAIL, false).await;
    responses.push(site.browser().sign_in().await);

    for response in &responses {
        response.expect_error(401, "invalid_credentials");
        assert_eq!(response.bytes, responses[0].bytes);
        let headers = |response: &crate::site::Response| {
            let mut headers: Vec<_> = response
                .headers
                .iter()
                // Each request has an id of its own.
                .filter(|(name, _)| *name != "x-request-id")
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            headers.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
            headers
        };
        assert_eq!(headers(response), headers(&responses[0]));
    }
}

#[tokio::test]
async fn empty_field_is_named() {
    let site = Site::open().await;
    for (fields, missing) in [
        ([("email", ""), ("password", PASSWORD)], "email"),
        ([("email", EMAIL), ("password", "")], "password"),
    ] {
        let error = site
            .browser()
            .post(paths::LOGIN, &fields)
            .await
            .expect_error(422, "invalid_input");
        assert_eq!(error["fields"][missing]["code"], "missing");
    }
}

/// Session fixation: the attacker plants tokens of their own session and waits until the
/// victim signs in.
#[tokio::test]
async fn planted_session_is_never_adopted() {
    let site = Site::open().await;
    let mut victim = site.browser();
    victim.register().await;
    let mut attacker = site.browser();
    attacker.register_as("eve@example.org").await;
    let planted = attacker.session().await.expect_ok()["session"]["id"].clone();

    victim.jar.clone_from(&attacker.jar);
    let response = victim.sign_in().await.expect_ok();
    assert_ne!(response["session"]["id"], planted);
    assert_eq!(response["account"]["email"], EMAIL);
}

#[tokio::test]
async fn second_sign_in_ends_the_former_session() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut before = site.browser();
    before.jar.clone_from(&browser.jar);
    browser.sign_in().await.expect_ok();

    assert!(!site.accepts(&before.access()));
    assert!(site.accepts(&browser.access()));
    before.session().await.expect_error(401, "session_ended");
    before.refresh().await.expect_error(401, "session_ended");
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn sign_in_ends_session_of_lone_refresh_cookie() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut before = site.browser();
    before.jar.clone_from(&browser.jar);
    site.advance(30 * MINUTE).await;
    browser.jar.remove("access_token");
    browser.sign_in().await.expect_ok();
    before.refresh().await.expect_error(401, "session_ended");
}

#[tokio::test]
async fn two_browsers_have_separate_sessions() {
    let site = Site::open().await;
    let (mut one, mut two) = (site.browser(), site.browser());
    one.register().await;
    two.sign_in().await.expect_ok();
    let (one, two) = (
        one.session().await.expect_ok(),
        two.session().await.expect_ok(),
    );
    assert_ne!(one["session"]["id"], two["session"]["id"]);
    assert_eq!(one["account"], two["account"]);
}

#[tokio::test]
async fn last_sign_in_is_recorded_if_enabled() {
    let site = Site::open().await;
    site.browser().register().await;
    let accounts = site.portcullis.accounts().list().await.expect("accounts");
    assert!(accounts[0].last_login_at.is_some());
}
