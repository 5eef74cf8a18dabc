//! Opening an account.

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::Site;

#[tokio::test]
async fn registering_signs_in() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let answer = browser.register().await.json();
    assert_eq!(answer["account"]["email"], EMAIL);
    assert_eq!(answer["account"]["name"], "Ada");
    assert_eq!(answer["account"]["is_admin"], false);
    assert_eq!(answer["expires_in"], 1500);

    let session = browser.session().await.is_ok();
    assert_eq!(session["account"], answer["account"]);
    assert_eq!(site.accounts().await, [EMAIL]);
}

#[tokio::test]
async fn the_name_may_be_left_out() {
    let site = Site::open().await;
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    let answer = site.browser().post(paths::REGISTER, &fields).await.is_ok();
    assert_eq!(answer["account"]["name"], "");
}

#[tokio::test]
async fn what_cannot_be_used_is_named_and_leaves_nothing_behind() {
    let site = Site::open().await;
    let (long, wide) = ("p".repeat(1001), "n".repeat(101));
    // The field that cannot be used, its value, and the problem.
    let cases = [
        ("email", "", "missing"),
        ("email", "ada", "invalid_email"),
        ("email", "a\u{200b}da@example.org", "invalid_email"),
        ("email", "a@b\r\nBcc: c@d", "invalid_email"),
        ("password", "", "missing"),
        ("password", "12345678901234", "password_too_short"),
        ("password", &long, "password_too_long"),
        ("name", &wide, "too_long"),
        ("name", "\u{202e}ada", "invalid"),
    ];
    for (field, value, problem) in cases {
        let good = [("email", EMAIL), ("password", PASSWORD), ("name", "")];
        let fields = good.map(|(name, good)| (name, if name == field { value } else { good }));
        let answer = site.browser().post(paths::REGISTER, &fields).await;
        let error = answer.is_error(422, "invalid_input");
        assert_eq!(error["fields"][field]["code"], problem, "{value:?}");
        let named = error["fields"].as_object().map(serde_json::Map::len);
        assert_eq!(named, Some(1), "{value:?}");
        assert!(answer.set_cookies().is_empty(), "{value:?}");
    }
    assert!(site.accounts().await.is_empty());
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let site = Site::open().await;
    let fields = [("email", "ada"), ("password", "short"), ("name", "")];
    let error = site
        .browser()
        .post(paths::REGISTER, &fields)
        .await
        .is_error(422, "invalid_input");
    assert_eq!(error["fields"]["email"]["code"], "invalid_email");
    assert_eq!(error["fields"]["password"]["code"], "password_too_short");
}

#[tokio::test]
async fn an_address_is_taken_however_it_is_written() {
    let site = Site::open().await;
    site.browser().register().await;
    for email in [
        EMAIL,
        "ADA@Example.org",
        " ada@example.org ",
        "ａｄａ@example.org",
    ] {
        let fields = [("email", email), ("password", PASSWORD)];
        let answer = site.browser().post(paths::REGISTER, &fields).await;
        answer.is_error(409, "email_taken");
        assert!(answer.set_cookies().is_empty(), "{email}");
    }
    assert_eq!(site.accounts().await, [EMAIL]);
}

#[tokio::test]
async fn nobody_registers_as_an_administrator() {
    let site = Site::open().await;
    let fields = [
        ("email", EMAIL),
        ("password", PASSWORD),
        ("is_admin", "true"),
        ("account[is_admin]", "true"),
    ];
    let answer = site.browser().post(paths::REGISTER, &fields).await;
    if answer.status == 200 {
        assert_eq!(answer.json()["account"]["is_admin"], false);
    } else {
        answer.is_error(422, "invalid_input");
    }
}
