//! The page with the devices of an account.

use portcullis::wire::paths;

use crate::{
    devices::{FIREFOX, UNKNOWN, hostile_user_agents, id, sign_in_from},
    site::Site,
};

#[tokio::test]
async fn hostile_user_agent_is_not_shown() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    for hostile in hostile_user_agents() {
        sign_in_from(&mut browser, &hostile, "192.0.2.7:1").await;
        let page = browser.load("/account/sessions").await;
        assert_eq!(page.status, 200);
        for part in ["<script>alert", "<b>Firefox", "Firefox/"] {
            assert!(!page.text().contains(part), "{}", page.text());
        }
    }
}

#[tokio::test]
async fn devices_page_works_without_javascript() {
    let site = Site::open().await;
    let (mut current, mut lost) = (site.browser(), site.browser());
    current.register().await;
    sign_in_from(&mut lost, FIREFOX.as_bytes(), "192.0.2.7:1").await;
    let lost_id = id(&mut lost).await;

    let page = current.load("/account/sessions").await;
    assert_eq!(page.status, 200);
    let path = paths::revoke(&lost_id);
    for part in [
        "Firefox on Linux",
        "192.0.2.7",
        "This device",
        " UTC</time>",
        &format!("action=\"{path}\""),
        &format!("action=\"{}\"", paths::REVOKE_OTHERS),
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(!page.text().contains("This is your only device."));

    let next = [("next", "/account/sessions?ended=one")];
    let response = current.submit("/account/sessions", &path, &next).await;
    let target = response.header("location").to_owned();
    assert_eq!((response.status, target.as_str()), (303, next[0].1));
    lost.session().await.expect_error(401, "session_ended");
    let page = current.load(&target).await;
    for part in [
        "The device has been signed out.",
        "This is your only device.",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(!page.text().contains("Firefox on Linux"));

    let next = [("next", "/account/sessions?ended=others")];
    let response = current
        .submit("/account/sessions", paths::REVOKE_OTHERS, &next)
        .await;
    assert_eq!(response.header("location"), next[0].1);
    let page = current.load(next[0].1).await;
    let message = "All other devices have been signed out.";
    assert!(page.text().contains(message), "{}", page.text());
}

#[tokio::test]
async fn unknown_device_without_javascript_is_an_error_page() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let next = [("next", "https://evil.example/")];
    let path = paths::revoke(UNKNOWN);
    let response = browser.submit("/account/sessions", &path, &next).await;
    assert_eq!(response.status, 404);
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    let response = browser
        .submit("/account/sessions", paths::REVOKE_OTHERS, &next)
        .await;
    assert_eq!((response.status, response.header("location")), (303, "/"));
}

#[tokio::test]
async fn devices_page_shows_no_text_of_its_address() {
    let site = Site::open().await;
    let mut browser = site.browser();
    browser.register().await;
    let page = browser
        .load("/account/sessions?ended=%3Cb%3Eyou%20won%3C%2Fb%3E")
        .await;
    assert!(!page.text().contains("you won"), "{}", page.text());
}
