//! How sessions end, and what the database stores.

use std::{fmt::Write, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::FutureExt;
use portcullis::{accounts::Email, sessions::SessionError, token::TokenError};
use testkit::{
    EMAIL, PASSWORD,
    installation::{Installation, refresh_token, session_id, until_rejected},
    on_both,
};
use tokio::{task::JoinSet, time::timeout};

const DAYS: u64 = 24 * 60 * 60;

on_both! { Installation:
    session_end_wins_over_racing_refreshes;
    sign_out_completes_if_the_caller_is_dropped;
    stopping_process_completes_the_sign_out_of_a_dropped_caller;
    account_change_completes_if_the_caller_is_dropped;
    administrator_is_made_if_the_caller_is_dropped;
    end_of_a_lost_session_is_enforced;
    deactivated_account_is_rejected;
    idle_and_session_lifetimes_are_enforced;
    session_ended_in_one_process_ends_in_all;
    database_holds_no_usable_secret;
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

async fn session_end_wins_over_racing_refreshes(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    let sessions = installation.portcullis.sessions().clone();
    let subject = sessions
        .authenticate(first.access.expose())
        .expect("valid")
        .subject();
    let mut tasks = JoinSet::new();
    for n in 0..20 {
        let (sessions, token) = (sessions.clone(), refresh_token(&first).to_owned());
        tasks.spawn(async move {
            if n == 10 {
                sessions.end(subject.session).await.map(|()| None)
            } else {
                sessions.refresh(&token).await.map(Some)
            }
        });
    }
    let succeeded: Vec<_> = tasks
        .join_all()
        .await
        .into_iter()
        .filter_map(Result::ok)
        .collect();
    for issued in succeeded.into_iter().flatten() {
        let access = sessions.authenticate(issued.access.expose());
        assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    }
    let after = installation.refresh(&first).await;
    assert!(matches!(after, Err(SessionError::Ended)), "{after:?}");
}

async fn administrator_is_made_if_the_caller_is_dropped(installation: Installation) {
    installation.register().await;
    let accounts = installation.portcullis.accounts();
    let email = Email::parse(EMAIL).expect("an address");
    let id = accounts.find(&email).await.expect("found").id;
    installation
        .poll_once_and_drop(accounts.set_admin(id, true))
        .await;
    let made = async {
        while !accounts.get(id).await.expect("found").is_admin {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), made)
        .await
        .expect("made an administrator");
}

async fn sign_out_completes_if_the_caller_is_dropped(installation: Installation) {
    let issued = installation.register().await;
    let sessions = installation.portcullis.sessions();
    installation
        .poll_once_and_drop(sessions.end(session_id(&issued)))
        .await;
    until_rejected(&installation.portcullis, &issued).await;
}

async fn stopping_process_completes_the_sign_out_of_a_dropped_caller(installation: Installation) {
    let issued = installation.register().await;
    let portcullis = &installation.portcullis;
    // From here on the stop has nothing else to write.
    portcullis.flush().await;
    let ended = portcullis.sessions().end(session_id(&issued));
    assert!(ended.now_or_never().is_none(), "polled once, then dropped");
    portcullis.shutdown().await;
    // No task has run since then.
    let access = portcullis.sessions().authenticate(issued.access.expose());
    assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
}

async fn account_change_completes_if_the_caller_is_dropped(installation: Installation) {
    let accounts = installation.portcullis.accounts();
    let (ada, grace) = ("ada@example.org", "grace@example.org");
    let of_ada = installation.register_as(ada).await;
    let of_grace = installation.register_as(grace).await;
    let (ada, grace) = (Email::parse(ada), Email::parse(grace));
    let (ada, grace) = (ada.expect("an address"), grace.expect("an address"));

    installation
        .poll_once_and_drop(accounts.set_active(&ada, false))
        .await;
    installation
        .poll_once_and_drop(accounts.delete(&grace))
        .await;
    until_rejected(&installation.portcullis, &of_ada).await;
    until_rejected(&installation.portcullis, &of_grace).await;
}

/// A database that was restored from a backup may lack the last sessions.
async fn end_of_a_lost_session_is_enforced(installation: Installation) {
    let issued = installation.register().await;
    let direct = installation.place.direct().await;
    direct.run("DELETE FROM sessions").await;
    direct.close().await;
    let sessions = installation.portcullis.sessions();
    let access = sessions.authenticate(issued.access.expose());
    assert!(access.is_ok(), "{access:?}");
    sessions.end(session_id(&issued)).await.expect("done");
    let access = sessions.authenticate(issued.access.expose());
    assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
}

async fn deactivated_account_is_rejected(installation: Installation) {
    let issued = installation.register().await;
    let accounts = installation.portcullis.accounts();
    let email = Email::parse(EMAIL).expect("an address");
    assert!(
        accounts
            .set_active(&email, false)
            .await
            .expect("deactivated")
    );

    let sessions = installation.portcullis.sessions();
    let access = sessions.authenticate(issued.access.expose());
    assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    let refreshed = installation.refresh(&issued).await;
    assert!(
        matches!(refreshed, Err(SessionError::Inactive)),
        "{refreshed:?}"
    );
    assert!(accounts.check(EMAIL, PASSWORD).await.is_err());

    assert!(accounts.set_active(&email, true).await.expect("activated"));
    let refreshed = installation.refresh(&issued).await;
    assert!(
        matches!(refreshed, Err(SessionError::Ended)),
        "its old session stays ended"
    );
    assert!(accounts.check(EMAIL, PASSWORD).await.is_ok());
}

async fn idle_and_session_lifetimes_are_enforced(installation: Installation) {
    let mut issued = installation.register().await;
    let idle = installation.register_as("grace@example.org").await;
    for _ in 0..4 {
        installation.pass(seconds(7 * DAYS - 1)).await;
        issued = installation.refresh(&issued).await.expect("in time");
    }
    let unused = installation.refresh(&idle).await;
    assert!(
        matches!(unused, Err(SessionError::Token(TokenError::Expired))),
        "{unused:?}"
    );

    let (_, ends) = issued.refresh.as_ref().expect("a refresh token");
    let left = ends.since(installation.clock.now());
    assert_eq!(left, seconds(2 * DAYS + 4), "until the 30th day");
    installation.clock.advance(left);
    let expired = installation.refresh(&issued).await;
    assert!(
        matches!(expired, Err(SessionError::Token(TokenError::Expired))),
        "{expired:?}"
    );
}

async fn session_ended_in_one_process_ends_in_all(installation: Installation) {
    let issued = installation.register().await;
    let other = installation.second_process().await;
    other.start_tasks();
    let access = other
        .sessions()
        .authenticate(issued.access.expose())
        .expect("valid in the other process");

    installation.clock.advance(seconds(1));
    installation
        .portcullis
        .sessions()
        .end(access.subject().session)
        .await
        .expect("ended");
    until_rejected(&other, &issued).await;
    other.shutdown().await;
}

async fn database_holds_no_usable_secret(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    let second = installation.refresh(&first).await.expect("refreshed");
    let payload = refresh_token(&second).split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    let key = claims["key"].as_str().expect("a key");
    let raw = URL_SAFE_NO_PAD.decode(key).expect("base64url");
    assert_eq!(raw.len(), 32);
    let hex = raw.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("written to memory");
        hex
    });
    let signature = |token: &str| token.rsplit('.').next().expect("a signature").to_owned();
    let secrets = [
        PASSWORD.into(),
        payload.into(),
        key.into(),
        raw,
        hex.into(),
        signature(refresh_token(&second)).into(),
        signature(second.access.expose()).into(),
    ];
    let dump = installation.dump().await;
    let holds = |bytes: &[u8]| dump.windows(bytes.len()).any(|window| window == bytes);
    assert!(holds(EMAIL.as_bytes()), "the dump has the account");
    for secret in secrets {
        let secret: Vec<u8> = secret;
        assert!(!holds(&secret), "{}", String::from_utf8_lossy(&secret));
    }
}
