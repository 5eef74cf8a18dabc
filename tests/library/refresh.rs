//! Refreshing on a real database: each decision of the rotation is carried out.

use std::time::Duration;

use portcullis::{
    sessions::{IssuedTokens, SessionError},
    token::{TokenError, VerifiedAccess},
};
use testkit::{
    installation::{Installation, refresh_token},
    on_both,
};
use tokio::task::JoinSet;

const MINUTES: u64 = 60;
const DAYS: u64 = 24 * 60 * MINUTES;

on_both! { Installation:
    refresh_rotates_without_a_valid_access_token;
    second_refresh_within_window_keeps_refresh_token;
    lost_response_is_replayed_until_confirmed;
    parent_rotates_days_after_a_lost_response;
    waiting_thief_gets_a_void_generation;
    lost_database_write_is_healed;
    reused_token_ends_the_session_and_its_tokens;
    refresh_past_its_timeout_is_not_judged;
    hundred_parallel_refreshes_have_one_successor;
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Uses the access token, and writes the confirmation.
async fn use_access(
    installation: &Installation,
    issued: &IssuedTokens,
) -> Result<VerifiedAccess, SessionError> {
    let sessions = installation.portcullis.sessions();
    let access = sessions.authenticate(issued.access.expose());
    installation.portcullis.flush().await;
    access
}

async fn refresh_rotates_without_a_valid_access_token(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(26 * MINUTES));
    let access = first.access.expose();
    let expired = installation.portcullis.sessions().authenticate(access);
    assert!(
        matches!(expired, Err(SessionError::Token(TokenError::Expired))),
        "{expired:?}"
    );

    let second = installation.refresh(&first).await.expect("refreshed");
    assert_ne!(refresh_token(&second), refresh_token(&first));
    assert_eq!(second.snapshot.session.rotations, 1);
    assert_eq!(second.snapshot.expires_in, 1500);
    let access = second.access.expose();
    assert!(
        installation
            .portcullis
            .sessions()
            .authenticate(access)
            .is_ok()
    );
}

async fn second_refresh_within_window_keeps_refresh_token(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    let second = installation.refresh(&first).await.expect("refreshed");
    let third = installation.refresh(&second).await.expect("refreshed");
    assert!(third.refresh.is_none());
    assert_eq!(third.snapshot.session.rotations, 1);
}

async fn lost_response_is_replayed_until_confirmed(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    installation.refresh(&first).await.expect("lost");

    installation.clock.advance(seconds(60));
    let again = installation.refresh(&first).await.expect("replayed");
    assert_eq!(
        again.snapshot.session.rotations, 1,
        "issued again, not rotated again"
    );

    use_access(&installation, &again).await.expect("used");
    installation.clock.advance(seconds(30));
    assert!(
        installation.refresh(&first).await.is_ok(),
        "exactly W after the first use"
    );
    installation.clock.advance(seconds(1));
    let reused = installation.refresh(&first).await;
    assert!(matches!(reused, Err(SessionError::Reuse)), "{reused:?}");
}

async fn parent_rotates_days_after_a_lost_response(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    installation.refresh(&first).await.expect("lost");
    installation.clock.advance(seconds(6 * DAYS));
    let second = installation.refresh(&first).await.expect("refreshed");
    assert_eq!(second.snapshot.session.rotations, 2);

    use_access(&installation, &second).await.expect("used");
    installation.clock.advance(seconds(31));
    let third = installation.refresh(&second).await.expect("refreshed");
    assert_eq!(third.snapshot.session.rotations, 3);
}

