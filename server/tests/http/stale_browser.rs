//! A browser whose cookies or pages are older than the state of the server: cookies of a
//! database that is gone, a form that was left open, and a page load that a sign-out overtakes.

use portcullis::wire::paths;
use testkit::{EMAIL, PASSWORD};

use crate::site::{DAY, HTTP, HTTPS, MINUTE, Site};

const FIELDS: [(&str, &str); 3] = [
    ("email", EMAIL),
    ("password", PASSWORD),
    ("next", "/account"),
];

/// The operator kept the secret and began with a new database.
#[tokio::test]
async fn cookies_of_an_emptied_database_lead_to_the_sign_in() {
    let former = Site::open().await;
    let mut browser = former.browser();
    browser.register().await;
    let secret = former.folder.path().join("p.secret");
    assert!(secret.exists(), "the same secret");
    let site = Site::with_builder(|builder| builder.secret_file(secret)).await;
    let mut returning = site.browser();
    returning.jar.clone_from(&browser.jar);

    returning.session().await.expect_error(401, "token_invalid");
    returning.refresh().await.expect_error(401, "token_invalid");
    let page = returning.load("/account").await;
    let location = "/login?next=/account&reason=token_invalid";
    assert_eq!((page.status, page.header("location")), (303, location));
    assert_eq!(returning.load(location).await.status, 200, "no loop");
    returning.register().await;
    assert_eq!(returning.load("/account").await.status, 200);
}

/// No token in the form can expire.
#[tokio::test]
async fn sign_in_form_that_was_left_open_signs_in() {
    let site = Site::open().await;
    site.browser().register().await;
    let mut browser = site.browser();
    browser.sign_in().await.expect_ok();
    let signed_in = browser.clone();
    browser.post_empty(paths::LOGOUT).await.expect_ok();
    assert_eq!(browser.load("/login?next=/account").await.status, 200);
    site.advance(31 * DAY).await;
    for mut browser in [signed_in, browser] {
        let response = browser.submit("/login", paths::LOGIN, &FIELDS).await;
        let location = response.header("location");
        assert_eq!((response.status, location), (303, "/account"));
        browser.session().await.expect_ok();
    }
}

/// The user could not remove such cookies: scripts do not see them.
#[tokio::test]
async fn dead_cookies_prevent_no_sign_in_and_no_sign_out() {
    let elsewhere = Site::open().await;
    let mut foreign = elsewhere.browser();
    foreign.register().await;
    let site = Site::open().await;
    let mut expired = site.browser();
    expired.register().await;
    site.advance(8 * DAY).await;
    let mut altered = site.browser();
    altered.sign_in().await.expect_ok();
    for token in altered.jar.values_mut() {
        token.pop();
    }
    for (case, jar) in [
        ("expired", expired.jar),
        ("altered", altered.jar),
        ("foreign", foreign.jar),
    ] {
        let mut browser = site.browser();
        browser.jar.clone_from(&jar);
        let page = browser.load("/login").await;
        assert_eq!(page.status, 200, "{case}");
        browser.sign_in().await.expect_ok();
        browser.session().await.expect_ok();

        let mut browser = site.browser();
        browser.jar = jar;
        browser.post_empty(paths::LOGOUT).await.expect_ok();
        assert!(browser.jar.is_empty(), "{case}");
    }
}

/// The response of the page load arrives after that of the sign-out, so the browser stores its
/// cookies.
#[tokio::test]
async fn page_load_during_a_sign_out_revives_nothing() {
    for origin in [HTTP, HTTPS] {
        let site = Site::at(origin).await;
        let mut browser = site.browser();
        browser.register().await;
        site.advance(30 * MINUTE).await;
        let mut loading = browser.clone();
        assert_eq!(loading.load("/account").await.status, 200);

        let response = browser.post_empty(paths::LOGOUT).await;
        response.expect_ok();
        let cookies = response.set_cookies();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        assert!(cookies.iter().all(|cookie| cookie.contains("Max-Age=0")));
        assert!(browser.jar.is_empty());

        loading.session().await.expect_error(401, "session_ended");
        let page = loading.load("/account").await;
        assert_eq!(page.status, 303);
        assert!(page.set_cookies().is_empty());
        loading.refresh().await.expect_error(401, "session_ended");
    }
}
