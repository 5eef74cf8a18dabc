//! The errors have the statuses and bodies of simplejwt.

use std::time::Duration;

use axum::{body::Body, extract::ConnectInfo, http::Method};
use portcullis::wire::paths;
use serde_json::{Value, json};
use testkit::{EMAIL, PASSWORD};

use crate::site::{DAY, MINUTE, RequestBuilder, Response, Site, post};

use super::{PATHS, assert_invalid_token, blacklist, open, refresh, send, sign_in, verify};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const WRONG: &str = "not the right password";

/// A media type, a body, and the problems that the response names.
type Row = (&'static str, &'static str, Value);

#[tokio::test]
async fn invalid_fields_are_400_with_lists() {
    let site = open().await;
    let required = json!(["This field is required."]);
    let blank = json!(["This field may not be blank."]);
    let null = json!(["This field may not be null."]);
    let no_string = json!(["Not a valid string."]);
    let nul = json!(["Null characters are not allowed."]);
    let no_object = |kind| {
        let message = format!("Invalid data. Expected a dictionary, but got {kind}.");
        json!({ "non_field_errors": [message] })
    };
    let both = |problem: &Value| json!({ "email": problem, "password": problem });
    let rows: [Row; 20] = [
        (JSON, "", both(&required)),
        (JSON, "{}", both(&required)),
        (FORM, "a=b", both(&required)),
        (
            JSON,
            r#"{"email":"a@example.org"}"#,
            json!({ "password": required }),
        ),
        (JSON, r#"{"password":"x"}"#, json!({ "email": required })),
        (JSON, r#"{"username":"a"}"#, json!({ "password": required })),
        (
            JSON,
            r#"{"username":""}"#,
            json!({ "username": blank, "password": required }),
        ),
        (JSON, r#"{"email":"","password":""}"#, both(&blank)),
        (JSON, r#"{"email":" ","password":" "}"#, both(&blank)),
        (FORM, "email=a&email=&password=+", both(&blank)),
        (JSON, r#"{"email":null,"password":null}"#, both(&null)),
        (
            JSON,
            r#"{"email":["a"],"password":{"$ne":""}}"#,
            both(&no_string),
        ),
        (JSON, r#"{"email":true,"password":false}"#, both(&no_string)),
        (
            JSON,
            r#"{"email":"a\u0000","password":"x"}"#,
            json!({ "email": nul }),
        ),
        (JSON, "[]", no_object("list")),
        (JSON, "\"text\"", no_object("str")),
        (JSON, "1", no_object("int")),
        (JSON, "1.5", no_object("float")),
        (JSON, "true", no_object("bool")),
        (
            JSON,
            "null",
            json!({ "non_field_errors": ["No data provided"] }),
        ),
    ];
    for (media_type, body, expected) in rows {
        let response = site.send(post(paths::TOKEN).body(media_type, body)).await;
        assert_eq!(
            (response.status, response.json()),
            (400, expected),
            "{body}"
        );
    }
    for (path, name) in [
        (paths::TOKEN_REFRESH, "refresh"),
        (paths::TOKEN_VERIFY, "token"),
        (paths::TOKEN_BLACKLIST, "refresh"),
    ] {
        for (body, problem) in [(json!({}), &required), (json!({ name: "" }), &blank)] {
            let response = send(&site, path, &body).await;
            let expected = json!({ name: problem });
            assert_eq!(
                (response.status, response.json()),
                (400, expected),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn unreadable_body_is_rejected() {
    let site = open().await;
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in ["{", "{\"a\":}", "\u{feff}{}", "{\"email\":1e999}", &deep] {
        let response = site
            .send(post(paths::TOKEN).body(JSON, body.to_owned()))
            .await;
        let expected = json!({ "detail": "JSON parse error" });
        assert_eq!((response.status, response.json()), (400, expected));
    }
    let response = site.send(post(paths::TOKEN).body(JSON, vec![0xff])).await;
    assert_eq!(response.status, 400);
    for media_type in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json5",
    ] {
        let response = site.send(post(paths::TOKEN).body(media_type, "{}")).await;
        let expected = json!({ "detail": "Unsupported media type in request." });
        assert_eq!((response.status, response.json()), (415, expected));
    }
    for path in PATHS {
        let large = vec![b'a'; 64 * 1024 + 1];
        let response = site.send(post(path).body(JSON, large)).await;
        response.expect_error(413, "too_large");
    }
    let parts = vec![Ok(b"{".to_vec()), Err(std::io::Error::other("aborted"))];
    let body = Body::from_stream(futures::stream::iter(parts));
    let response = site.send(post(paths::TOKEN).body(JSON, body)).await;
    assert_eq!(response.status, 400, "{}", response.text());
}

#[tokio::test]
async fn other_method_is_405() {
    let site = open().await;
    for path in PATHS {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let detail = format!("Method \"{method}\" not allowed.");
            let response = site.send(RequestBuilder::new(method, path)).await;
            let expected = json!({ "detail": detail });
            assert_eq!((response.status, response.json()), (405, expected));
            assert_eq!(response.header("allow"), "POST", "{path}");
        }
    }
}

#[tokio::test]
async fn failed_sign_ins_are_indistinguishable() {
    let site = open().await;
    let mut responses = Vec::new();
    for (email, password) in [
        ("unknown@example.org", PASSWORD),
        (EMAIL, WRONG),
        ("not an address", PASSWORD),
        (EMAIL, &*format!(" {PASSWORD}")),
    ] {
        let body = json!({ "email": email, "password": password });
        responses.push(send(&site, paths::TOKEN, &body).await);
    }
    site.set_active(EMAIL, false).await;
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    responses.push(send(&site, paths::TOKEN, &body).await);
    let expected = json!({ "detail": "No active account found with the given credentials" });
    for response in responses {
        assert_eq!((response.status, response.json()), (401, expected.clone()));
        assert_eq!(response.header("www-authenticate"), "Bearer realm=\"api\"");
    }
}

/// The limits are those of the other sign-in, together with it.
#[tokio::test]
async fn wrong_passwords_are_limited() {
    let site = open().await;
    let peer: std::net::SocketAddr = "192.0.2.10:50000".parse().expect("an address");
    let attempt = async |password: &str| -> Response {
        let body = json!({ "email": EMAIL, "password": password });
        let request = post(paths::TOKEN).body(JSON, body.to_string());
        site.send(request.extension(ConnectInfo(peer))).await
    };
    for _ in 0..9 {
        assert_eq!(attempt(WRONG).await.status, 401);
    }
    let mut browser = site.browser().from("192.0.2.10");
    let fields = [("email", EMAIL), ("password", WRONG)];
    let tenth = browser.post(paths::LOGIN, &fields).await;
    tenth.expect_error(401, "invalid_credentials");

    let limited = attempt(PASSWORD).await;
    let detail = "Request was throttled. Expected available in 300 seconds.";
    let expected = json!({ "detail": detail });
    assert_eq!((limited.status, limited.json()), (429, expected));
    assert_eq!(limited.header("retry-after"), "300");
    let sign_in = browser.post(paths::LOGIN, &[("email", EMAIL), ("password", PASSWORD)]);
    sign_in.await.expect_error(429, "too_many_attempts");
    site.advance(Duration::from_secs(299)).await;
    let limited = attempt(PASSWORD).await;
    let detail = "Request was throttled. Expected available in 1 second.";
    assert_eq!(limited.json(), json!({ "detail": detail }));
    site.advance(Duration::from_secs(1)).await;
    attempt(PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn token_of_another_kind_is_rejected() {
    let site = open().await;
    let pair = sign_in(&site).await;
    let invalid = "Token is invalid";
    assert_invalid_token(&refresh(&site, &pair.access).await, invalid);
    assert_invalid_token(&blacklist(&site, &pair.access).await, invalid);
    assert_invalid_token(&verify(&site, &pair.refresh).await, invalid);
    for token in ["x", "x.y.z", "Bearer", "eyJ.eyJ.é"] {
        assert_invalid_token(&refresh(&site, token).await, invalid);
        assert_invalid_token(&blacklist(&site, token).await, invalid);
        assert_invalid_token(&verify(&site, token).await, invalid);
    }
    verify(&site, &pair.access).await.expect_ok();
}

#[tokio::test]
async fn expired_token_is_rejected() {
    let site = open().await;
    let pair = sign_in(&site).await;
    let expired = "Token is expired";
    site.advance(25 * MINUTE).await;
    assert_invalid_token(&verify(&site, &pair.access).await, expired);
    site.advance(8 * DAY).await;
    assert_invalid_token(&refresh(&site, &pair.refresh).await, expired);
    // A client can always sign out.
    blacklist(&site, &pair.refresh).await.expect_ok();
}

#[tokio::test]
async fn tokens_of_inactive_account_are_rejected() {
    let site: Site = open().await;
    let pair = sign_in(&site).await;
    site.set_active(EMAIL, false).await;
    let response = refresh(&site, &pair.refresh).await;
    let expected = json!({ "detail": "No active account found for the given token." });
    assert_eq!((response.status, response.json()), (401, expected));
    let ended = "Token is blacklisted";
    assert_invalid_token(&verify(&site, &pair.access).await, ended);
    site.set_active(EMAIL, true).await;
    assert_invalid_token(&refresh(&site, &pair.refresh).await, ended);
}

/// `Retry-After`, and not one of the 401 after which a client forgets its tokens.
#[tokio::test]
async fn unavailable_database_is_503() {
    let site = open().await;
    let pair = sign_in(&site).await;
    portcullis::testing::close_database(&site.portcullis).await;
    let user = json!({ "email": EMAIL, "password": PASSWORD });
    let token = json!({ "refresh": pair.refresh });
    for (path, body) in [
        (paths::TOKEN, &user),
        (paths::TOKEN_REFRESH, &token),
        (paths::TOKEN_BLACKLIST, &token),
    ] {
        let response = send(&site, path, body).await;
        response.expect_error(503, "busy");
        assert_eq!(response.header("retry-after"), "1", "{path}");
    }
}
