//! Cross-site requests: what another site can make a browser send.

use axum::http::Method;
use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{HTTPS, RequestBuilder, Site, post};

const CHANGING_PATHS: [&str; 6] = [
    paths::REGISTER,
    paths::LOGIN,
    paths::LOGOUT,
    paths::REFRESH,
    paths::PASSWORD,
    paths::REVOKE_OTHERS,
];

type Headers = &'static [(&'static str, &'static str)];

fn fields() -> [(&'static str, &'static str); 2] {
    [("email", "eve@example.org"), ("password", PASSWORD)]
}

#[tokio::test]
async fn cross_site_request_is_rejected_on_every_path() {
    // The complete table is in `src/http/same_origin.rs`. This test shows that the
    // router applies it. Each row: the threat, the headers, and whether the request has
    // the cookies of the session.
    let rejected: [(&str, Headers, bool); 4] = [
        (
            "a form on another site",
            &[("sec-fetch-site", "cross-site")],
            true,
        ),
        (
            "signing a user in as the attacker",
            &[("sec-fetch-site", "cross-site")],
            false,
        ),
        (
            "an older browser on another site",
            &[("origin", "https://evil.example")],
            true,
        ),
        (
            "another origin that claims our site",
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://evil.example"),
            ],
            true,
        ),
    ];
    let site = Site::at(HTTPS).await;
    let mut browser = site.browser();
    browser.register().await;
    for (threat, headers, with_cookies) in rejected {
        for path in CHANGING_PATHS {
            let mut request = post(path).form(&fields());
            // The host must not affect the decision.
            request = request
                .header("host", "evil.example")
                .header("x-forwarded-host", "evil.example");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            if with_cookies {
                request = request.header("cookie", browser.cookies());
            }
            let response = site.send(request).await;
            assert_eq!(
                (response.status, &response.json()["code"]),
                (403, &"cross_site".into()),
                "{threat}: {path}"
            );
            assert!(response.set_cookies().is_empty(), "{threat}: {path}");
        }
    }
    assert_eq!(site.accounts().await, [EMAIL], "no account was created");
    browser.session().await.expect_ok();
    assert_eq!(
        browser.session().await.expect_ok()["session"]["rotations"],
        0
    );
}

#[tokio::test]
async fn request_of_own_page_or_program_is_accepted() {
    let site = Site::at(HTTPS).await;
    site.browser().register().await;
    let accepted: [(&str, Headers); 4] = [
        ("own page", &[("sec-fetch-site", "same-origin")]),
        ("address bar", &[("sec-fetch-site", "none")]),
        ("own page in an older browser", &[("origin", HTTPS)]),
        ("program without cookies", &[]),
    ];
    for (sender, headers) in accepted {
        let mut request = post(paths::LOGIN).form(&[("email", EMAIL), ("password", PASSWORD)]);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        assert_eq!(site.send(request).await.status, 200, "{sender}");
    }
}

#[tokio::test]
async fn rejected_origin_gets_the_configured_one() {
    let site = Site::at(HTTPS).await;
    let request = post(paths::LOGIN).header("origin", "https://app.example.net");
    let response = site.send(request).await;
    response.expect_error(403, "cross_site");
    let detail = response.json()["detail"].to_string();
    assert!(detail.contains(HTTPS), "{detail}");
    assert!(!detail.contains("example.net"), "{detail}");
}

#[tokio::test]
async fn program_with_cookies_and_no_origin_is_accepted() {
    let site = Site::at(HTTPS).await;
    let mut browser = site.browser();
    browser.register().await;
    let request = post(paths::REFRESH).header("cookie", browser.cookies());
    assert_eq!(site.send(request).await.status, 200);
}

/// A form of another site can send these content types without a preflight request.
#[tokio::test]
async fn text_and_multipart_bodies_are_rejected() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let form = format!(
        "email=eve%40example.org&password={}",
        PASSWORD.replace(' ', "+")
    );
    let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\neve@example.org\r\n--b--\r\n";
    for path in CHANGING_PATHS {
        for (content_type, body) in [
            ("text/plain", &*form),
            (
                "text/plain;charset=UTF-8",
                "{\"email\":\"eve@example.org\"}",
            ),
            ("multipart/form-data; boundary=b", multipart),
            ("", &*form),
        ] {
            let request = post(path).body(content_type, body.to_owned());
            let response = browser.send(request).await;
            response.expect_error(422, "invalid_input");
            assert!(response.set_cookies().is_empty(), "{path}: {content_type}");
        }
    }
    assert_eq!(site.accounts().await, [EMAIL]);
    browser.session().await.expect_ok();
}

#[tokio::test]
async fn request_other_than_post_changes_nothing() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for path in CHANGING_PATHS {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
        ] {
            let path = format!(
                "{path}?email=eve%40example.org&password={}",
                PASSWORD.replace(' ', "+")
            );
            let response = browser
                .send(RequestBuilder::new(method.clone(), &path))
                .await;
            assert_eq!(response.status, 405, "{method} {path}");
            assert!(response.set_cookies().is_empty());
        }
    }
    assert_eq!(site.accounts().await, [EMAIL]);
    browser.session().await.expect_ok();
}

/// No response has a CORS header.
#[tokio::test]
async fn other_origin_may_read_no_response() {
    let site = Site::at(HTTPS).await;
    let mut browser = site.browser();
    browser.register().await;
    for method in [Method::GET, Method::OPTIONS] {
        for path in [
            "/",
            "/account",
            paths::SESSION,
            paths::LOGIN,
            paths::JWKS,
            "/nowhere",
        ] {
            let request = RequestBuilder::new(method.clone(), path)
                .header("origin", "https://evil.example")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            let response = browser.send(request).await;
            let cors_header = response
                .headers
                .keys()
                .find(|name| name.as_str().starts_with("access-control"));
            assert_eq!(cors_header, None, "{method} {path}");
        }
    }
}
