//! Tokens appear in no body, page or URL, and contain no personal data.

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{MINUTE, Response, Site};

/// Asserts that a response has no token outside of `Set-Cookie`, neither a whole token
/// nor its signature.
#[track_caller]
fn assert_no_token(response: &Response, tokens: &[String]) {
    let body = String::from_utf8_lossy(&response.bytes);
    let headers = response
        .headers
        .iter()
        .filter(|(name, _)| *name != "set-cookie");
    let headers: Vec<_> = headers
        .map(|(_, value)| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    for token in tokens {
        let signature = token.rsplit('.').next().expect("a signature");
        for place in headers.iter().chain([&body]) {
            assert!(!place.contains(signature), "a token is in {place}");
        }
    }
    assert!(!body.contains("eyJ"), "the prefix of a JWT is in {body}");
}

#[tokio::test]
async fn tokens_are_in_set_cookie_only() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let mut responses = vec![browser.register().await];
    let mut tokens = vec![browser.access(), browser.refresh_token()];
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    responses.push(browser.submit("/login", paths::LOGIN, &fields).await);
    tokens.extend([browser.access(), browser.refresh_token()]);
    for path in [
        "/",
        "/login",
        "/register",
        "/account",
        "/nowhere",
        paths::SESSION,
        paths::JWKS,
    ] {
        responses.push(browser.load(path).await);
    }
    site.advance(20 * MINUTE).await;
    responses.push(browser.refresh().await);
    tokens.extend([browser.access(), browser.refresh_token()]);
    site.advance(30 * MINUTE).await;
    responses.push(browser.load("/account").await);
    tokens.extend([browser.access(), browser.refresh_token()]);
    responses.push(browser.post_empty(paths::LOGOUT).await);

    assert!(tokens.iter().all(|token| token.len() > 100));
    for response in &responses {
        assert_no_token(response, &tokens);
    }
}

/// A token in a log or in a backup reveals no e-mail address.
#[tokio::test]
async fn token_contains_only_ids_and_times() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for token in [browser.access(), browser.refresh_token()] {
        let claims = token.split('.').nth(1).expect("claims");
        let claims = String::from_utf8(decode(claims)).expect("UTF-8");
        let json: serde_json::Value = serde_json::from_str(&claims).expect("JSON");
        let names: Vec<_> = json
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        let known = [
            "aud", "exp", "gen", "iat", "iss", "jti", "key", "sid", "sub",
        ];
        assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
        assert!(
            !claims.contains("example") && !claims.contains('@'),
            "{claims}"
        );
    }
}

/// Decodes base64url without padding.
fn decode(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = LETTERS.iter().position(|l| *l == letter).expect("a letter");
        buffer = buffer << 6 | u32::try_from(value).expect("six bits");
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).expect("a byte"));
        }
    }
    bytes
}
