//! Every attribute of every cookie, for encrypted and for local origins.

use std::collections::BTreeSet;

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{Answer, HTTP, HTTPS, MINUTE, Site};

/// Asserts that an answer sets exactly these cookies with exactly these
/// attributes, and returns the values.
#[track_caller]
fn sets(answer: &Answer, origin: &str, expected: [(&str, &str); 2]) -> Vec<String> {
    let cookies = answer.set_cookies();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    let is_secure = origin.starts_with("https");
    let prefix = if is_secure { "__Host-" } else { "" };
    let mut values = Vec::new();
    for (cookie, (name, max_age)) in cookies.iter().zip(expected) {
        let (pair, attributes) = cookie.split_once("; ").expect("attributes");
        let (set, value) = pair.split_once('=').expect("a pair");
        assert_eq!(set, format!("{prefix}{name}"));
        let mut wanted = BTreeSet::from(["Path=/", "HttpOnly", "SameSite=Lax", max_age]);
        wanted.extend(is_secure.then_some("Secure"));
        assert_eq!(
            attributes.split("; ").collect::<BTreeSet<_>>(),
            wanted,
            "{name}"
        );
        assert!(pair.len() <= 4096, "browsers keep 4096 bytes");
        values.push(value.to_owned());
    }
    values
}

const ACCESS: (&str, &str) = ("access_token", "Max-Age=1500");
const REFRESH: (&str, &str) = ("refresh_token", "Max-Age=604800");

#[tokio::test]
async fn signing_in_renewing_and_signing_out_set_the_same_attributes() {
    for origin in [HTTP, HTTPS] {
        let site = Site::at(origin).await;
        let mut browser = site.browser();
        sets(&browser.register().await, origin, [ACCESS, REFRESH]);
        sets(&browser.sign_in().await, origin, [ACCESS, REFRESH]);

        site.pass(20 * MINUTE).await;
        sets(&browser.refresh().await, origin, [ACCESS, REFRESH]);

        site.pass(30 * MINUTE).await;
        sets(&browser.load("/account").await, origin, [ACCESS, REFRESH]);

        let form = [("next", "/")];
        sets(
            &browser
                .submit(
                    "/login",
                    paths::LOGIN,
                    &[("email", EMAIL), ("password", PASSWORD), form[0]],
                )
                .await,
            origin,
            [ACCESS, REFRESH],
        );

        let answer = browser.post_nothing(paths::LOGOUT).await;
        let gone = [
            ("access_token", "Max-Age=0"),
            ("refresh_token", "Max-Age=0"),
        ];
        assert_eq!(sets(&answer, origin, gone), ["", ""]);
    }
}

#[tokio::test]
async fn the_largest_account_has_cookies_that_browsers_keep() {
    let site = Site::at(HTTPS).await;
    let email = format!("{}@example.org", "a".repeat(242));
    let name = "é".repeat(100);
    let fields = [("email", &*email), ("password", PASSWORD), ("name", &name)];
    let answer = site.browser().post(paths::REGISTER, &fields).await;
    answer.is_ok();
    for cookie in answer.set_cookies() {
        assert!(
            cookie.len() < 1024,
            "far below 4096: nothing of the account is in it"
        );
    }
}

#[tokio::test]
async fn nothing_else_sets_a_cookie() {
    let site = Site::open().await;
    let mut browser = site.browser();
    for path in [
        "/",
        "/login",
        "/register",
        "/account",
        "/nowhere",
        "/api/nowhere/",
        "/healthz",
    ] {
        assert!(browser.load(path).await.set_cookies().is_empty(), "{path}");
    }
    browser.register().await;
    for path in ["/", "/account", paths::SESSION] {
        assert!(browser.load(path).await.set_cookies().is_empty(), "{path}");
    }
}
