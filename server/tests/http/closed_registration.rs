//! An installation in which visitors cannot register.

use portcullis::{Registration, wire::paths};
use testkit::{EMAIL, PASSWORD};

use crate::site::Site;

async fn closed() -> Site {
    Site::with_builder(|builder| builder.registration(Registration::Closed)).await
}

#[tokio::test]
async fn closed_registration_is_403_and_creates_no_account() {
    let site = closed().await;
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    let rejected = site.browser().post(paths::REGISTER, &fields).await;
    let error = rejected.expect_error(403, "registration_closed");
    assert_eq!(
        error["detail"],
        "Registration is closed. Ask an administrator for an account."
    );
    assert!(rejected.set_cookies().is_empty());
    // Whatever the form contains.
    let empty = site.browser().post(paths::REGISTER, &[]).await;
    assert_ne!(empty.status, 200);
    assert!(site.accounts().await.is_empty());
}

#[tokio::test]
async fn account_of_an_operator_signs_in() {
    let site = closed().await;
    testkit::installation::register_account(&site.portcullis, EMAIL).await;
    site.browser().sign_in().await.expect_ok();
}

#[tokio::test]
async fn pages_have_no_link_to_a_closed_registration() {
    let (closed, open) = (closed().await, Site::open().await);
    for path in ["/", "/login"] {
        let page = open.browser().load(path).await;
        assert!(page.text().contains("href=\"/register"), "{path}");
        let page = closed.browser().load(path).await;
        assert_eq!(page.status, 200);
        assert!(!page.text().contains("/register"), "{path}");
        assert!(page.text().contains("Sign in"), "{path}");
    }
}

#[tokio::test]
async fn registration_page_says_that_registration_is_closed() {
    let site = closed().await;
    let page = site.browser().load("/register").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Registration is closed."));
    assert!(!page.text().contains("name=\"password\""));
    assert!(page.text().contains("href=\"/login"));
}
