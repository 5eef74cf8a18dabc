//! The layers do not change the application's own requests and responses.

use axum::{
    Json, Router,
    http::header::CACHE_CONTROL,
    response::IntoResponse,
    routing::{get, post},
};
use portcullis::SignedIn;
use serde_json::{Value, json};

use super::Application;

fn routes() -> Router {
    Router::new()
        .route(
            "/api/notes",
            post(async |Json(note): Json<Value>| Json(note)),
        )
        .route("/api/public", get(async || cached("public")))
        .route("/api/private", get(async |_: SignedIn| cached("private")))
        .route("/api/silent", get(async || "silent"))
}

fn cached(text: &'static str) -> impl IntoResponse {
    ([(CACHE_CONTROL, "public, max-age=60")], text)
}

#[tokio::test]
async fn application_json_arrives_unchanged() {
    let application = Application::open().await;
    let mut browser = application.signed_in(routes()).await;
    let note = json!({ "title": "a&b=c", "tags": ["x", null], "nested": { "n": 1.5 } });
    let response = browser.post_json("/api/notes", &note).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.json::<Value>(), note);
}

#[tokio::test]
async fn cache_control_of_public_responses_is_kept() {
    let application = Application::open().await;
    let mut browser = application.signed_in(routes()).await;
    for (path, expected) in [
        ("/api/public", "public, max-age=60"),
        ("/api/private", "no-store"),
        ("/api/silent", "no-store"),
    ] {
        let response = browser.get(path).await;
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.header("cache-control"), expected, "{path}");
    }
}

#[tokio::test]
async fn cross_site_post_is_rejected() {
    let application = Application::open().await;
    let mut browser = application.signed_in(routes()).await;
    let request = axum::http::Request::post("/api/notes")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/json")
        .body("{}".into());
    let rejected = browser.send(request.expect("a request")).await;
    assert_eq!(rejected.status, 403);
    assert_eq!(rejected.json::<Value>()["code"], "cross_site");
}
