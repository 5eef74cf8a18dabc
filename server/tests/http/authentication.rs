//! Authentication of requests: which tokens are accepted, and from where.

use std::time::Duration;

use portcullis::wire::{SIGNED_IN_HEADER, paths};

use crate::site::{HTTPS, MINUTE, Response, Site, get};

async fn session_with(site: &Site, cookie: &str, bearer: &str) -> Response {
    let mut request = get(paths::SESSION).header("accept", "application/json");
    if !cookie.is_empty() {
        request = request.header("cookie", cookie);
    }
    if !bearer.is_empty() {
        request = request.header("authorization", bearer);
    }
    site.send(request).await
}

/// Leptos would redirect such a navigation back to a form.
#[tokio::test]
async fn session_path_responds_to_a_navigation_with_json() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let open = || get(paths::SESSION).header("accept", "text/html");
    site.send(open()).await.expect_error(401, "not_signed_in");
    browser.register().await;
    browser.send(open()).await.expect_ok();
}

/// Another application on this host may have set any cookie.
#[tokio::test]
async fn foreign_cookie_with_odd_bytes_is_ignored() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let cookies = [b"x=\xc3\xa9\xff; ".as_slice(), browser.cookies().as_bytes()].concat();
    let session = get(paths::SESSION).header("cookie", cookies);
    site.send(session).await.expect_ok();
}

#[tokio::test]
async fn session_reports_remaining_lifetimes() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.session().await.expect_error(401, "not_signed_in");
    browser.register().await;
    site.advance(5 * MINUTE).await;
    let json = browser.session().await.expect_ok();
    assert_eq!(json["expires_in"], 20 * 60);
    assert_eq!(json["access_lifetime"], 25 * 60);
    assert_eq!(json["refresh_lead"], 5 * 60);
    assert_eq!(json["session"]["ends_in"], 30 * 24 * 60 * 60 - 5 * 60);
}

/// A browser uses this header to detect that it sends its cookies back.
#[tokio::test]
async fn response_header_reports_the_signed_in_state() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let is_signed_in = |response: &Response| response.header(SIGNED_IN_HEADER) == "true";
    assert!(!is_signed_in(&browser.session().await), "signed out");
    browser.register().await;
    assert!(is_signed_in(&browser.session().await));
    assert!(
        !is_signed_in(&browser.refresh().await),
        "a refresh does not use the access token"
    );
}

#[tokio::test]
async fn access_token_expires_to_the_second() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.advance(Duration::from_secs(25 * 60 - 1)).await;
    assert_eq!(browser.session().await.expect_ok()["expires_in"], 1);
    site.advance(Duration::from_secs(1)).await;
    browser.session().await.expect_error(401, "token_expired");
}

#[tokio::test]
async fn cookie_takes_precedence_over_bearer_header() {
    let site = Site::open().await;
    let (mut ada, mut bob) = (site.browser(), site.browser());
    ada.register().await;
    bob.register_as("bob@example.org").await;
    let cookie = format!("access_token={}", ada.access());
    let bearer = format!("Bearer {}", bob.access());

    assert_eq!(
        session_with(&site, &cookie, &bearer).await.expect_ok()["account"]["email"],
        "ada@example.org"
    );
    assert_eq!(
        session_with(&site, "", &bearer).await.expect_ok()["account"]["email"],
        "bob@example.org"
    );
    // A cookie takes precedence even if its token is invalid.
    session_with(&site, "access_token=x", &bearer)
        .await
        .expect_error(401, "token_invalid");
}

#[tokio::test]
async fn authorization_header_follows_the_standard() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let token = browser.access();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        session_with(&site, "", &format!("{scheme} {token}"))
            .await
            .expect_ok();
    }
    for header in [
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer{token}"),
        "Bearer".into(),
    ] {
        session_with(&site, "", &header)
            .await
            .expect_error(401, "not_signed_in");
    }
    for header in [
        "Bearer x",
        "Bearer ",
        "Bearer a.b.c",
        &format!("Bearer {token} {token}"),
    ] {
        let response = session_with(&site, "", header).await;
        assert_eq!(response.status, 401, "{header}");
    }
    let bearer = format!("Bearer {token}");
    let twice = get(paths::SESSION)
        .header("authorization", &bearer)
        .header("authorization", &bearer);
    assert_eq!(site.send(twice).await.status, 401);
}

/// An attacker on a sibling domain, or another application on the host, sets a second cookie of
/// the same name, before or after the real one.
#[tokio::test]
async fn planted_cookie_does_not_replace_the_real_one() {
    for origin in [crate::site::HTTP, HTTPS] {
        let site = Site::at(origin).await;
        let mut browser = site.browser();
        browser.register().await;
        let (name, good) = (browser.name("access_token"), browser.access());
        for (first, second) in [(&*good, "bad"), ("bad", &*good), (&*good, &*good)] {
            let one_header = format!("{name}={first}; {name}={second}");
            session_with(&site, &one_header, "").await.expect_ok();
            let two_headers = get(paths::SESSION)
                .header("cookie", format!("{name}={first}"))
                .header("cookie", format!("{name}={second}"));
            site.send(two_headers).await.expect_ok();
        }
    }
}

