//! How a process learns which sessions have ended.

use std::time::{Duration, Instant};

use portcullis::{
    Builder, Portcullis,
    sessions::{IssuedTokens, SessionError},
    testing::panic_revocation_feed,
    token::TokenError,
};
use testkit::{
    installation::{Installation, refresh_token, session_id, until_rejected},
    on_both,
};
use tokio::time::{sleep, timeout};

on_both! { Installation:
    feed_that_panics_is_read_again_within_seconds;
    burst_of_ended_sessions_delays_no_other_end;
    lowered_access_lifetime_holds_at_once;
    lowered_refresh_lifetime_holds_at_once;
    lowered_session_lifetime_holds_at_once;
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn end(portcullis: &Portcullis, issued: &IssuedTokens) {
    let ended = portcullis.sessions().end(session_id(issued)).await;
    ended.expect("ended");
}

async fn feed_that_panics_is_read_again_within_seconds(installation: Installation) {
    let issued = installation.register().await;
    let other = installation.second_process().await;
    other.start_tasks();
    panic_revocation_feed(&other);
    let panicked = async {
        while other.task_restarts() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(5 * SECOND, panicked).await.expect("a panic");
    end(&installation.portcullis, &issued).await;
    let took = until_rejected(&other, &issued).await;
    assert!(took < 5 * SECOND, "{took:?}");
    assert!(other.is_ready().await);
    other.shutdown().await;
}

/// Ten thousand sessions end within a second, and one more after them.
async fn burst_of_ended_sessions_delays_no_other_end(installation: Installation) {
    let issued = installation.register().await;
    let other = installation.second_process().await;
    let direct = installation.place.direct().await;
    let (id, numbers) = match &installation.place.url {
        None => (
            "randomblob(16)",
            "(WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
              SELECT n FROM n) AS n",
        ),
        Some(_) => ("gen_random_uuid()", "generate_series(1, 10000) AS n (n)"),
    };
    direct
        .run(&format!(
            "INSERT INTO sessions (id, account_id, key_hash, generation, handed_at, created_at,
                                   expires_at)
             SELECT {id}, account_id, key_hash, 0, handed_at, created_at, expires_at + n
             FROM sessions, {numbers}"
        ))
        .await;
    other.start_tasks();
    let expires_at = direct.number("SELECT min(expires_at) FROM sessions").await;
    let ended_at = installation.clock.now().as_micros();
    let since = Instant::now();
    for first in (1..10_000).step_by(200) {
        let (first, last) = (expires_at + first, expires_at + first + 199);
        direct
            .run(&format!(
                "UPDATE sessions SET ended_at = {ended_at}, end_reason = 'revoked'
                 WHERE expires_at BETWEEN {first} AND {last}"
            ))
            .await;
        sleep(Duration::from_millis(10)).await;
    }
    let burst = since.elapsed();
    end(&installation.portcullis, &issued).await;
    let took = until_rejected(&other, &issued).await;
    println!("10000 sessions ended in {burst:?}; the next end took {took:?}");
    direct.close().await;
    other.shutdown().await;
}

/// A process with a shorter access lifetime rejects access tokens that were issued for the
/// longer one. It remembers ended sessions only for its own.
async fn lowered_access_lifetime_holds_at_once(installation: Installation) {
    let (kept, ended) = (
        installation.register().await,
        installation.register_as("grace@example.org").await,
    );
    end(&installation.portcullis, &ended).await;
    // Today's lifetime and the difference of the clocks.
    installation.clock.advance(249 * SECOND);
    let builder = installation.place.builder("https://app.example.org");
    let lowered = builder
        .clock(installation.clock.clone())
        .access_lifetime(240 * SECOND)
        .open_without_tasks()
        .await
        .expect("opened");
    let sessions = lowered.sessions();
    let accepted = sessions.authenticate(kept.access.expose());
    assert!(accepted.is_ok(), "{accepted:?}");
    installation.clock.advance(SECOND);
    for issued in [&kept, &ended] {
        let rejected = sessions.authenticate(issued.access.expose());
        assert!(
            matches!(rejected, Err(SessionError::Token(TokenError::Expired))),
            "{rejected:?}"
        );
    }
    let before = installation.portcullis.sessions();
    assert!(before.authenticate(kept.access.expose()).is_ok());
    let refreshed = sessions.refresh(refresh_token(&kept)).await;
    let refreshed = refreshed.expect("refreshed");
    assert!(sessions.authenticate(refreshed.access.expose()).is_ok());
    assert_eq!(refreshed.snapshot.expires_in, 240);
}

