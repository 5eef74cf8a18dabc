//! Bad input gets an error with a message and a code, and changes nothing.

use axum::body::Body;
use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{Site, get, post};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn malformed_form_is_rejected() {
    let site = Site::open().await;
    let bodies: [(&str, &[u8]); 16] = [
        ("empty", b""),
        ("no field", b"&&&"),
        ("half a field", b"email"),
        ("other fields", b"user=a&pass=b"),
        ("one of two", b"email=ada%40example.org"),
        ("a repeated field", b"email=a%40b.c&email=d%40e.f&password=x"),
        ("a list", b"email[]=a%40b.c&password=x"),
        ("a map", b"email[a]=b&password=x"),
        ("a deep map", b"email[a][b][c][d][e][f][g][h][i][j]=k&password=x"),
        ("an invalid escape", b"email=%zz&password=%"),
        ("not UTF-8", b"email=%ff%fe&password=%c3%28"),
        ("raw bytes", b"\xff\xfe\x00\x01=\x02"),
        ("NUL", b"email=%00&password=%00"),
        ("JSON", b"{\"email\":\"ada@example.org\",\"password\":\"x\"}"),
        ("XML", b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
        ("only brackets", b"[]=&[[]]=1&email]=2"),
    ];
    for path in [paths::REGISTER, paths::LOGIN] {
        for (case, body) in bodies {
            let response = site.send(post(path).body(FORM, body.to_vec())).await;
            let is_rejected = response.status == 422 || response.status == 401;
            assert!(
                is_rejected,
                "{path}, {case}: {} {}",
                response.status,
                response.text()
            );
            assert!(response.json()["code"].is_string(), "{path}, {case}");
            assert!(
                !response.text().contains("missing field"),
                "{path}, {case}: the message of a framework"
            );
        }
    }
    assert!(site.accounts().await.is_empty());
}

#[tokio::test]
async fn missing_field_is_named() {
    let site = Site::open().await;
    for (body, field) in [
        ("email=ada%40example.org", "password"),
        ("password=x", "email"),
    ] {
        let response = site.send(post(paths::LOGIN).body(FORM, body)).await;
        let error = response.expect_error(422, "invalid_input");
        assert_eq!(error["fields"][field]["code"], "missing");
    }
}

#[tokio::test]
async fn json_is_accepted_and_wrong_types_are_named() {
    let site = Site::open().await;
    site.browser().register().await;
    let good = format!("{{\"email\":\"{EMAIL}\",\"password\":\"{PASSWORD}\",\"next\":null}}");
    let post_json =
        |body: &str| site.send(post(paths::LOGIN).body("application/json", body.to_owned()));
    post_json(&good).await.expect_ok();

    for (body, field, problem) in [
        (r#"{"email":"ada@example.org"}"#, "password", "missing"),
        (r#"{"email":null,"password":"x"}"#, "email", "missing"),
        (r#"{"email":["a@b.c"],"password":"x"}"#, "email", "invalid"),
        (r#"{"email":{"$ne":""},"password":"x"}"#, "email", "invalid"),
    ] {
        let error = post_json(body).await.expect_error(422, "invalid_input");
        assert_eq!(error["fields"][field]["code"], problem, "{body}");
    }
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "",
        "[]",
        "null",
        "\"text\"",
        "{",
        "{\"email\":1e999}",
        "\u{feff}{}",
        &deep,
    ] {
        post_json(body).await.expect_error(422, "invalid_input");
    }
    for body in [
        "{\"email\":1,\"password\":true}",
        "{\"email\":\"\\u0000\",\"password\":\"\\ud800\"}",
    ] {
        let response = post_json(body).await;
        assert!(
            matches!(response.status, 401 | 422),
            "{body}: {}",
            response.text()
        );
    }
}

#[tokio::test]
async fn oversized_body_is_413_with_and_without_length() {
    let site = Site::open().await;
    for path in [paths::REGISTER, paths::LOGIN, paths::LOGOUT, paths::REFRESH] {
        let large = vec![b'a'; 64 * 1024 + 1];
        site.send(post(path).body(FORM, large))
            .await
            .expect_error(413, "too_large");

        let chunk = || Ok::<_, std::io::Error>(vec![b'a'; 1024]);
        let chunks = futures::stream::iter(std::iter::repeat_with(chunk).take(65));
        let response = site
            .send(post(path).body(FORM, Body::from_stream(chunks)))
            .await;
        response.expect_error(413, "too_large");
    }
    // A page accepts no body and reads none.
    let large = vec![b'a'; 64 * 1024 + 1];
    let response = site.send(post("/login").body(FORM, large)).await;
    response.expect_error(405, "method_not_allowed");
    assert!(site.accounts().await.is_empty());
}

#[tokio::test]
async fn body_of_maximum_size_is_accepted() {
    let site = Site::open().await;
    let body = format!("email=a&password={}", "p".repeat(64 * 1024 - 17));
    let response = site.send(post(paths::LOGIN).body(FORM, body)).await;
    response.expect_error(401, "invalid_credentials");
}

#[tokio::test]
async fn aborted_body_is_rejected() {
    let site = Site::open().await;
    let aborted = std::io::Error::other("aborted");
    let parts = vec![Ok(b"email=a".to_vec()), Err(aborted)];
    let body = Body::from_stream(futures::stream::iter(parts));
    let response = site.send(post(paths::LOGIN).body(FORM, body)).await;
    response.expect_error(422, "invalid_input");
}

#[tokio::test]
async fn broken_cookie_counts_as_signed_out() {
    let site = Site::open().await;
    site.browser().register().await;
    let many = "a=b; ".repeat(1000);
    let long = format!("access_token={}", "a".repeat(20_000));
    let cookies: [(&str, &[u8]); 12] = [
        ("empty", b""),
        ("only separators", b";;; ; =; ="),
        ("no value", b"access_token"),
        ("an empty value", b"access_token="),
        ("not UTF-8", b"access_token=\xff\xfe"),
        ("quoted", b"access_token=\"x\""),
        ("a tab", b"access_token=\tx"),
        ("JSON", b"access_token={\"alg\":\"none\"}"),
        ("SQL", b"refresh_token=' OR 1=1 --"),
        ("many", many.as_bytes()),
        ("long", long.as_bytes()),
        ("dots", b"access_token=...; refresh_token=.."),
    ];
    for (case, cookie) in cookies {
        let response = site
            .send(get(paths::SESSION).header("cookie", cookie))
            .await;
        assert_eq!(response.status, 401, "{case}: {}", response.text());
        let request = post(paths::REFRESH).header("sec-fetch-site", "same-origin");
        let response = site.send(request.header("cookie", cookie)).await;
        assert_eq!(response.status, 401, "{case}: {}", response.text());
        let page = site
            .send(
                get("/")
                    .header("accept", "text/html")
                    .header("cookie", cookie),
            )
            .await;
        assert_eq!(
            page.status, 200,
            "{case}: a broken cookie does not block pages"
        );
    }
}

#[tokio::test]
async fn odd_header_causes_no_server_error() {
    let site = Site::open().await;
    for (name, value) in [
        ("accept", &b"\xff"[..]),
        ("accept", b",,;;q=x,*/*"),
        ("referer", b"\xff"),
        ("referer", b"javascript:alert(1)"),
        ("origin", b"\xff"),
        ("sec-fetch-site", b"\xff"),
        ("authorization", b"\xff"),
        ("authorization", b"Bearer \xff\xfe"),
        ("content-length", b"x"),
        ("accept-encoding", b"\xff, br;q=9"),
        ("range", b"bytes=9-1,0-x"),
        ("if-modified-since", b"never"),
    ] {
        for request in [
            get("/"),
            get(paths::SESSION),
            post(paths::LOGIN),
            get("/favicon.svg"),
        ] {
            let response = site.send(request.header(name, value)).await;
            assert!(
                response.status < 500,
                "{name}: {value:?}: {}",
                response.status
            );
        }
    }
}

/// After a form without JavaScript, the framework redirects to the `Referer`.
#[tokio::test]
async fn foreign_referer_is_not_redirected_to() {
    let site = Site::open().await;
    for referer in [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "\\evil",
    ] {
        let request = post(paths::LOGIN)
            .form(&[("email", EMAIL), ("password", "wrong and long enough")])
            .header("accept", "text/html")
            .header("referer", referer);
        let response = site.send(request).await;
        let location = response.header("location");
        assert!(location.is_empty() || location.starts_with('/'));
        assert!(
            !location.contains("evil") && !location.contains("javascript"),
            "{referer}: {location}"
        );
    }
}
