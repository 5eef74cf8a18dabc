//! The extractors of the signed-in user.

use axum::{Router, body::Body, http::Request, routing::get};
use portcullis::{
    SignedIn,
    http::Caller,
    testing::{close_database, expire_revocation_view},
    wire::{ApiError, Snapshot},
};
use serde_json::Value;
use testkit::EMAIL;
use tower::ServiceExt;

use super::Application;

fn routes() -> Router {
    Router::new()
        .route("/api/me", get(me))
        .route("/api/greeting", get(greeting))
        .route("/api/caller", get(caller))
        .route("/api/email", get(email))
}

async fn me(user: SignedIn) -> String {
    user.account_id().to_string()
}

async fn greeting(user: Option<SignedIn>) -> &'static str {
    match user {
        Some(_) => "welcome back",
        None => "welcome",
    }
}

async fn caller(caller: Caller) -> String {
    caller.authenticated().is_ok().to_string()
}

async fn email(user: SignedIn) -> Result<String, ApiError> {
    let Snapshot { account, .. } = user.snapshot().await?;
    Ok(account.email)
}

#[tokio::test]
async fn handler_without_a_session_is_not_called() {
    let application = Application::open().await;
    let mut browser = application.browser(routes());
    for path in ["/api/me", "/api/email"] {
        let rejected = browser.get(path).await;
        let code = rejected.json::<Value>()["code"].clone();
        assert_eq!(
            (rejected.status.as_u16(), code),
            (401, "not_signed_in".into())
        );
    }
    assert_eq!(browser.get("/api/greeting").await.text(), "welcome");
    assert_eq!(browser.get("/api/caller").await.text(), "false");
}

#[tokio::test]
async fn handler_with_a_session_gets_the_account() {
    let application = Application::open().await;
    let mut browser = application.signed_in(routes()).await;
    let me = browser.get("/api/me").await;
    let accounts = application.auth.accounts();
    let account = accounts.find_external("users:42").await.expect("found");
    assert_eq!(me.text(), account.id.to_string());
    assert_eq!(browser.get("/api/greeting").await.text(), "welcome back");
    assert_eq!(browser.get("/api/caller").await.text(), "true");
    assert_eq!(browser.get("/api/email").await.text(), EMAIL);
}

/// A request that cannot be authenticated now may be signed in, so it must not count as
/// signed out.
#[tokio::test]
async fn database_outage_signs_no_user_out() {
    let application = Application::open().await;
    let mut browser = application.signed_in(routes()).await;
    close_database(&application.auth).await;
    assert_eq!(browser.get("/api/me").await.status, 200);
    assert_eq!(browser.get("/api/email").await.status, 503);
    expire_revocation_view(&application.auth);
    for path in ["/api/me", "/api/greeting"] {
        let rejected = browser.get(path).await;
        let code = rejected.json::<Value>()["code"].clone();
        assert_eq!(
            (rejected.status.as_u16(), code),
            (503, "busy".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn extractor_outside_protect_names_missing_layer() {
    for path in ["/api/me", "/api/greeting", "/api/caller"] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let Ok(response) = routes().oneshot(request).await;
        assert_eq!(response.status(), 500, "{path}");
        assert_eq!(response.headers()["x-portcullis-code"], "layer_missing");
    }
}
