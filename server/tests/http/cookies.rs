//! Every attribute of every cookie, for HTTPS and for local origins.

use std::collections::BTreeSet;

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{HTTP, HTTPS, MINUTE, Response, Site};

/// Asserts that a response sets exactly these cookies with exactly these
/// attributes, and returns their values.
#[track_caller]
fn assert_sets(response: &Response, origin: &str, expected: [(&str, &str); 2]) -> Vec<String> {
    let cookies = response.set_cookies();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    let is_secure = origin.starts_with("https");
    let prefix = if is_secure { "__Host-" } else { "" };
    let mut values = Vec::new();
    for (cookie, (name, max_age)) in cookies.iter().zip(expected) {
        let (pair, attributes) = cookie.split_once("; ").expect("attributes");
        let (full_name, value) = pair.split_once('=').expect("a name and a value");
        assert_eq!(full_name, format!("{prefix}{name}"));
        let mut expected_attributes =
            BTreeSet::from(["Path=/", "HttpOnly", "SameSite=Lax", max_age]);
        expected_attributes.extend(is_secure.then_some("Secure"));
        assert_eq!(
            attributes.split("; ").collect::<BTreeSet<_>>(),
            expected_attributes,
            "{name}"
        );
        assert!(pair.len() <= 4096, "browsers store at most 4096 bytes");
        values.push(value.to_owned());
    }
    values
}

const ACCESS: (&str, &str) = ("access_token", "Max-Age=1500");
const REFRESH: (&str, &str) = ("refresh_token", "Max-Age=604800");

#[tokio::test]
async fn every_response_sets_the_same_attributes() {
    for origin in [HTTP, HTTPS] {
        let site = Site::at(origin).await;
        let mut browser = site.browser();
        assert_sets(&browser.register().await, origin, [ACCESS, REFRESH]);
        assert_sets(&browser.sign_in().await, origin, [ACCESS, REFRESH]);

        site.advance(20 * MINUTE).await;
        assert_sets(&browser.refresh().await, origin, [ACCESS, REFRESH]);

        site.advance(30 * MINUTE).await;
        assert_sets(&browser.load("/account").await, origin, [ACCESS, REFRESH]);

        let fields = [("email", EMAIL), ("password", PASSWORD), ("next", "/")];
        let response = browser.submit("/login", paths::LOGIN, &fields).await;
        assert_sets(&response, origin, [ACCESS, REFRESH]);

        let response = browser.post_empty(paths::LOGOUT).await;
        let cleared = [
            ("access_token", "Max-Age=0"),
            ("refresh_token", "Max-Age=0"),
        ];
        assert_eq!(assert_sets(&response, origin, cleared), ["", ""]);
    }
}

#[tokio::test]
async fn cookies_of_largest_account_fit_in_browsers() {
    let site = Site::at(HTTPS).await;
    let email = format!("{}@example.org", "a".repeat(242));
    let name = "é".repeat(100);
    let fields = [("email", &*email), ("password", PASSWORD), ("name", &name)];
    let response = site.browser().post(paths::REGISTER, &fields).await;
    response.expect_ok();
    for cookie in response.set_cookies() {
        assert!(
            cookie.len() < 1024,
            "far below 4096 bytes: the cookie has no data of the account"
        );
    }
}

#[tokio::test]
async fn other_response_sets_no_cookie() {
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
