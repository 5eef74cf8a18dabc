//! Streams that wait for the end of their session.

use std::time::Duration;

use axum::{Extension, Router, body::Body, http::Request, routing::get};
use futures::FutureExt;
use portcullis::{
    Portcullis, SignedIn,
    accounts::Email,
    http::SessionEnded,
    sessions::{IssuedTokens, SessionError},
    testing::{close_database, expire_revocation_view},
};
use testkit::{
    EMAIL,
    installation::{Installation, refresh_token, session_id},
    on_both,
};
use tokio::{sync::mpsc, time::timeout};
use tower::ServiceExt;

on_both! { Installation:
    stream_ends_when_its_user_signs_out;
    stream_ends_if_another_process_ends_its_session;
    stream_ends_when_its_account_is_deactivated;
    stream_ends_when_its_refresh_token_is_reused;
    stream_of_an_ended_session_ends_at_once;
    stream_ends_when_the_view_is_stale;
    stream_ends_on_shutdown;
    stream_without_background_tasks_ends_at_once;
}

/// The time within which a stream must end.
const SECOND: Duration = Duration::from_secs(1);

/// A router with a handler that opens streams, as in one process.
struct Streams {
    router: Router,
    opened: mpsc::Receiver<SessionEnded>,
}

impl Streams {
    /// Starts the background tasks.
    fn of(portcullis: &Portcullis) -> Self {
        portcullis.start_tasks();
        Self::without_tasks(portcullis)
    }

    fn without_tasks(portcullis: &Portcullis) -> Self {
        let (sender, opened) = mpsc::channel(1);
        let routes = Router::new().route("/stream", get(stream));
        let router = portcullis.protect(routes.layer(Extension(sender)));
        Self {
            router: router.into_router(),
            opened,
        }
    }

    async fn open(&mut self, issued: &IssuedTokens) -> SessionEnded {
        let bearer = format!("Bearer {}", issued.access.expose());
        let request = Request::get("/stream").header("authorization", bearer);
        let request = request.body(Body::empty()).expect("a request");
        let Ok(response) = self.router.clone().oneshot(request).await;
        assert_eq!(response.status(), 200);
        self.opened.recv().await.expect("a stream")
    }
}

async fn stream(user: SignedIn, Extension(opened): Extension<mpsc::Sender<SessionEnded>>) {
    opened.send(user.ended()).await.expect("received");
}

/// Polls once: if this process ends a session, its streams have ended as soon as the call
/// returns.
fn is_open(stream: &mut SessionEnded) -> bool {
    stream.now_or_never().is_none()
}

/// Waits for an end that another process or a background task causes.
async fn assert_ends(stream: &mut SessionEnded) {
    timeout(SECOND, stream)
        .await
        .expect("the stream ends within a second");
}

async fn end(portcullis: &Portcullis, issued: &IssuedTokens) {
    let ended = portcullis.sessions().end(session_id(issued)).await;
    ended.expect("ended");
}

async fn stream_ends_when_its_user_signs_out(installation: Installation) {
    let issued = installation.register().await;
    let other = installation.register_as("grace@example.org").await;
    let mut streams = Streams::of(&installation.portcullis);
    let (mut first, mut second) = (streams.open(&issued).await, streams.open(&issued).await);
    let mut of_other = streams.open(&other).await;
    assert!(is_open(&mut first));
    end(&installation.portcullis, &issued).await;
    assert!(!is_open(&mut first) && !is_open(&mut second));
    assert!(is_open(&mut of_other), "another session's stream");
}

async fn stream_ends_if_another_process_ends_its_session(installation: Installation) {
    let issued = installation.register().await;
    let other = installation.second_process().await;
    let mut stream = Streams::of(&other).open(&issued).await;
    assert!(is_open(&mut stream));
    installation.clock.advance(SECOND);
    end(&installation.portcullis, &issued).await;
    assert_ends(&mut stream).await;
}

async fn stream_ends_when_its_account_is_deactivated(installation: Installation) {
    let issued = installation.register().await;
    let mut stream = Streams::of(&installation.portcullis).open(&issued).await;
    assert!(is_open(&mut stream));
    let email = Email::parse(EMAIL).expect("an address");
    let accounts = installation.portcullis.accounts();
    accounts.set_active(&email, false).await.expect("changed");
    assert!(!is_open(&mut stream));
}

async fn stream_ends_when_its_refresh_token_is_reused(installation: Installation) {
    let first = installation.register().await;
    let mut issued = Vec::new();
    for _ in 0..2 {
        installation.clock.advance(Duration::from_secs(31));
        let last = issued.last().unwrap_or(&first);
        issued.push(installation.refresh(last).await.expect("refreshed"));
    }
    let mut stream = Streams::of(&installation.portcullis).open(&issued[1]).await;
    assert!(is_open(&mut stream));
    let sessions = installation.portcullis.sessions();
    let reused = sessions.refresh(refresh_token(&first)).await;
    assert!(matches!(reused, Err(SessionError::Reuse)), "{reused:?}");
    assert!(!is_open(&mut stream));
}

async fn stream_of_an_ended_session_ends_at_once(installation: Installation) {
    let issued = installation.register().await;
    let (sender, mut opened) = mpsc::channel(1);
    let portcullis = installation.portcullis.clone();
    portcullis.start_tasks();
    let ending = async move |user: SignedIn| {
        let sessions = portcullis.sessions();
        sessions.end(user.session_id()).await.expect("ended");
        sender.send(user.ended()).await.expect("received");
    };
    let routes = Router::new().route("/stream", get(ending));
    let router = installation.portcullis.protect(routes).into_router();
    let bearer = format!("Bearer {}", issued.access.expose());
    let request = Request::get("/stream").header("authorization", bearer);
    let Ok(_) = router
        .oneshot(request.body(Body::empty()).expect("a request"))
        .await;
    assert!(!is_open(&mut opened.recv().await.expect("a stream")));
}

async fn stream_ends_when_the_view_is_stale(installation: Installation) {
    let issued = installation.register().await;
    let mut stream = Streams::of(&installation.portcullis).open(&issued).await;
    close_database(&installation.portcullis).await;
    // The background tasks could end it later.
    let open = timeout(SECOND / 10, &mut stream).await;
    assert!(open.is_err(), "a closed database ends no stream");
    expire_revocation_view(&installation.portcullis);
    assert_ends(&mut stream).await;
}

async fn stream_ends_on_shutdown(installation: Installation) {
    let issued = installation.register().await;
    let mut stream = Streams::of(&installation.portcullis).open(&issued).await;
    assert!(is_open(&mut stream));
    installation.portcullis.shutdown().await;
    assert!(!is_open(&mut stream));
}

async fn stream_without_background_tasks_ends_at_once(installation: Installation) {
    let issued = installation.register().await;
    let mut streams = Streams::without_tasks(&installation.portcullis);
    assert!(!is_open(&mut streams.open(&issued).await));
}
