//! An application with its own users.

use axum::{Router, routing::get};
use portcullis::{
    SignedIn,
    wire::{AccountAct, paths},
};
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

#[tokio::test]
async fn external_account_may_be_an_administrator() {
    let (folder, builder) = settings();
    let auth = builder.external_accounts_only().open().await;
    let auth = auth.expect("opened");
    let application = Application { auth, folder };
    let routes = application.auth.routes();
    let mut browser = application.signed_in(routes).await;
    let listed = browser.get(paths::ADMIN_ACCOUNTS).await;
    assert_eq!(listed.status, 403);
    let accounts = application.auth.accounts();
    let id = accounts.find_external(ada().id()).await.expect("found").id;
    assert!(accounts.set_admin(id, true).await.expect("done"));
    let search = format!("{}?search={}", paths::ADMIN_ACCOUNTS, ada().id());
    let listed = browser.get(&search).await;
    assert!(listed.text().contains(&id.to_string()), "{}", listed.text());
    let path = paths::account_act(&id.to_string(), AccountAct::RevokeAdmin);
    assert_eq!(browser.post_form(&path, &[]).await.status, 409);
}
