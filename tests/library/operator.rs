//! What an operator does with sessions, and what becomes of those that are over.

use std::time::Duration;

use portcullis::{
    SessionId,
    accounts::{AccountError, Email},
    sessions::{Grant, LiveSession, Purged, Revoked, SessionError},
};
use testkit::{
    EMAIL, PASSWORD,
    installation::{Installation, refresh_token},
    on_both,
};
use tokio::time::timeout;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

on_both! { Installation:
    who_is_signed_in_is_listed;
    what_is_revoked_is_refused_in_every_process_within_a_second;
    all_sessions_of_an_account_end_and_nobody_elses;
    evidence_is_kept_and_then_goes_by_itself;
    purging_leaves_whoever_is_signed_in;
}

fn id(grant: &Grant) -> SessionId {
    grant.access.verified().subject().session
}

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

async fn list(installation: &Installation) -> Vec<LiveSession> {
    let listed = installation.portcullis.sessions().list(None, 100).await;
    listed.expect("listed")
}

async fn who_is_signed_in_is_listed(installation: Installation) {
    let (ada, grace) = ("ada@example.org", "grace@example.org");
    let first = installation.register_as(ada).await;
    let begun_at = installation.clock.now();
    installation.clock.advance(DAY);
    let second = installation.register_as(grace).await;
    let renewed = installation
        .portcullis
        .sessions()
        .refresh(refresh_token(&first))
        .await;
    assert!(renewed.is_ok(), "{renewed:?}");
    let renewed_at = installation.clock.now();

    let all = list(&installation).await;
    let expected = [(id(&second), grace), (id(&first), ada)];
    assert_eq!(
        all.iter().map(|s| (s.id, &*s.email)).collect::<Vec<_>>(),
        expected,
        "newest first"
    );
    assert_eq!(
        (all[1].begun_at, all[1].renewed_at, all[1].ends_at),
        (begun_at, renewed_at, renewed_at + 7 * DAY)
    );

    let account = installation.portcullis.accounts().find(&email(ada)).await;
    let sessions = installation.portcullis.sessions();
    let of_ada = sessions.list(Some(account.expect("there").id), 100).await;
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

    sessions.end(id(&second)).await.expect("ended");
    assert_eq!(list(&installation).await, all[1..], "ended");
    installation.clock.advance(7 * DAY);
    assert_eq!(list(&installation).await, [], "unused for its lifetime");
}

async fn what_is_revoked_is_refused_in_every_process_within_a_second(installation: Installation) {
    let grant = installation.register().await;
    let other = installation.second_process().await;
    other.start_tasks();
    let is_in = || other.sessions().authenticate(grant.access.expose());
    assert!(is_in().is_ok());

    let sessions = installation.portcullis.sessions();
    let revoked = sessions.revoke(id(&grant)).await;
    assert_eq!(revoked.expect("done"), Revoked::Now);
    let felt = async {
        while is_in().is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(1), felt)
        .await
        .expect("refused within a second");
    other.shutdown().await;
    let refused = other.sessions().refresh(refresh_token(&grant)).await;
    assert!(matches!(refused, Err(SessionError::Revoked)), "{refused:?}");

    let again = sessions.revoke(id(&grant)).await;
    assert_eq!(again.expect("done"), Revoked::Before);
    let unknown = sessions.revoke(SessionId::new(installation.clock.now()));
    assert_eq!(unknown.await.expect("done"), Revoked::Unknown);
}

async fn all_sessions_of_an_account_end_and_nobody_elses(installation: Installation) {
    let first = installation.register().await;
    let grace = installation.register_as("grace@example.org").await;
    let accounts = installation.portcullis.accounts();
    let signed_in = accounts.check(EMAIL, PASSWORD).await.expect("right");
    let sessions = installation.portcullis.sessions();
    let second = sessions.begin(&signed_in, &[]).await.expect("begun");
    let account = accounts.find(&email(EMAIL)).await.expect("there").id;

    assert_eq!(sessions.end_all(account).await.expect("done"), 2);
    for grant in [&first, &second] {
        let access = sessions.authenticate(grant.access.expose());
        assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
        let renewed = sessions.refresh(refresh_token(grant)).await;
        assert!(matches!(renewed, Err(SessionError::Revoked)), "{renewed:?}");
    }
    assert!(sessions.authenticate(grace.access.expose()).is_ok());
    assert_eq!(sessions.end_all(account).await.expect("done"), 0);
    assert!(
        accounts.check(EMAIL, PASSWORD).await.is_ok(),
        "it may sign in again"
    );
}

/// 30 days after a sign-out its session goes, and 90 days after a sign-in the
/// record of it.
async fn evidence_is_kept_and_then_goes_by_itself(installation: Installation) {
    let grant = installation.register().await;
    let sessions = installation.portcullis.sessions();
    sessions.end(id(&grant)).await.expect("ended");
    let is_there = async || sessions.revoke(id(&grant)).await.expect("done") == Revoked::Before;

    installation.clock.advance(30 * DAY);
    assert_eq!(purge(&installation).await, (0, 0));
    assert!(is_there().await, "kept for exactly that long");

    installation.clock.advance(Duration::from_micros(1));
    let other = installation.second_process().await;
    other.start_tasks();
    let gone = async {
        while is_there().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), gone)
        .await
        .expect("purged by the process that started");
    other.shutdown().await;

    installation.clock.advance(60 * DAY);
    // An account was opened, signed in, and signed out.
    assert_eq!(purge(&installation).await, (0, 3));
}

async fn purging_leaves_whoever_is_signed_in(installation: Installation) {
    let mut grant = installation.register().await;
    let sessions = installation.portcullis.sessions();
    for _ in 0..4 {
        installation.pass(6 * DAY).await;
        assert_eq!(purge(&installation).await, (0, 0));
        grant = sessions
            .refresh(refresh_token(&grant))
            .await
            .expect("renewed");
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
