//! Registering an account.

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::Site;

#[tokio::test]
async fn registration_signs_in() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let response = browser.register().await.json();
    assert_eq!(response["account"]["email"], EMAIL);
    assert_eq!(response["account"]["name"], "Ada");
    assert_eq!(response["account"]["is_admin"], false);
    assert_eq!(response["expires_in"], 1500);

    let session = browser.session().await.expect_ok();
    assert_eq!(session["account"], response["account"]);
    assert_eq!(site.accounts().await, [EMAIL]);
}

#[tokio::test]
async fn registration_without_a_name_succeeds() {
    let site = Site::open().await;
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    let response = site
        .browser()
        .post(paths::REGISTER, &fields)
        .await
        .expect_ok();
    assert_eq!(response["account"]["name"], "");
}

#[tokio::test]
async fn invalid_field_is_named_and_creates_no_account() {
    let site = Site::open().await;
    let (long_password, long_name) = ("p".repeat(1001), "n".repeat(101));
    // The invalid field, its value, and the problem.
    let cases = [
        ("email", "", "missing"),
        ("email", "ada", "invalid_email"),
        ("email", "a\u{200b}da@example.org", "invalid_email"),
        ("email", "a@b\r\nBcc: c@d", "invalid_email"),
        ("password", "", "missing"),
        ("password", "12345678901234", "password_too_short"),
        ("password", &long_password, "password_too_long"),
        ("password", "password1234567", "password_common"),
        ("password", "ada@example.org", "password_personal"),
        ("name", &long_name, "too_long"),
        ("name", "\u{202e}ada", "invalid"),
    ];
    for (field, value, problem) in cases {
        let valid = [("email", EMAIL), ("password", PASSWORD), ("name", "")];
        let fields = valid.map(|(name, valid)| (name, if name == field { value } else { valid }));
        let response = site.browser().post(paths::REGISTER, &fields).await;
        let error = response.expect_error(422, "invalid_input");
        assert_eq!(error["fields"][field]["code"], problem, "{value:?}");
        let named = error["fields"].as_object().map(serde_json::Map::len);
        assert_eq!(named, Some(1), "{value:?}");
        assert!(response.set_cookies().is_empty(), "{value:?}");
    }
    assert!(site.accounts().await.is_empty());
}

#[tokio::test]
async fn all_invalid_fields_are_named() {
    let site = Site::open().await;
    let fields = [("email", "ada"), ("password", "short"), ("name", "")];
    let error = site
        .browser()
        .post(paths::REGISTER, &fields)
        .await
        .expect_error(422, "invalid_input");
    assert_eq!(error["fields"]["email"]["code"], "invalid_email");
    assert_eq!(error["fields"]["password"]["code"], "password_too_short");
}

#[tokio::test]
async fn taken_address_is_rejected_in_every_spelling() {
    let site = Site::open().await;
    site.browser().register().await;
    for email in [
        EMAIL,
        "ADA@Example.org",
        " ada@example.org ",
        "ａｄａ@example.org",
    ] {
        let fields = [("email", email), ("password", "another long password")];
        let response = site.browser().post(paths::REGISTER, &fields).await;
        response.expect_error(409, "email_taken");
        assert!(response.set_cookies().is_empty(), "{email}");
    }
    assert_eq!(site.accounts().await, [EMAIL]);
}

/// The user does not know that the registration has succeeded, and sends the form again.
#[tokio::test]
async fn registration_whose_response_was_lost_is_repeated() {
    let site = Site::open().await;
    let fields = [("email", EMAIL), ("password", PASSWORD), ("name", "Ada")];
    let lost = site.browser().post(paths::REGISTER, &fields).await;
    let lost = lost.expect_ok();
    let mut browser = site.browser();
    let repeated = browser.post(paths::REGISTER, &fields).await.expect_ok();
    assert_eq!(repeated["account"], lost["account"]);
    assert_ne!(repeated["session"]["id"], lost["session"]["id"]);
    browser.session().await.expect_ok();
    assert_eq!(site.accounts().await, [EMAIL]);
}

#[tokio::test]
async fn registration_of_a_deactivated_account_is_not_repeated() {
    let site = Site::open().await;
    site.browser().register().await;
    site.set_active(EMAIL, false).await;
    let fields = [("email", EMAIL), ("password", PASSWORD), ("name", "Ada")];
    let repeated = site.browser().post(paths::REGISTER, &fields).await;
    repeated.expect_error(409, "email_taken");
    assert!(repeated.set_cookies().is_empty());
}

#[tokio::test]
async fn registration_never_creates_an_administrator() {
    let site = Site::open().await;
    let fields = [
        ("email", EMAIL),
        ("password", PASSWORD),
        ("is_admin", "true"),
        ("account[is_admin]", "true"),
    ];
    let response = site.browser().post(paths::REGISTER, &fields).await;
    if response.status == 200 {
        assert_eq!(response.json()["account"]["is_admin"], false);
    } else {
        response.expect_error(422, "invalid_input");
    }
}
