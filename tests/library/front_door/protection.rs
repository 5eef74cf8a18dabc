//! Protected pages, and responses that the layers leave unchanged.

use std::time::Duration;

use axum::{
    Json, Router,
    body::Body,
    http::{Method, Request, StatusCode, header::X_FRAME_OPTIONS},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get, post},
};
use portcullis::{
    ApiError, Caller, Portcullis, SignedIn,
    testing::{Browser, TestClock, expire_revocation_view, sign_in},
};
use serde_json::{Value, json};

use super::{Application, ada};

fn pages() -> Router {
    Router::new()
        .route("/account", any(async || "the account"))
        .route("/account/{*rest}", any(async || "below the account"))
        .fallback(async || "anything else")
}

fn request(method: &Method, path: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    request.body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn protection_covers_all_methods_and_spellings() {
    let application = Application::open().await;
    let mut browser = application.browser(pages());
    let loaded = browser.load("/account/a.b?c=d").await;
    assert_eq!(loaded.status, 303);
    assert_eq!(
        loaded.header("location"),
        "/login?next=/account/a.b%3Fc%3Dd"
    );
    for path in ["/account", "/account/", "/account/x.pdf", "/account/a/b"] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
            let rejected = browser.send(request(&method, path)).await;
            assert_eq!(rejected.status, 401, "{method} {path}");
        }
    }
    for path in [
        "/x/../account",
        "/x/%2e%2E/account",
        "//account",
        "/account/a/.",
        "/x%2f..%5caccount",
    ] {
        let rejected = browser.send(request(&Method::GET, path)).await;
        assert_eq!(rejected.status, 404, "{path}");
    }
}

#[tokio::test]
async fn protected_path_is_open_with_a_session() {
    let application = Application::open().await;
    let mut browser = application.signed_in(pages()).await;
    for method in [Method::GET, Method::POST, Method::DELETE] {
        let passed = browser.send(request(&method, "/account/x.pdf")).await;
        assert_eq!(passed.status, 200, "{method}");
    }
    assert_eq!(browser.load("/account").await.text(), "the account");
}

/// A page load with an expired access token is refreshed, and then its handler signs a
/// user in or out.
#[tokio::test]
async fn handler_cookies_win_on_a_refreshed_page_load() {
    async fn callback(caller: Caller) -> Result<Response, ApiError> {
        let issued = caller.sign_in_as(&ada()).await?;
        Ok((issued.cookies, Redirect::to("/account")).into_response())
    }
    async fn sign_out(caller: Caller) -> Result<Response, ApiError> {
        Ok((caller.sign_out().await?, "goodbye").into_response())
    }
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), TestClock::new());
    let auth = Portcullis::builder("https://app.example.org")
        .sqlite(folder.path().join("app.db"))
        .clock(clock.clone());
    let auth = auth.open().await.expect("opened");
    let routes = Router::new()
        .route("/callback", get(callback))
        .route("/leave", get(sign_out))
        .route("/api/me", get(async |_: SignedIn| "me"));
    let jar = sign_in(&auth, &ada()).await;
    let mut browser = Browser::new(&auth, auth.protect(routes)).with_jar(jar);

    clock.advance(Duration::from_secs(26 * 60));
    assert_eq!(browser.load("/callback").await.status, 303);
    assert_eq!(browser.get("/api/me").await.status, 200, "signed in again");
    clock.advance(Duration::from_secs(26 * 60));
    assert_eq!(browser.load("/leave").await.status, 200);
    assert!(browser.jar().is_empty(), "signed out: {:?}", browser.jar());
}

#[tokio::test]
async fn application_responses_are_unchanged() {
    async fn failed() -> impl IntoResponse {
        let mark = [("serverfnerror", "/api/titles")];
        (StatusCode::INTERNAL_SERVER_ERROR, mark, "ServerError|taken")
    }
    let application = Application::open().await;
    let routes = Router::new()
        .route("/api/titles", post(failed))
        .route(
            "/api/admin/notes",
            post(async |Json(note): Json<Value>| Json(note)),
        )
        .route(
            "/framed",
            get(async || ([(X_FRAME_OPTIONS, "SAMEORIGIN")], "framed")),
        );
    let mut browser = application.signed_in(routes).await;
    let failed = browser.post_json("/api/titles", &json!({})).await;
    assert_eq!(
        (failed.status.as_u16(), failed.text()),
        (500, "ServerError|taken")
    );
    let note = json!({ "tags": ["a", "b"] });
    let echoed = browser.post_json("/api/admin/notes", &note).await;
    assert_eq!(echoed.json::<Value>(), note);
    let framed = browser.get("/framed").await;
    assert_eq!(framed.header("x-frame-options"), "SAMEORIGIN");
}

/// As with a service in a `static` that was opened in the runtime of a finished test.
#[test]
fn tasks_restart_after_their_runtime_has_ended() {
    let runtime = || tokio::runtime::Runtime::new().expect("a runtime");
    let first = runtime();
    let application = first.block_on(Application::open());
    drop(first);
    runtime().block_on(async {
        let routes = Router::new().route("/api/me", get(async |_: SignedIn| "me"));
        let mut browser = application.signed_in(routes).await;
        expire_revocation_view(&application.auth);
        let rejected = browser.get("/api/me").await.json::<Value>();
        assert_eq!(rejected["code"], "tasks_missing");
        application.auth.start_tasks();
        while browser.get("/api/me").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        application.auth.shutdown().await;
    });
}
