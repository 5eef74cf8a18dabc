//! Bad input gets a sentence and a code, and leaves nothing behind.

use axum::body::Body;
use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{Site, get, post};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn malformed_forms_are_422() {
    let site = Site::open().await;
    let bodies: [(&str, &[u8]); 16] = [
        ("nothing", b""),
        ("no field", b"&&&"),
        ("half a field", b"email"),
        ("other fields", b"user=a&pass=b"),
        ("one of two", b"email=ada%40example.org"),
        ("the same twice", b"email=a%40b.c&email=d%40e.f&password=x"),
        ("a list", b"email[]=a%40b.c&password=x"),
        ("a map", b"email[a]=b&password=x"),
        ("deep", b"email[a][b][c][d][e][f][g][h][i][j]=k&password=x"),
        ("a wrong escape", b"email=%zz&password=%"),
        ("not UTF-8", b"email=%ff%fe&password=%c3%28"),
        ("raw bytes", b"\xff\xfe\x00\x01=\x02"),
        ("NUL", b"email=%00&password=%00"),
        ("JSON", b"{\"email\":\"ada@example.org\",\"password\":\"x\"}"),
        ("XML", b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
        ("brackets alone", b"[]=&[[]]=1&email]=2"),
    ];
    for path in [paths::REGISTER, paths::LOGIN] {
        for (case, body) in bodies {
            let answer = site.send(post(path).body(FORM, body.to_vec())).await;
            let is_refused = answer.status == 422 || answer.status == 401;
            assert!(
                is_refused,
                "{path}, {case}: {} {}",
                answer.status,
                answer.text()
            );
            assert!(answer.json()["code"].is_string(), "{path}, {case}");
            assert!(
                !answer.text().contains("missing field"),
                "{path}, {case}: a framework's words"
            );
        }
    }
    assert!(site.accounts().await.is_empty());
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let site = Site::open().await;
    for (body, field) in [
        ("email=ada%40example.org", "password"),
        ("password=x", "email"),
    ] {
        let answer = site.send(post(paths::LOGIN).body(FORM, body)).await;
        let error = answer.is_error(422, "invalid_input");
        assert_eq!(error["fields"][field]["code"], "missing");
    }
}

#[tokio::test]
async fn json_is_taken_as_a_form_and_wrong_types_are_named() {
    let site = Site::open().await;
    site.browser().register().await;
    let good = format!("{{\"email\":\"{EMAIL}\",\"password\":\"{PASSWORD}\",\"next\":null}}");
    let ask = |body: &str| site.send(post(paths::LOGIN).body("application/json", body.to_owned()));
    ask(&good).await.is_ok();

    for (body, field, problem) in [
        (r#"{"email":"ada@example.org"}"#, "password", "missing"),
        (r#"{"email":null,"password":"x"}"#, "email", "missing"),
        (r#"{"email":["a@b.c"],"password":"x"}"#, "email", "invalid"),
        (r#"{"email":{"$ne":""},"password":"x"}"#, "email", "invalid"),
    ] {
        let error = ask(body).await.is_error(422, "invalid_input");
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
        ask(body).await.is_error(422, "invalid_input");
    }
    for body in [
        "{\"email\":1,\"password\":true}",
        "{\"email\":\"\\u0000\",\"password\":\"\\ud800\"}",
    ] {
        let answer = ask(body).await;
        assert!(
            matches!(answer.status, 401 | 422),
            "{body}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn oversized_bodies_are_413_whether_they_say_so_or_not() {
    let site = Site::open().await;
    for path in [paths::REGISTER, paths::LOGIN, paths::LOGOUT, paths::REFRESH] {
        let large = vec![b'a'; 64 * 1024 + 1];
        site.send(post(path).body(FORM, large))
            .await
            .is_error(413, "too_large");

        let chunk = || Ok::<_, std::io::Error>(vec![b'a'; 1024]);
        let chunks = futures::stream::iter(std::iter::repeat_with(chunk).take(65));
        let answer = site
            .send(post(path).body(FORM, Body::from_stream(chunks)))
            .await;
        answer.is_error(413, "too_large");
    }
    // A page takes no body, and reads none.
    let large = vec![b'a'; 64 * 1024 + 1];
    let refused = site.send(post("/login").body(FORM, large)).await;
    refused.is_error(405, "method_not_allowed");
    assert!(site.accounts().await.is_empty());
}

#[tokio::test]
async fn a_body_that_just_fits_is_read() {
    let site = Site::open().await;
    let body = format!("email=a&password={}", "p".repeat(64 * 1024 - 17));
    let answer = site.send(post(paths::LOGIN).body(FORM, body)).await;
    answer.is_error(401, "invalid_credentials");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let site = Site::open().await;
    let parts = vec![Ok(b"email=a".to_vec()), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures::stream::iter(parts));
    let answer = site.send(post(paths::LOGIN).body(FORM, body)).await;
    answer.is_error(422, "invalid_input");
}

#[tokio::test]
async fn broken_cookies_are_those_of_nobody() {
    let site = Site::open().await;
    site.browser().register().await;
    let many = "a=b; ".repeat(1000);
    let long = format!("access_token={}", "a".repeat(20_000));
    let cookies: [(&str, &[u8]); 12] = [
        ("empty", b""),
        ("separators alone", b";;; ; =; ="),
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
        let answer = site
            .send(get(paths::SESSION).header("cookie", cookie))
            .await;
        assert_eq!(answer.status, 401, "{case}: {}", answer.text());
        let ask = post(paths::REFRESH).header("sec-fetch-site", "same-origin");
        let answer = site.send(ask.header("cookie", cookie)).await;
        assert_eq!(answer.status, 401, "{case}: {}", answer.text());
        let page = site
            .send(
                get("/")
                    .header("accept", "text/html")
                    .header("cookie", cookie),
            )
            .await;
        assert_eq!(
            page.status, 200,
            "{case}: a broken cookie must not lock anybody out"
        );
    }
}

#[tokio::test]
async fn odd_headers_harm_nothing() {
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
        for ask in [
            get("/"),
            get(paths::SESSION),
            post(paths::LOGIN),
            get("/favicon.svg"),
        ] {
            let answer = site.send(ask.header(name, value)).await;
            assert!(answer.status < 500, "{name}: {value:?}: {}", answer.status);
        }
    }
}

/// Without JavaScript, a framework sends the browser back to the `Referer`.
#[tokio::test]
async fn a_foreign_referer_leads_nowhere() {
    let site = Site::open().await;
    for referer in [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "\\evil",
    ] {
        let ask = post(paths::LOGIN)
            .form(&[("email", EMAIL), ("password", "wrong and long enough")])
            .header("accept", "text/html")
            .header("referer", referer);
        let answer = site.send(ask).await;
        let location = answer.header("location");
        assert!(location.is_empty() || location.starts_with('/'));
        assert!(
            !location.contains("evil") && !location.contains("javascript"),
            "{referer}: {location}"
        );
    }
}