/// A thief refreshes and does not use the new tokens until the browser has presented the
/// parent. Then using them, or refreshing with them, ends the session.
async fn waiting_thief_gets_a_void_generation(installation: Installation) {
    let sessions = installation.portcullis.sessions();
    for by_using in [true, false] {
        let email = format!("{by_using}@example.org");
        let first = installation.register_as(&email).await;
        installation.clock.advance(seconds(31));
        let stolen = installation.refresh(&first).await.expect("the thief's");
        installation.clock.advance(seconds(10 * MINUTES));
        let honest = installation.refresh(&first).await.expect("the browser's");
        use_access(&installation, &honest).await.expect("used");

        if by_using {
            use_access(&installation, &stolen).await.expect("once");
        } else {
            let reused = installation.refresh(&stolen).await;
            assert!(matches!(reused, Err(SessionError::Reuse)), "{reused:?}");
        }
        for issued in [&honest, &stolen] {
            let access = sessions.authenticate(issued.access.expose());
            assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
            let rejected = installation.refresh(issued).await;
            assert!(matches!(rejected, Err(SessionError::Reuse)), "{rejected:?}");
        }
    }
}

/// The database lost the commit of a rotation whose response arrived.
async fn lost_database_write_is_healed(installation: Installation) {
    let first = installation.register().await;
    let rotated = installation.rotate_and_lose_commit(&first).await;
    installation.clock.advance(seconds(31));
    let healed = installation.refresh(&rotated).await.expect("healed");
    assert!(healed.refresh.is_none(), "the browser has the current one");
    assert_eq!(healed.snapshot.session.rotations, 1);

    let replayed = installation.refresh(&first).await.expect("replayed");
    assert_eq!(replayed.snapshot.session.rotations, 1, "issued again");
    use_access(&installation, &healed).await.expect("used");
    installation.clock.advance(seconds(31));
    let next = installation.refresh(&rotated).await.expect("refreshed");
    assert_eq!(next.snapshot.session.rotations, 2);
}

async fn reused_token_ends_the_session_and_its_tokens(installation: Installation) {
    let stolen = installation.register().await;
    let mut newest = None;
    for _ in 0..2 {
        installation.clock.advance(seconds(31));
        let previous = newest.as_ref().unwrap_or(&stolen);
        newest = Some(installation.refresh(previous).await.expect("refreshed"));
    }
    let newest = newest.expect("two rotations");
    let sessions = installation.portcullis.sessions();
    assert!(sessions.authenticate(newest.access.expose()).is_ok());

    let reused = installation.refresh(&stolen).await;
    assert!(
        matches!(reused, Err(SessionError::Reuse)),
        "a grandparent within the windows"
    );
    let access = sessions.authenticate(newest.access.expose());
    assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    for issued in [&stolen, &newest] {
        let rejected = installation.refresh(issued).await;
        // Both parties get this error.
        assert!(matches!(rejected, Err(SessionError::Reuse)), "{rejected:?}");
    }
}

/// The sender of the refresh has timed out, and may be two generations ahead.
async fn refresh_past_its_timeout_is_not_judged(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    let second = installation.refresh(&first).await.expect("refreshed");
    installation.clock.advance(seconds(31));
    installation.refresh(&second).await.expect("refreshed");

    // Each reading of the clock is six seconds after the previous one.
    installation.clock.step(seconds(6));
    let late = installation.refresh(&first).await;
    assert!(matches!(late, Err(SessionError::Busy)), "{late:?}");
    installation.clock.step(Duration::ZERO);
    let reused = installation.refresh(&first).await;
    assert!(matches!(reused, Err(SessionError::Reuse)), "{reused:?}");
}

async fn hundred_parallel_refreshes_have_one_successor(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    installation.clock.step(Duration::from_micros(1));
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let sessions = installation.portcullis.sessions().clone();
        let token = refresh_token(&first).to_owned();
        tasks.spawn(async move { sessions.refresh(&token).await });
    }
    let results = tasks.join_all().await;
    assert_eq!(results.len(), 100);
    for result in results {
        let issued = result.expect("all succeed");
        assert_eq!(issued.snapshot.session.rotations, 1);
        let access = issued.access.expose();
        assert!(
            installation
                .portcullis
                .sessions()
                .authenticate(access)
                .is_ok()
        );
    }
}
