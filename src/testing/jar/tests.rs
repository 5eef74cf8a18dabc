use std::time::Duration;

use super::*;
use crate::testing::TestClock;

const HTTPS: &str = "https://app.example.org/account/settings";
const HTTP: &str = "http://app.example.org/";

fn uri(url: &str) -> Uri {
    url.parse().expect("a URL")
}

fn jar(from: &str, set_cookies: &[&str]) -> CookieJar {
    let mut jar = CookieJar::new(TestClock::new());
    for set_cookie in set_cookies {
        jar.store(&uri(from), set_cookie).expect(set_cookie);
    }
    jar
}

fn sent(jar: &CookieJar, to: &str) -> String {
    jar.header(&uri(to)).unwrap_or_default()
}

#[test]
fn cookie_is_sent_to_its_host_and_path() {
    const DOMAIN: &str = "a=1; Path=/; Domain=example.org";
    const DOTTED: &str = "a=1; Path=/; Domain=.example.org";
    let cases = [
        ("a=1", "https://app.example.org/account/x", true),
        ("a=1", "https://app.example.org/account", true),
        ("a=1", "https://app.example.org/accounts", false),
        ("a=1", "https://app.example.org/", false),
        ("a=1; Path=/", "https://app.example.org/", true),
        ("a=1; Path=x", "https://app.example.org/", false),
        ("a=1; Path=/", "https://APP.example.org/", true),
        ("a=1; Path=/", "https://example.org/", false),
        ("a=1; Path=/", "https://x.app.example.org/", false),
        ("a=1; Path=/", "http://app.example.org:8080/", true),
        ("a=1; Path=/; Secure", "http://app.example.org/", false),
        ("a=1; Path=/; Secure", "https://app.example.org:1/", true),
        (DOTTED, "https://example.org/", true),
        (DOMAIN, "https://x.example.org/", true),
        (DOMAIN, "https://badexample.org/", false),
    ];
    for (cookie, to, is_sent) in cases {
        let jar = jar(HTTPS, &[cookie]);
        assert_eq!(!sent(&jar, to).is_empty(), is_sent, "{cookie} to {to}");
    }
}

#[test]
fn cookie_that_a_browser_ignores_is_rejected() {
    use CookieRejection::{Malformed, OtherHost, Prefix, SecureOverHttp};
    const HOST_WITH_DOMAIN: &str = "__Host-a=1; Secure; Path=/; Domain=app.example.org";
    let long = format!("a={}", "x".repeat(4096));
    let cases = [
        (HTTPS, "", Malformed),
        (HTTPS, "=", Malformed),
        (HTTPS, "a=1\r\nb=2", Malformed),
        (HTTPS, &long, Malformed),
        (HTTPS, "a=1; Domain=other.example.org", OtherHost),
        (HTTPS, "a=1; Domain=x.app.example.org", OtherHost),
        ("https://10.0.0.1/", "a=1; Domain=0.0.1", OtherHost),
        (HTTP, "a=1; Secure", SecureOverHttp),
        (HTTPS, "__Secure-a=1", Prefix),
        (HTTPS, "__Host-a=1; Path=/", Prefix),
        (HTTPS, "__host-a=1; Path=/", Prefix),
        (HTTPS, "__Host-a=1; Secure", Prefix),
        (HTTPS, "__Host-a=1; Secure; Path=/account", Prefix),
        (HTTPS, HOST_WITH_DOMAIN, Prefix),
        (HTTPS, "=__Host-a=1; Secure; Path=/", Prefix),
    ];
    for (from, cookie, expected) in cases {
        let stored = CookieJar::new(TestClock::new()).store(&uri(from), cookie);
        assert_eq!(stored, Err(expected), "{from}: {cookie}");
    }
    jar(
        HTTPS,
        &["__Host-a=1; Secure; Path=/", "__Secure-b=2; Secure"],
    );
}

#[test]
fn loopback_host_is_treated_like_https() {
    for host in [
        "localhost",
        "app.localhost",
        "127.0.0.1",
        "127.1.2.3",
        "[::1]",
    ] {
        let page = format!("http://{host}:3000/");
        let jar = jar(&page, &["__Host-a=1; Secure; Path=/"]);
        assert_eq!(sent(&jar, &page), "__Host-a=1", "{host}");
    }
}

#[test]
fn http_cookie_does_not_hide_a_secure_cookie() {
    let mut jar = jar(HTTPS, &["a=1; Secure; Path=/"]);
    let stored = jar.store(&uri(HTTP), "a=2; Path=/account");
    assert_eq!(stored, Err(CookieRejection::OverSecure));
    let above = "a=3; Path=/; Domain=example.org";
    assert_eq!(
        jar.store(&uri(HTTP), above),
        Err(CookieRejection::OverSecure)
    );
    assert_eq!(jar.store(&uri(HTTP), "b=2; Path=/"), Ok(()));
    assert_eq!(sent(&jar, HTTPS), "a=1; b=2");
}

#[test]
fn cookie_expires_by_the_clock_of_the_jar() {
    let clock = TestClock::new();
    let mut jar = CookieJar::new(clock.clone());
    for cookie in [
        "a=1; Max-Age=60",
        "b=2; Max-Age=x",
        "c=3; max-age=9999999999999999999999",
    ] {
        jar.store(&uri(HTTPS), cookie).expect(cookie);
    }
    clock.advance(Duration::from_secs(59));
    assert_eq!(jar.get("a"), Some("1"));
    clock.advance(Duration::from_secs(1));
    assert_eq!((jar.get("a"), sent(&jar, HTTPS)), (None, "b=2; c=3".into()));
    clock.advance(MAX_AGE);
    assert_eq!(jar.names().collect::<Vec<_>>(), ["b"], "400 days at most");
}

#[test]
fn cookie_is_replaced_and_removed() {
    let mut jar = jar(HTTPS, &["a=1; Path=/", "b=2; Path=/", "a=3; Path=/", "a=4"]);
    assert_eq!(sent(&jar, HTTPS), "a=4; a=3; b=2", "longer paths first");
    for removal in ["a=; Path=/; Max-Age=0", "a=; Max-Age=-1"] {
        jar.store(&uri(HTTPS), removal).expect(removal);
    }
    assert_eq!(sent(&jar, HTTPS), "b=2");
    jar.remove("b");
    assert!(jar.is_empty());
}

#[test]
fn debug_shows_no_value() {
    let jar = jar(HTTPS, &["token=secret"]);
    assert_eq!(format!("{jar:?}"), r#"{"token"}"#);
}

const MAX_AGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);
