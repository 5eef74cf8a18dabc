//! Redirects after a form: always to a path of this application, for any `next`.

use portcullis::wire::paths;

use testkit::{EMAIL, PASSWORD};

use crate::site::{Site, post};

#[tokio::test]
async fn form_without_javascript_gets_303_to_next() {
    let site = Site::open().await;
    site.browser().register().await;
    for (next, target) in [
        ("/account", "/account"),
        ("/account/sessions?a=b&c=%2F", "/account/sessions?a=b&c=%2F"),
        ("/", "/"),
        ("", "/account"),
        // Non-ASCII characters are percent-encoded, as a browser would do it.
        ("/caf\u{e9}?q=\u{e9}", "/caf%C3%A9?q=%C3%A9"),
    ] {
        let mut browser = site.browser();
        let fields = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
        let response = browser.submit("/login", paths::LOGIN, &fields).await;
        assert_eq!(
            (response.status, response.header("location")),
            (303, target),
            "{next}"
        );
        browser.session().await.expect_ok();
    }
}

#[tokio::test]
async fn foreign_next_is_ignored() {
    let site = Site::open().await;
    site.browser().register().await;
    let foreign = [
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
    for next in foreign {
        let fields = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
        let response = site.browser().submit("/login", paths::LOGIN, &fields).await;
        assert_eq!(
            (response.status, response.header("location")),
            (303, "/account"),
            "login: {next:?}"
        );

        let mut browser = site.browser();
        browser.sign_in().await.expect_ok();
        let response = browser
            .submit("/account", paths::LOGOUT, &[("next", next)])
            .await;
        assert_eq!(
            (response.status, response.header("location")),
            (303, "/"),
            "logout: {next:?}"
        );
    }
}

#[tokio::test]
async fn failed_form_returns_to_its_page_with_a_code() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let fields = [
        ("email", EMAIL),
        ("password", "wrong and long enough"),
        ("next", "/account"),
    ];
    let response = browser
        .submit("/login?next=%2Faccount", paths::LOGIN, &fields)
        .await;
    assert_eq!(response.status, 303);
    let location = response.header("location");
    assert!(location.starts_with("/login?"), "{location}");
    assert!(
        location.contains("next=%2Faccount") && location.contains("__err="),
        "{location}"
    );
    assert!(
        !location.contains("wrong"),
        "no form input in the URL: {location}"
    );

    let page = browser.load(location).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text()
            .contains("The e-mail address or password is incorrect.")
    );
}

/// Users can turn the `Referer` off. The page of a form that does not name it is not known then,
/// and on the front page nothing would show the error.
#[tokio::test]
async fn failed_form_without_a_referer_shows_its_error() {
    let site = Site::open().await;
    let mut browser = site.browser();
    let form = |password| {
        let fields = [
            ("email", EMAIL),
            ("password", password),
            ("next", "/account"),
        ];
        let form = post(paths::LOGIN).form(&fields);
        form.header("accept", "text/html")
            .header("sec-fetch-dest", "document")
    };
    let wrong = browser.send(form("wrong and long enough")).await;
    assert_eq!((wrong.status, wrong.header("location")), (401, ""));
    assert_eq!(wrong.header("content-type"), "text/html; charset=utf-8");
    let message = "The e-mail address or password is incorrect.";
    assert!(wrong.text().contains(message), "{}", wrong.text());

    site.browser().register().await;
    let right = browser.send(form(PASSWORD)).await;
    assert_eq!((right.status, right.header("location")), (303, "/account"));
}

/// Returns the address to which the first form of a page with this path is sent.
fn action(page: &str, path: &str) -> String {
    let actions = page.split("action=\"").skip(1);
    let mut actions = actions.filter_map(|rest| rest.split('"').next());
    let action = actions.find(|action| action.starts_with(path));
    action.expect("the form").replace("&amp;", "&")
}

/// Browsers may shorten the `Referer` to the origin, or send none.
#[tokio::test]
async fn failed_form_returns_to_its_page_without_a_referer() {
    let site = Site::open().await;
    let origin = format!("{}/", site.origin);
    for referer in [None, Some(&*origin), Some("https://evil.example/x")] {
        let mut browser = site.browser();
        let mut address = "/login?next=%2Faccount%3Fa%3Db".to_owned();
        // Each page shows the error of the last form, and no earlier one.
        for (email, message) in [
            (EMAIL, "The e-mail address or password is incorrect."),
            ("", "Please fill this in."),
            (EMAIL, "The e-mail address or password is incorrect."),
        ] {
            let page = browser.load(&address).await;
            let form = post(&action(page.text(), paths::LOGIN))
                .form(&[("email", email), ("password", "wrong and long enough")])
                .header("accept", "text/html")
                .header("sec-fetch-dest", "document");
            let form = match referer {
                Some(referer) => form.header("referer", referer),
                None => form,
            };
            let failed = browser.send(form).await;
            assert_eq!(failed.status, 303, "{referer:?}");
            address = failed.header("location").to_owned();
            let page = "/login?next=%2Faccount%3Fa%3Db&__path=";
            assert!(address.starts_with(page), "{referer:?}: {address}");
            let page = browser.load(&address).await;
            assert!(page.text().contains(message), "{referer:?}: {message}");
            assert_eq!(address.matches("__err").count(), 1, "{address}");
        }
    }
}

/// The page shows an error that its URL names. An attacker who chose the URL must not
/// choose the message.
#[tokio::test]
async fn url_cannot_inject_an_error_message() {
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
