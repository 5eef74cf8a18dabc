//! Where a form goes on to: a path of this application, whatever `next` says.

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::Site;

#[tokio::test]
async fn a_form_without_javascript_goes_on_with_303() {
    let site = Site::open().await;
    site.browser().register().await;
    for (next, target) in [
        ("/account", "/account"),
        ("/account/sessions?a=b&c=%2F", "/account/sessions?a=b&c=%2F"),
        ("/", "/"),
        ("", "/account"),
        // What no header can carry is encoded, as a browser would.
        ("/caf\u{e9}?q=\u{e9}", "/caf%C3%A9?q=%C3%A9"),
    ] {
        let mut browser = site.browser();
        let fields = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
        let answer = browser.submit("/login", paths::LOGIN, &fields).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, target),
            "{next}"
        );
        browser.session().await.is_ok();
    }
}

#[tokio::test]
async fn no_next_leads_to_another_site() {
    let site = Site::open().await;
    site.browser().register().await;
    let ways_out = [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "https:evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/a\r\nSet-Cookie: a=b",
        "/%2Fevil.example",
        "/%5cevil.example",
        " /evil",
        "evil.example",
        "@evil.example",
        "//127.0.0.1:3000@evil.example",
    ];
    for next in ways_out {
        let fields = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
        let answer = site.browser().submit("/login", paths::LOGIN, &fields).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/account"),
            "login: {next:?}"
        );

        let mut browser = site.browser();
        browser.sign_in().await.is_ok();
        let answer = browser
            .submit("/account", paths::LOGOUT, &[("next", next)])
            .await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/"),
            "logout: {next:?}"
        );
    }
}

#[tokio::test]
async fn a_failed_form_goes_back_to_its_page_with_a_code() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let fields = [
        ("email", EMAIL),
        ("password", "wrong and long enough"),
        ("next", "/account"),
    ];
    let answer = browser
        .submit("/login?next=%2Faccount", paths::LOGIN, &fields)
        .await;
    assert_eq!(answer.status, 303);
    let location = answer.header("location");
    assert!(location.starts_with("/login?"), "{location}");
    assert!(
        location.contains("next=%2Faccount") && location.contains("__err="),
        "{location}"
    );
    assert!(
        !location.contains("wrong"),
        "what was entered is in no address: {location}"
    );

    let page = browser.load(location).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text()
            .contains("The e-mail address or the password is not right.")
    );
}

/// The page shows an error that came in an address; whoever made the address
/// must not choose what it says.
#[tokio::test]
async fn an_address_cannot_put_words_on_a_page() {
    let site = Site::open().await;
    // {"detail":"<b>Call 555</b>","code":"<b>Call 555</b>"} in base64url
    let forged = "eyJkZXRhaWwiOiI8Yj5DYWxsIDU1NTwvYj4iLCJjb2RlIjoiPGI-Q2FsbCA1NTU8L2I-In0=";
    for error in [
        forged,
        "Call+555",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "!!!",
    ] {
        let path = format!("/login?__path={}&__err={error}", paths::LOGIN);
        let page = site.browser().load(&path).await;
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(
            !text.contains("Call 555") && !text.contains("alert(1)"),
            "{error}"
        );
    }
}