/// Opens another process of the installation, with other lifetimes.
async fn with_lifetimes(
    installation: &Installation,
    change: impl FnOnce(Builder) -> Builder,
) -> Portcullis {
    let builder = installation.place.builder("https://app.example.org");
    let builder = change(builder.clock(installation.clock.clone()));
    builder.open_without_tasks().await.expect("opened")
}

/// Otherwise an operator who lowers it after a theft would wait for the longer one.
async fn lowered_refresh_lifetime_holds_at_once(installation: Installation) {
    let issued = installation.register().await;
    installation.pass(Duration::from_secs(86_399)).await;
    let lowered = with_lifetimes(&installation, |builder| builder.refresh_lifetime(DAY)).await;
    let listed = async || lowered.sessions().list(None, 100).await.expect("listed");
    let expires_at = installation.clock.now() + SECOND;
    assert_eq!(listed().await[0].expires_at, expires_at);
    installation.pass(SECOND).await;
    assert_eq!(listed().await, [], "no session that cannot be refreshed");
    let refreshed = lowered.sessions().refresh(refresh_token(&issued)).await;
    assert!(
        matches!(refreshed, Err(SessionError::Token(TokenError::Expired))),
        "{refreshed:?}"
    );
    let before = installation.portcullis.sessions();
    let listed = before.list(None, 100).await.expect("listed");
    assert_eq!(listed.len(), 1, "a process with the longer lifetime");
    let refreshed = installation.refresh(&issued).await.expect("refreshed");
    let again = lowered.sessions().refresh(refresh_token(&refreshed)).await;
    assert!(again.is_ok(), "{again:?}");
}

async fn lowered_session_lifetime_holds_at_once(installation: Installation) {
    let mut issued = installation.register().await;
    for _ in 0..2 {
        installation.pass(Duration::from_secs(86_340)).await;
        issued = installation.refresh(&issued).await.expect("refreshed");
    }
    let lowered = with_lifetimes(&installation, |builder| {
        builder.refresh_lifetime(DAY).session_lifetime(2 * DAY)
    })
    .await;
    let sessions = lowered.sessions();
    let listed = async || sessions.list(None, 100).await.expect("listed");
    let ends_at = installation.clock.now() + 120 * SECOND;
    assert_eq!(listed().await[0].expires_at, ends_at);
    let access = sessions.authenticate(issued.access.expose());
    let access = access.expect("valid");
    assert!(access.expires_at() <= ends_at + SECOND);
    let snapshot = sessions.snapshot(&access).await.expect("read");
    assert_eq!(snapshot.session.ends_in, 120);
    installation.pass(31 * SECOND).await;
    issued = sessions
        .refresh(refresh_token(&issued))
        .await
        .expect("refreshed");
    assert_eq!(issued.snapshot.session.ends_in, 89);
    assert_eq!(issued.snapshot.expires_in, 89);
    installation.pass(90 * SECOND).await;
    assert_eq!(listed().await, []);
    let refreshed = sessions.refresh(refresh_token(&issued)).await;
    assert!(
        matches!(refreshed, Err(SessionError::Token(TokenError::Expired))),
        "{refreshed:?}"
    );
    assert!(sessions.authenticate(issued.access.expose()).is_err());
}
