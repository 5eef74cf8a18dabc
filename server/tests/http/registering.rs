//! Opening an account.

use portcullis::wire::paths;

use crate::{
    browser::{EMAIL, PASSWORD},
    site::Site,
};

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

type Fields<'a> = [(&'a str, &'a str); 3];

#[tokio::test]
async fn what_cannot_be_used_is_named_and_leaves_nothing_behind() {
    let site = Site::open().await;
    let (long, wide) = ("p".repeat(1001), "n".repeat(101));
    let cases: [(&str, Fields<'_>, &str, &str); 9] = [
        (
            "no address",
            [("email", ""), ("password", PASSWORD), ("name", "")],
            "email",
            "missing",
        ),
        (
            "not an address",
            [("email", "ada"), ("password", PASSWORD), ("name", "")],
            "email",
            "invalid_email",
        ),
        (
            "a hidden character",
            [
                ("email", "a\u{200b}da@example.org"),
                ("password", PASSWORD),
                ("name", ""),
            ],
            "email",
            "invalid_email",
        ),
        (
            "a header in the address",
            [
                ("email", "a@b\r\nBcc: c@d"),
                ("password", PASSWORD),
                ("name", ""),
            ],
            "email",
            "invalid_email",
        ),
        (
            "no password",
            [("email", EMAIL), ("password", ""), ("name", "")],
            "password",
            "missing",
        ),
        (
            "14 characters",
            [
                ("email", EMAIL),
                ("password", "12345678901234"),
                ("name", ""),
            ],
            "password",
            "password_too_short",
        ),
        (
            "1001 characters",
            [("email", EMAIL), ("password", &long), ("name", "")],
            "password",
            "password_too_long",
        ),
        (
            "a long name",
            [("email", EMAIL), ("password", PASSWORD), ("name", &wide)],
            "name",
            "too_long",
        ),
        (
            "a name that turns text around",
            [
                ("email", EMAIL),
                ("password", PASSWORD),
                ("name", "\u{202e}ada"),
            ],
            "name",
            "invalid",
        ),
    ];
    for (case, fields, field, problem) in cases {
        let answer = site.browser().post(paths::REGISTER, &fields).await;
        let error = answer.is_error(422, "invalid_input");
        assert_eq!(error["fields"][field]["code"], problem, "{case}");
        assert_eq!(
            error["fields"].as_object().map(serde_json::Map::len),
            Some(1),
            "{case}"
        );
        assert!(answer.set_cookies().is_empty(), "{case}");
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