#[tokio::test]
async fn two_genuine_access_cookies_are_rejected() {
    let site = Site::open().await;
    let (mut browser, mut attacker) = (site.browser(), site.browser());
    browser.register().await;
    attacker.sign_in().await.expect_ok();
    let (good, planted) = (browser.access(), attacker.access());
    for (first, second) in [(&good, &planted), (&planted, &good)] {
        let cookies = format!("access_token={first}; access_token={second}");
        session_with(&site, &cookies, "")
            .await
            .expect_error(401, "token_invalid");
        // The bearer header does not replace the rejected cookies.
        let response = session_with(&site, &cookies, &format!("Bearer {good}")).await;
        response.expect_error(401, "token_invalid");
    }
}

#[tokio::test]
async fn planted_refresh_cookie_does_not_replace_the_real_one() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let (good, access) = (browser.refresh_token(), browser.access());
    for (first, second) in [(&*good, "bad"), (&*access, &*good)] {
        let cookie = format!("refresh_token={first}; refresh_token={second}");
        let request = crate::site::post(paths::REFRESH).header("sec-fetch-site", "same-origin");
        let refreshed = site.send(request.header("cookie", cookie)).await;
        refreshed.expect_ok();
    }
    browser.refresh().await.expect_ok();
}

/// A program decides by it what to do (RFC 6750, section 3).
#[tokio::test]
async fn every_401_has_a_challenge() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let challenge = |response: Response, code| {
        response.expect_error(401, code);
        response.header("www-authenticate").to_owned()
    };
    let missing = browser.session().await;
    assert_eq!(challenge(missing, "not_signed_in"), "Bearer");
    let wrong = browser.sign_in().await;
    assert_eq!(challenge(wrong, "invalid_credentials"), "Bearer");
    browser.register().await;
    site.advance(25 * MINUTE).await;
    let invalid = "Bearer error=\"invalid_token\"";
    let expired = browser.session().await;
    assert_eq!(challenge(expired, "token_expired"), invalid);
    let damaged = session_with(&site, "access_token=x", "").await;
    assert_eq!(challenge(damaged, "token_invalid"), invalid);
    let refreshed = browser.refresh().await;
    assert_eq!(refreshed.header("www-authenticate"), "");
}

#[tokio::test]
async fn cookie_name_is_case_sensitive() {
    let site = Site::at(HTTPS).await;
    let mut browser = site.browser();
    browser.register().await;
    let token = browser.access();
    for name in [
        "access_token",
        "__host-access_token",
        "__HOST-access_token",
        "__Host-Access_token",
    ] {
        session_with(&site, &format!("{name}={token}"), "")
            .await
            .expect_error(401, "not_signed_in");
        // Next to the right cookie it has no effect.
        let both = format!("{name}=bad; __Host-access_token={token}");
        session_with(&site, &both, "").await.expect_ok();
    }
}

#[tokio::test]
async fn refresh_token_is_rejected_as_access_token() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let refresh = browser.refresh_token();
    session_with(&site, &format!("access_token={refresh}"), "")
        .await
        .expect_error(401, "token_invalid");
    session_with(&site, "", &format!("Bearer {refresh}"))
        .await
        .expect_error(401, "token_invalid");
}

#[tokio::test]
async fn token_of_another_installation_is_rejected() {
    let (here, there) = (Site::open().await, Site::open().await);
    let mut browser = there.browser();
    browser.register().await;
    let mut foreign = here.browser();
    foreign.jar.clone_from(&browser.jar);
    foreign.session().await.expect_error(401, "token_invalid");
    foreign.refresh().await.expect_error(401, "token_invalid");
}

#[tokio::test]
async fn altered_token_is_rejected() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let token = browser.access();
    let parts: Vec<_> = token.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else {
        panic!("a JWT has three parts")
    };
    let altered = [
        ("no signature", format!("{head}.{claims}.")),
        ("two parts", format!("{head}.{claims}")),
        ("four parts", format!("{token}.{signature}")),
        ("padded", format!("{token}=")),
        ("white space", format!("{head}. {claims}.{signature}")),
        ("swapped parts", format!("{claims}.{head}.{signature}")),
        // {"alg":"none","typ":"at+jwt"}
        (
            "alg none",
            format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{claims}."),
        ),
    ];
    for (case, token) in altered {
        let response = session_with(&site, "", &format!("Bearer {token}")).await;
        assert_eq!(
            (response.status, &response.json()["code"]),
            (401, &"token_invalid".into()),
            "{case}"
        );
    }
}
