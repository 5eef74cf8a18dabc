//! Background tasks that are not running, and the writes of `shutdown`.

use std::time::Duration;

use axum::{Router, routing::get};
use portcullis::{
    SignedIn,
    sessions::SessionError,
    testing::{Browser, close_database, expire_revocation_view, sign_in},
};
use serde_json::Value;
use testkit::{
    installation::{Installation, refresh_token},
    on_both,
};

use super::{Application, ada, settings};

on_both! { Installation:
    shutdown_writes_pending_confirmations;
}

#[tokio::test]
async fn missing_background_tasks_are_reported() {
    let (_folder, builder) = settings();
    let auth = builder.open_without_tasks().await.expect("opened");
    let jar = sign_in(&auth, &ada()).await;
    let routes = Router::new()
        .route("/api/me", get(async |_: SignedIn| "me"))
        .merge(auth.routes());
    let mut browser = Browser::new(&auth, auth.protect(routes)).with_jar(jar);
    assert_eq!(browser.get("/api/me").await.status, 200);
    for path in ["/readyz", "/healthz"] {
        assert_eq!(browser.get(path).await.status, 503, "{path}");
    }

    expire_revocation_view(&auth);
    let rejected = browser.get("/api/me").await;
    let code = rejected.json::<Value>()["code"].clone();
    assert_eq!(
        (rejected.status.as_u16(), code),
        (503, "tasks_missing".into())
    );

    auth.start_tasks();
    while browser.get("/readyz").await.status != 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(browser.get("/api/me").await.status, 200);
    assert_eq!(browser.get("/healthz").await.text(), "alive\n");
    auth.shutdown().await;
}

/// A restart would not help, so the liveness check succeeds.
#[tokio::test]
async fn healthz_says_that_no_access_token_is_accepted() {
    let application = Application::open().await;
    let mut browser = application.browser(application.auth.routes());
    close_database(&application.auth).await;
    expire_revocation_view(&application.auth);
    let alive = browser.get("/healthz").await;
    assert_eq!(alive.status, 200);
    assert!(alive.text().contains("accepts no access token"));
    assert_eq!(browser.get("/readyz").await.status, 503);
}

/// The access token of a rotation is used, and the process stops. For another process the
/// rotation is confirmed, so that presenting its parent is reuse.
async fn shutdown_writes_pending_confirmations(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(Duration::from_secs(31));
    let second = installation.refresh(&first).await.expect("refreshed");
    let sessions = installation.portcullis.sessions();
    let used = sessions.authenticate(second.access.expose());
    assert!(used.is_ok(), "{used:?}");
    installation.portcullis.shutdown().await;

    installation.clock.advance(Duration::from_secs(31));
    let other = installation.second_process().await;
    let token = refresh_token(&first);
    let reused = other.sessions().refresh(token).await;
    assert!(matches!(reused, Err(SessionError::Reuse)), "{reused:?}");
}
