//! What another site can make a browser send.

use axum::http::Method;
use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{Ask, HTTPS, Site, post};

const CHANGING: [&str; 4] = [paths::REGISTER, paths::LOGIN, paths::LOGOUT, paths::REFRESH];

type Headers = &'static [(&'static str, &'static str)];

fn fields() -> [(&'static str, &'static str); 2] {
    [("email", "eve@example.org"), ("password", PASSWORD)]
}

#[tokio::test]
async fn every_path_that_changes_something_tells_our_pages_from_others() {
    // The whole table is in `src/http/same_origin.rs`; this is that it holds here.
    // The threat, the headers, and whether our cookies come with them.
    let refused: [(&str, Headers, bool); 4] = [
        (
            "a form on another site",
            &[("sec-fetch-site", "cross-site")],
            true,
        ),
        (
            "signing a visitor in as the attacker",
            &[("sec-fetch-site", "cross-site")],
            false,
        ),
        (
            "an older browser on another site",
            &[("origin", "https://evil.example")],
            true,
        ),
        ("no header, but our cookies", &[], true),
    ];
    let site = Site::at(HTTPS).await;
    let mut browser = site.browser();
    browser.register().await;
    for (threat, headers, with_cookies) in refused {
        for path in CHANGING {
            let mut ask = post(path).form(&fields());
            // Who chooses the host must not have chosen the answer.
            ask = ask
                .header("host", "evil.example")
                .header("x-forwarded-host", "evil.example");
            for (name, value) in headers {
                ask = ask.header(name, value);
            }
            if with_cookies {
                ask = ask.header("cookie", browser.cookies());
            }
            let answer = site.send(ask).await;
            assert_eq!(
                (answer.status, &answer.json()["code"]),
                (403, &"cross_site".into()),
                "{threat}: {path}"
            );
            assert!(answer.set_cookies().is_empty(), "{threat}: {path}");
        }
    }
    assert_eq!(site.accounts().await, [EMAIL], "nobody was registered");
    browser.session().await.is_ok();
    assert_eq!(browser.session().await.is_ok()["session"]["renewals"], 0);
}

#[tokio::test]
async fn our_own_pages_and_programs_get_through() {
    let site = Site::at(HTTPS).await;
    site.browser().register().await;
    let passing: [(&str, Headers); 4] = [
        ("our page", &[("sec-fetch-site", "same-origin")]),
        ("the address bar", &[("sec-fetch-site", "none")]),
        ("our page in an older browser", &[("origin", HTTPS)]),
        ("a program without cookies", &[]),
    ];
    for (who, headers) in passing {
        let mut ask = post(paths::LOGIN).form(&[("email", EMAIL), ("password", PASSWORD)]);
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        assert_eq!(site.send(ask).await.status, 200, "{who}");
    }
}

/// What a form of another site can send without asking first.
#[tokio::test]
async fn text_and_multipart_change_nothing() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let form = format!(
        "email=eve%40example.org&password={}",
        PASSWORD.replace(' ', "+")
    );
    let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\neve@example.org\r\n--b--\r\n";
    for path in CHANGING {
        for (kind, body) in [
            ("text/plain", &*form),
            (
                "text/plain;charset=UTF-8",
                "{\"email\":\"eve@example.org\"}",
            ),
            ("multipart/form-data; boundary=b", multipart),
            ("", &*form),
        ] {
            let answer = browser.send(post(path).body(kind, body.to_owned())).await;
            answer.is_error(422, "invalid_input");
            assert!(answer.set_cookies().is_empty(), "{path}: {kind}");
        }
    }
    assert_eq!(site.accounts().await, [EMAIL]);
    browser.session().await.is_ok();
}

#[tokio::test]
async fn nothing_changes_by_reading() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for path in CHANGING {
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
            let answer = browser.send(Ask::new(method.clone(), &path)).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.set_cookies().is_empty());
        }
    }
    assert_eq!(site.accounts().await, [EMAIL]);
    browser.session().await.is_ok();
}

/// No answer invites another origin to read it.
#[tokio::test]
async fn other_origins_may_read_nothing() {
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
            let ask = Ask::new(method.clone(), path)
                .header("origin", "https://evil.example")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            let answer = browser.send(ask).await;
            let opened = answer
                .headers
                .keys()
                .find(|name| name.as_str().starts_with("access-control"));
            assert_eq!(opened, None, "{method} {path}");
        }
    }
}
