//! Refreshing against a real database: what the rotation decides, happens.

use std::time::Duration;

use portcullis::{
    sessions::{Grant, SessionError},
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
    a_refresh_rotates_and_needs_no_live_access_token;
    a_second_refresh_within_the_window_leaves_the_refresh_cookie_alone;
    a_lost_answer_is_made_good_until_its_successor_is_used;
    an_answer_that_was_lost_for_good_is_made_good_days_later;
    what_a_patient_thief_got_is_void_and_gives_it_away;
    a_write_that_the_database_lost_is_healed;
    a_reused_token_ends_the_session_with_all_its_tokens;
    what_waited_too_long_is_not_judged;
    a_hundred_parallel_refreshes_have_one_successor;
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Uses the access token, and has that written.
async fn use_access(
    installation: &Installation,
    grant: &Grant,
) -> Result<VerifiedAccess, SessionError> {
    let sessions = installation.portcullis.sessions();
    let access = sessions.authenticate(grant.access.expose());
    installation.portcullis.flush().await;
    access
}

async fn a_refresh_rotates_and_needs_no_live_access_token(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(26 * MINUTES));
    let access = first.access.expose();
    let expired = installation.portcullis.sessions().authenticate(access);
    assert!(
        matches!(expired, Err(SessionError::Token(TokenError::Expired))),
        "{expired:?}"
    );

    let second = installation.refresh(&first).await.expect("renewed");
    assert_ne!(refresh_token(&second), refresh_token(&first));
    assert_eq!(second.snapshot.session.renewals, 1);
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

async fn a_second_refresh_within_the_window_leaves_the_refresh_cookie_alone(
    installation: Installation,
) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    let second = installation.refresh(&first).await.expect("renewed");
    let third = installation.refresh(&second).await.expect("renewed");
    assert!(third.refresh.is_none());
    assert_eq!(third.snapshot.session.renewals, 1);
}

async fn a_lost_answer_is_made_good_until_its_successor_is_used(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    installation.refresh(&first).await.expect("lost");

    installation.clock.advance(seconds(60));
    let again = installation.refresh(&first).await.expect("replayed");
    assert_eq!(
        again.snapshot.session.renewals, 1,
        "handed out again, not rotated again"
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

async fn an_answer_that_was_lost_for_good_is_made_good_days_later(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    installation.refresh(&first).await.expect("lost");
    installation.clock.advance(seconds(6 * DAYS));
    let second = installation.refresh(&first).await.expect("renewed");
    assert_eq!(second.snapshot.session.renewals, 2);

    use_access(&installation, &second).await.expect("used");
    installation.clock.advance(seconds(31));
    let third = installation.refresh(&second).await.expect("renewed");
    assert_eq!(third.snapshot.session.renewals, 3);
}

/// A thief who refreshed and kept still until the browser came with the parent.
async fn what_a_patient_thief_got_is_void_and_gives_it_away(installation: Installation) {
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
        for grant in [&honest, &stolen] {
            let access = sessions.authenticate(grant.access.expose());
            assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
            let dead = installation.refresh(grant).await;
            assert!(matches!(dead, Err(SessionError::Reuse)), "{dead:?}");
        }
    }
}

/// The database lost the commit of a rotation whose answer arrived.
async fn a_write_that_the_database_lost_is_healed(installation: Installation) {
    let first = installation.register().await;
    let ahead = installation.forget_rotations_after(&first).await;
    installation.clock.advance(seconds(31));
    let healed = installation.refresh(&ahead).await.expect("healed");
    assert!(healed.refresh.is_none(), "the browser has the right one");
    assert_eq!(healed.snapshot.session.renewals, 1);

    let parent = installation.refresh(&first).await.expect("sent before");
    assert_eq!(parent.snapshot.session.renewals, 1, "handed out again");
    use_access(&installation, &healed).await.expect("used");
    installation.clock.advance(seconds(31));
    let next = installation.refresh(&ahead).await.expect("goes on");
    assert_eq!(next.snapshot.session.renewals, 2);
}

async fn a_reused_token_ends_the_session_with_all_its_tokens(installation: Installation) {
    let stolen = installation.register().await;
    let mut newest = None;
    for _ in 0..2 {
        installation.clock.advance(seconds(31));
        let from = newest.as_ref().unwrap_or(&stolen);
        newest = Some(installation.refresh(from).await.expect("renewed"));
    }
    let newest = newest.expect("two rotations");
    let sessions = installation.portcullis.sessions();
    assert!(sessions.authenticate(newest.access.expose()).is_ok());

    let reused = installation.refresh(&stolen).await;
    assert!(
        matches!(reused, Err(SessionError::Reuse)),
        "a grandparent, inside every window"
    );
    let access = sessions.authenticate(newest.access.expose());
    assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    for grant in [&stolen, &newest] {
        let dead = installation.refresh(grant).await;
        // Both parties are told why.
        assert!(matches!(dead, Err(SessionError::Reuse)), "{dead:?}");
    }
}

/// Its sender has given it up, and may be two generations on.
async fn what_waited_too_long_is_not_judged(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    let second = installation.refresh(&first).await.expect("renewed");
    installation.clock.advance(seconds(31));
    installation.refresh(&second).await.expect("renewed");

    // Each look at the clock is six seconds after the one before.
    installation.clock.step(seconds(6));
    let late = installation.refresh(&first).await;
    assert!(matches!(late, Err(SessionError::Busy)), "{late:?}");
    installation.clock.step(Duration::ZERO);
    let reused = installation.refresh(&first).await;
    assert!(matches!(reused, Err(SessionError::Reuse)), "{reused:?}");
}

async fn a_hundred_parallel_refreshes_have_one_successor(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    installation.clock.step(Duration::from_micros(1));
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let sessions = installation.portcullis.sessions().clone();
        let token = refresh_token(&first).to_owned();
        tasks.spawn(async move { sessions.refresh(&token).await });
    }
    let granted = tasks.join_all().await;
    assert_eq!(granted.len(), 100);
    for grant in granted {
        let grant = grant.expect("every one is answered");
        assert_eq!(grant.snapshot.session.renewals, 1);
        let access = grant.access.expose();
        assert!(
            installation
                .portcullis
                .sessions()
                .authenticate(access)
                .is_ok()
        );
    }
}
