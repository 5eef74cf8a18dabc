//! No token in any body, page or address, and nothing about a person in a token.

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{Answer, MINUTE, Site};

/// Asserts that neither token, whole or in a part that would serve, is anywhere
/// in an answer but in `Set-Cookie`.
#[track_caller]
fn holds_none(answer: &Answer, tokens: &[String]) {
    let body = String::from_utf8_lossy(&answer.bytes);
    let headers = answer
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
    assert!(!body.contains("eyJ"), "what begins like a JWT is in {body}");
}

#[tokio::test]
async fn tokens_are_in_set_cookie_and_nowhere_else() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let mut answers = vec![browser.register().await];
    let mut tokens = vec![browser.access(), browser.refresh_token()];
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    answers.push(browser.submit("/login", paths::LOGIN, &fields).await);
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
        answers.push(browser.load(path).await);
    }
    site.pass(20 * MINUTE).await;
    answers.push(browser.refresh().await);
    tokens.extend([browser.access(), browser.refresh_token()]);
    site.pass(30 * MINUTE).await;
    answers.push(browser.load("/account").await);
    tokens.extend([browser.access(), browser.refresh_token()]);
    answers.push(browser.post_nothing(paths::LOGOUT).await);

    assert!(tokens.iter().all(|token| token.len() > 100));
    for answer in &answers {
        holds_none(answer, &tokens);
    }
}

/// Whoever finds a token in a log or a backup learns no address from it.
#[tokio::test]
async fn a_token_holds_ids_and_times_alone() {
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

/// Base64url without padding.
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
