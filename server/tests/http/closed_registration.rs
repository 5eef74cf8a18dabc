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

/// The style hides the links and the form in a marked page; the tests in the browser see that.
#[tokio::test]
async fn pages_are_marked_if_registration_is_closed() {
    const MARK: &str = "<html lang=\"en\" data-registration=\"closed\">";
    let (closed, open) = (closed().await, Site::open().await);
    for path in ["/", "/login", "/register"] {
        let page = open.browser().load(path).await;
        assert!(!page.text().contains("data-registration"), "{path}");
        let page = closed.browser().load(path).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains(MARK), "{path}");
    }
}

#[tokio::test]
async fn registration_page_says_that_registration_is_closed() {
    let site = closed().await;
    let page = site.browser().load("/register").await;
    assert!(page.text().contains("Registration is closed."));
    assert!(page.text().contains("href=\"/login"));
}
