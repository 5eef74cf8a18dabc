//! The layers leave alone what is the application's own.

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
async fn json_of_the_application_arrives_unchanged() {
    let application = Application::open().await;
    let mut browser = application.signed_in(routes()).await;
    let note = json!({ "title": "a&b=c", "tags": ["x", null], "nested": { "n": 1.5 } });
    let response = browser.post_json("/api/notes", &note).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.json::<Value>(), note);
}

#[tokio::test]
async fn a_response_says_itself_how_it_is_cached() {
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
async fn a_post_of_another_site_does_not_arrive() {
    let application = Application::open().await;
    let mut browser = application.signed_in(routes()).await;
    let request = axum::http::Request::post("/api/notes")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/json")
        .body("{}".into());
    let refused = browser.send(request.expect("a request")).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json::<Value>()["code"], "cross_site");
}
