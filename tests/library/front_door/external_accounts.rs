//! An application with its own users.

use axum::{Router, routing::get};
use portcullis::SignedIn;
use testkit::{EMAIL, PASSWORD};

use super::{Application, ada, settings};

async fn external_id(user: SignedIn) -> Result<String, portcullis::ApiError> {
    Ok(user.account().await?.external_id.unwrap_or_default())
}

#[tokio::test]
async fn handler_gets_the_external_id() {
    let application = Application::open().await;
    let routes = Router::new().route("/api/me", get(external_id));
    let mut browser = application.signed_in(routes).await;
    assert_eq!(browser.get("/api/me").await.text(), ada().id());
}

#[tokio::test]
async fn external_accounts_only_closes_registration() {
    let (folder, builder) = settings();
    let auth = builder.external_accounts_only().open().await;
    let auth = auth.expect("opened");
    let application = Application { auth, folder };
    let routes = Router::new()
        .route("/api/me", get(external_id))
        .merge(application.auth.routes());
    let mut browser = application.signed_in(routes).await;
    let form = [("email", EMAIL), ("password", PASSWORD)];
    for path in ["register", "login"] {
        let path = format!("/api/accounts/auth/{path}/");
        assert_eq!(browser.post_form(&path, &form).await.status, 404, "{path}");
    }
    assert_eq!(browser.get("/api/me").await.text(), ada().id());
    let accounts = application.auth.accounts().list().await.expect("accounts");
    assert_eq!(accounts.len(), 1, "the application's own");
}
