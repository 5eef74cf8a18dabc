//! Which token counts, and for whom.

use std::time::Duration;

use portcullis::wire::{SIGNED_IN_HEADER, paths};

use crate::site::{Answer, HTTPS, MINUTE, Site, get};

async fn ask(site: &Site, cookie: &str, bearer: &str) -> Answer {
    let mut ask = get(paths::SESSION).header("accept", "application/json");
    if !cookie.is_empty() {
        ask = ask.header("cookie", cookie);
    }
    if !bearer.is_empty() {
        ask = ask.header("authorization", bearer);
    }
    site.send(ask).await
}

/// Leptos would send whoever opens the address in a browser back to a form.
#[tokio::test]
async fn the_answer_is_the_same_for_a_person_who_opens_the_address() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let open = || get(paths::SESSION).header("accept", "text/html");
    site.send(open()).await.is_error(401, "not_signed_in");
    browser.register().await;
    browser.send(open()).await.is_ok();
}

/// Another application on this host may have put anything into the jar.
#[tokio::test]
async fn a_cookie_of_others_with_odd_bytes_changes_nothing() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let cookies = [b"x=\xc3\xa9\xff; ".as_slice(), browser.cookies().as_bytes()].concat();
    let session = get(paths::SESSION).header("cookie", cookies);
    site.send(session).await.is_ok();
}

#[tokio::test]
async fn who_is_signed_in_and_until_when() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.session().await.is_error(401, "not_signed_in");
    browser.register().await;
    site.pass(5 * MINUTE).await;
    let json = browser.session().await.is_ok();
    assert_eq!(json["expires_in"], 20 * 60);
    assert_eq!(json["access_lifetime"], 25 * 60);
    assert_eq!(json["refresh_lead"], 5 * 60);
    assert_eq!(json["session"]["ends_in"], 30 * 24 * 60 * 60 - 5 * 60);
}

/// What a browser goes by to know that its cookies come back.
#[tokio::test]
async fn an_answer_says_whether_it_is_for_somebody_signed_in() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let says = |answer: &Answer| answer.header(SIGNED_IN_HEADER) == "true";
    assert!(!says(&browser.session().await), "nobody");
    browser.register().await;
    assert!(says(&browser.session().await));
    assert!(!says(&browser.refresh().await), "asks for no access token");
}

#[tokio::test]
async fn an_access_token_is_over_to_the_second() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    site.pass(Duration::from_secs(25 * 60 - 1)).await;
    assert_eq!(browser.session().await.is_ok()["expires_in"], 1);
    site.pass(Duration::from_secs(1)).await;
    browser.session().await.is_error(401, "token_expired");
}

#[tokio::test]
async fn the_cookie_comes_first_and_the_header_second() {
    let site = Site::open().await;
    let (mut ada, mut bob) = (site.browser(), site.browser());
    ada.register().await;
    let fields = [
        ("email", "bob@example.org"),
        ("password", "another long password"),
    ];
    bob.post(paths::REGISTER, &fields).await.is_ok();
    let cookie = format!("access_token={}", ada.access());
    let bearer = format!("Bearer {}", bob.access());

    assert_eq!(
        ask(&site, &cookie, &bearer).await.is_ok()["account"]["email"],
        "ada@example.org"
    );
    assert_eq!(
        ask(&site, "", &bearer).await.is_ok()["account"]["email"],
        "bob@example.org"
    );
    // A cookie that is there decides, even where it does not count.
    ask(&site, "access_token=x", &bearer)
        .await
        .is_error(401, "token_invalid");
}

#[tokio::test]
async fn the_header_is_read_as_the_standard_says() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let token = browser.access();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        ask(&site, "", &format!("{scheme} {token}")).await.is_ok();
    }
    for header in [
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer{token}"),
        "Bearer".into(),
    ] {
        ask(&site, "", &header).await.is_error(401, "not_signed_in");
    }
    for header in [
        "Bearer x",
        "Bearer ",
        "Bearer a.b.c",
        &format!("Bearer {token} {token}"),
    ] {
        let answer = ask(&site, "", header).await;
        assert_eq!(answer.status, 401, "{header}");
    }
    let bearer = format!("Bearer {token}");
    let twice = get(paths::SESSION)
        .header("authorization", &bearer)
        .header("authorization", &bearer);
    assert_eq!(site.send(twice).await.status, 401);
}

/// A sibling domain plants a cookie of our name beside ours, before or behind.
#[tokio::test]
async fn a_cookie_that_came_twice_is_refused_in_either_order() {
    for origin in [crate::site::HTTP, HTTPS] {
        let site = Site::at(origin).await;
        let mut browser = site.browser();
        browser.register().await;
        let (name, good) = (browser.name("access_token"), browser.access());
        for (first, second) in [(&*good, "bad"), ("bad", &*good), (&*good, &*good)] {
            let one_header = format!("{name}={first}; {name}={second}");
            ask(&site, &one_header, "")
                .await
                .is_error(401, "token_invalid");
            let two_headers = get(paths::SESSION)
                .header("cookie", format!("{name}={first}"))
                .header("cookie", format!("{name}={second}"));
            site.send(two_headers).await.is_error(401, "token_invalid");
        }
        // And the header does not stand in for it.
        let planted = format!("{name}=bad; {name}={good}");
        let answer = ask(&site, &planted, &format!("Bearer {good}")).await;
        answer.is_error(401, "token_invalid");
    }
}

#[tokio::test]
async fn a_refresh_cookie_that_came_twice_renews_nothing() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let good = browser.refresh_token();
    for (first, second) in [(&*good, "bad"), ("bad", &*good)] {
        let cookie = format!("refresh_token={first}; refresh_token={second}");
        let ask = crate::site::post(paths::REFRESH).header("sec-fetch-site", "same-origin");
        site.send(ask.header("cookie", cookie))
            .await
            .is_error(401, "token_invalid");
    }
    browser.refresh().await.is_ok();
}

#[tokio::test]
async fn the_name_of_a_cookie_counts_to_the_letter() {
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
        ask(&site, &format!("{name}={token}"), "")
            .await
            .is_error(401, "not_signed_in");
        // Beside ours it neither helps nor harms.
        let both = format!("{name}=bad; __Host-access_token={token}");
        ask(&site, &both, "").await.is_ok();
    }
}

/// No token stands in for another kind.
#[tokio::test]
async fn a_refresh_token_is_no_access_token() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let refresh = browser.refresh_token();
    ask(&site, &format!("access_token={refresh}"), "")
        .await
        .is_error(401, "token_invalid");
    ask(&site, "", &format!("Bearer {refresh}"))
        .await
        .is_error(401, "token_invalid");
}

#[tokio::test]
async fn a_token_of_another_installation_does_not_count() {
    let (here, there) = (Site::open().await, Site::open().await);
    let mut browser = there.browser();
    browser.register().await;
    let mut stranger = here.browser();
    stranger.jar.clone_from(&browser.jar);
    stranger.session().await.is_error(401, "token_invalid");
    stranger.refresh().await.is_error(401, "token_invalid");
}

#[tokio::test]
async fn an_altered_token_does_not_count() {
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
        ("parts exchanged", format!("{claims}.{head}.{signature}")),
        // {"alg":"none","typ":"at+jwt"}
        (
            "alg none",
            format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{claims}."),
        ),
    ];
    for (case, token) in altered {
        let answer = ask(&site, "", &format!("Bearer {token}")).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (401, &"token_invalid".into()),
            "{case}"
        );
    }
}
