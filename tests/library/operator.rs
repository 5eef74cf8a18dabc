//! Listing, revoking and purging sessions as an operator.

use std::time::Duration;

use portcullis::{
    SessionId,
    accounts::{AccountError, Email},
    sessions::{LiveSession, Purged, Revoked, SessionError},
};
use testkit::{
    EMAIL, PASSWORD,
    installation::{Installation, refresh_token, session_id, until_rejected},
    on_both,
};
use tokio::time::timeout;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

on_both! { Installation:
    live_sessions_are_listed;
    revoked_session_is_rejected_in_all_processes;
    end_all_ends_only_sessions_of_the_account;
    ended_session_is_purged_after_its_retention;
    purge_keeps_live_sessions;
}

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

async fn list(installation: &Installation) -> Vec<LiveSession> {
    let listed = installation.portcullis.sessions().list(None, 100).await;
    listed.expect("listed")
}

async fn live_sessions_are_listed(installation: Installation) {
    let (ada, grace) = ("ada@example.org", "grace@example.org");
    let first = installation.register_as(ada).await;
    let created_at = installation.clock.now();
    installation.clock.advance(DAY);
    let second = installation.register_as(grace).await;
    let refreshed = installation
        .portcullis
        .sessions()
        .refresh(refresh_token(&first))
        .await;
    assert!(refreshed.is_ok(), "{refreshed:?}");
    let refreshed_at = installation.clock.now();

    let all = list(&installation).await;
    let expected = [(session_id(&second), grace), (session_id(&first), ada)];
    assert_eq!(
        all.iter().map(|s| (s.id, &*s.email)).collect::<Vec<_>>(),
        expected,
        "newest first"
    );
    assert_eq!(
        (all[1].created_at, all[1].refreshed_at, all[1].expires_at),
        (created_at, refreshed_at, refreshed_at + 7 * DAY)
    );

    let account = installation.portcullis.accounts().find(&email(ada)).await;
    let sessions = installation.portcullis.sessions();
    let of_ada = sessions.list(Some(account.expect("found").id), 100).await;
    assert_eq!(of_ada.expect("listed"), all[1..]);
    assert_eq!(sessions.list(None, 1).await.expect("listed"), all[..1]);
    let unknown = installation
        .portcullis
        .accounts()
        .find(&email("eve@example.org"))
        .await;
    assert!(
        matches!(unknown, Err(AccountError::NoSuchAccount)),
        "{unknown:?}"
    );

    sessions.end(session_id(&second)).await.expect("ended");
    assert_eq!(list(&installation).await, all[1..], "ended");
    installation.clock.advance(7 * DAY);
    assert_eq!(list(&installation).await, [], "expired");
}

async fn revoked_session_is_rejected_in_all_processes(installation: Installation) {
    let issued = installation.register().await;
    let other = installation.second_process().await;
    other.start_tasks();
    let access = other.sessions().authenticate(issued.access.expose());
    assert!(access.is_ok(), "{access:?}");

    let sessions = installation.portcullis.sessions();
    let revoked = sessions.revoke(session_id(&issued)).await;
    assert_eq!(revoked.expect("done"), Revoked::Now);
    until_rejected(&other, &issued).await;
    other.shutdown().await;
    let rejected = other.sessions().refresh(refresh_token(&issued)).await;
    assert!(
        matches!(rejected, Err(SessionError::Revoked)),
        "{rejected:?}"
    );

    let again = sessions.revoke(session_id(&issued)).await;
    assert_eq!(again.expect("done"), Revoked::Before);
    let unknown = sessions.revoke(SessionId::new(installation.clock.now()));
    assert_eq!(unknown.await.expect("done"), Revoked::Unknown);
}

async fn end_all_ends_only_sessions_of_the_account(installation: Installation) {
    let first = installation.register().await;
    let grace = installation.register_as("grace@example.org").await;
    let second = installation.sign_in().await;
    let accounts = installation.portcullis.accounts();
    let sessions = installation.portcullis.sessions();
    let account = accounts.find(&email(EMAIL)).await.expect("found").id;

    assert_eq!(sessions.end_all(account).await.expect("done"), 2);
    for issued in [&first, &second] {
        let access = sessions.authenticate(issued.access.expose());
        assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
        let refreshed = sessions.refresh(refresh_token(issued)).await;
        assert!(
            matches!(refreshed, Err(SessionError::Revoked)),
            "{refreshed:?}"
        );
    }
    assert!(sessions.authenticate(grace.access.expose()).is_ok());
    assert_eq!(sessions.end_all(account).await.expect("done"), 0);
    assert!(
        accounts.check(EMAIL, PASSWORD).await.is_ok(),
        "the account may sign in again"
    );
}

/// An ended session is purged 30 days after its end, and an audit event 90 days after it
/// was recorded.
async fn ended_session_is_purged_after_its_retention(installation: Installation) {
    let issued = installation.register().await;
    let sessions = installation.portcullis.sessions();
    sessions.end(session_id(&issued)).await.expect("ended");
    let exists =
        async || sessions.revoke(session_id(&issued)).await.expect("done") == Revoked::Before;

    installation.clock.advance(30 * DAY);
    assert_eq!(purge(&installation).await, (0, 0));
    assert!(exists().await, "kept for exactly 30 days");

    installation.clock.advance(Duration::from_micros(1));
    let other = installation.second_process().await;
    other.start_tasks();
    let purged = async {
        while exists().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), purged)
        .await
        .expect("purged by the new process");
    other.shutdown().await;

    installation.clock.advance(60 * DAY);
    // The events: the signing key and the account were created, its user signed in and out.
    assert_eq!(purge(&installation).await, (0, 4));
}

async fn purge_keeps_live_sessions(installation: Installation) {
    let mut issued = installation.register().await;
    let sessions = installation.portcullis.sessions();
    for _ in 0..4 {
        installation.pass(6 * DAY).await;
        assert_eq!(purge(&installation).await, (0, 0));
        issued = sessions
            .refresh(refresh_token(&issued))
            .await
            .expect("refreshed");
    }
    installation.clock.advance(36 * DAY);
    assert_eq!(purge(&installation).await, (0, 0), "it expired 30 days ago");
    installation.clock.advance(DAY);
    assert_eq!(purge(&installation).await, (1, 0));
}

async fn purge(installation: &Installation) -> (u64, u64) {
    let Purged {
        sessions, events, ..
    } = installation.portcullis.purge().await.expect("purged");
    (sessions, events)
}
