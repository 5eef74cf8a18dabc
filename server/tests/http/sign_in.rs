//! Signing in.

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{MINUTE, Site};

#[tokio::test]
async fn signing_in_gives_a_session() {
    let site = Site::open().await;
    site.browser().register().await;
    let mut browser = site.browser();
    let answer = browser.sign_in().await.is_ok();
    assert_eq!(answer["account"]["email"], EMAIL);
    assert_eq!(
        browser.session().await.is_ok()["session"],
        answer["session"]
    );
}

#[tokio::test]
async fn the_address_may_be_written_otherwise_and_the_password_may_not() {
    let site = Site::open().await;
    site.browser().register().await;
    let sign_in = async |email: &str, password: &str| {
        site.browser()
            .post(paths::LOGIN, &[("email", email), ("password", password)])
            .await
    };
    sign_in(" ADA@example.org", PASSWORD).await.is_ok();
    for password in [
        format!(" {PASSWORD}"),
        PASSWORD.to_uppercase(),
        PASSWORD[1..].to_owned(),
    ] {
        sign_in(EMAIL, &password)
            .await
            .is_error(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn unknown_wrong_and_inactive_look_alike() {
    let site = Site::open().await;
    site.browser().register().await;
    let mut seen = Vec::new();
    for (email, password) in [
        ("nobody@example.org", PASSWORD),
        (EMAIL, "not the right password"),
        ("not an address", PASSWORD),
    ] {
        seen.push(
            site.browser()
                .post(paths::LOGIN, &[("email", email), ("password", password)])
                .await,
        );
    }
    site.set_active(EMAIL, false).await;
    seen.push(site.browser().sign_in().await);

    for answer in &seen {
        answer.is_error(401, "invalid_credentials");
        assert_eq!(answer.bytes, seen[0].bytes);
        let names = |answer: &crate::site::Answer| {
            let mut names: Vec<_> = answer
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            names.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
            names
        };
        assert_eq!(names(answer), names(&seen[0]));
    }
}

#[tokio::test]
async fn empty_fields_are_named() {
    let site = Site::open().await;
    for (fields, missing) in [
        ([("email", ""), ("password", PASSWORD)], "email"),
        ([("email", EMAIL), ("password", "")], "password"),
    ] {
        let error = site
            .browser()
            .post(paths::LOGIN, &fields)
            .await
            .is_error(422, "invalid_input");
        assert_eq!(error["fields"][missing]["code"], "missing");
    }
}

/// Session fixation: the attacker plants tokens of the own session and waits.
#[tokio::test]
async fn a_planted_session_is_never_adopted() {
    let site = Site::open().await;
    let mut victim = site.browser();
    victim.register().await;
    let mut attacker = site.browser();
    let fields = [("email", "eve@example.org"), ("password", PASSWORD)];
    attacker.post(paths::REGISTER, &fields).await.is_ok();
    let planted = attacker.session().await.is_ok()["session"]["id"].clone();

    victim.jar.clone_from(&attacker.jar);
    let answer = victim.sign_in().await.is_ok();
    assert_ne!(answer["session"]["id"], planted);
    assert_eq!(answer["account"]["email"], EMAIL);
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut before = site.browser();
    before.jar.clone_from(&browser.jar);
    browser.sign_in().await.is_ok();

    assert!(!site.vouches_for(&before.access()));
    assert!(site.vouches_for(&browser.access()));
    before.session().await.is_error(401, "session_ended");
    before.refresh().await.is_error(401, "session_ended");
    browser.session().await.is_ok();
}

#[tokio::test]
async fn signing_in_again_ends_a_session_of_which_only_the_refresh_token_is_left() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let mut before = site.browser();
    before.jar.clone_from(&browser.jar);
    site.pass(30 * MINUTE).await;
    browser.jar.remove("access_token");
    browser.sign_in().await.is_ok();
    before.refresh().await.is_error(401, "session_ended");
}

#[tokio::test]
async fn two_browsers_have_a_session_each() {
    let site = Site::open().await;
    let (mut one, mut two) = (site.browser(), site.browser());
    one.register().await;
    two.sign_in().await.is_ok();
    let (one, two) = (one.session().await.is_ok(), two.session().await.is_ok());
    assert_ne!(one["session"]["id"], two["session"]["id"]);
    assert_eq!(one["account"], two["account"]);
}

#[tokio::test]
async fn the_last_sign_in_is_noted_where_that_is_set() {
    let site = Site::open().await;
    site.browser().register().await;
    let accounts = site.portcullis.accounts().list().await.expect("accounts");
    assert!(accounts[0].last_login_at.is_some());
}
