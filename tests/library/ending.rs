//! How sessions end against a real database, and what is left of them.

use std::{fmt::Write, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::{accounts::Email, sessions::SessionError, token::TokenError};
use testkit::{
    EMAIL, PASSWORD,
    installation::{Installation, refresh_token},
    on_both,
};
use tokio::task::JoinSet;

const DAYS: u64 = 24 * 60 * 60;

on_both! { Installation:
    ending_wins_over_every_refresh_that_races_with_it;
    signing_out_goes_on_when_the_caller_is_gone;
    an_account_that_is_off_gets_nothing;
    both_limits_are_kept;
    what_one_process_ends_every_process_refuses;
    the_database_holds_nothing_that_can_be_used;
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

async fn ending_wins_over_every_refresh_that_races_with_it(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    let sessions = installation.portcullis.sessions().clone();
    let subject = sessions
        .authenticate(first.access.expose())
        .expect("live")
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
    let handed_out: Vec<_> = tasks
        .join_all()
        .await
        .into_iter()
        .filter_map(Result::ok)
        .collect();
    for grant in handed_out.into_iter().flatten() {
        let access = sessions.authenticate(grant.access.expose());
        assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    }
    let after = installation.refresh(&first).await;
    assert!(matches!(after, Err(SessionError::Ended)), "{after:?}");
}

async fn signing_out_goes_on_when_the_caller_is_gone(installation: Installation) {
    let grant = installation.register().await;
    let sessions = installation.portcullis.sessions();
    let session = grant.access.verified().subject().session;
    // Polled once, then dropped, as when a page is closed.
    let _ = tokio::time::timeout(Duration::ZERO, sessions.end(session)).await;
    let felt = async {
        while sessions.authenticate(grant.access.expose()).is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), felt)
        .await
        .expect("ended all the same");
}

async fn an_account_that_is_off_gets_nothing(installation: Installation) {
    let grant = installation.register().await;
    let accounts = installation.portcullis.accounts();
    let email = Email::parse(EMAIL).expect("an address");
    assert!(
        accounts
            .set_active(&email, false)
            .await
            .expect("switched off")
    );

    let sessions = installation.portcullis.sessions();
    let access = sessions.authenticate(grant.access.expose());
    assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    let renewed = installation.refresh(&grant).await;
    assert!(
        matches!(renewed, Err(SessionError::Inactive)),
        "{renewed:?}"
    );
    assert!(accounts.check(EMAIL, PASSWORD).await.is_err());

    assert!(
        accounts
            .set_active(&email, true)
            .await
            .expect("switched on")
    );
    let renewed = installation.refresh(&grant).await;
    assert!(
        matches!(renewed, Err(SessionError::Ended)),
        "its old session stays ended"
    );
    assert!(accounts.check(EMAIL, PASSWORD).await.is_ok());
}

async fn both_limits_are_kept(installation: Installation) {
    let mut grant = installation.register().await;
    let idle = installation.register_as("grace@example.org").await;
    for _ in 0..4 {
        installation.pass(seconds(7 * DAYS - 1)).await;
        grant = installation.refresh(&grant).await.expect("renewed in time");
    }
    let unused = installation.refresh(&idle).await;
    assert!(
        matches!(unused, Err(SessionError::Token(TokenError::Expired))),
        "{unused:?}"
    );

    let (_, ends) = grant.refresh.as_ref().expect("a refresh token");
    let left = ends.since(installation.clock.now());
    assert_eq!(left, seconds(2 * DAYS + 4), "never past the thirtieth day");
    installation.clock.advance(left);
    let over = installation.refresh(&grant).await;
    assert!(
        matches!(over, Err(SessionError::Token(TokenError::Expired))),
        "{over:?}"
    );
}

async fn what_one_process_ends_every_process_refuses(installation: Installation) {
    let grant = installation.register().await;
    let other = installation.second_process().await;
    other.start_tasks();
    let access = other
        .sessions()
        .authenticate(grant.access.expose())
        .expect("live there too");

    installation.clock.advance(seconds(1));
    installation
        .portcullis
        .sessions()
        .end(access.subject().session)
        .await
        .expect("ended");
    let felt = async {
        while other.sessions().authenticate(grant.access.expose()).is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), felt)
        .await
        .expect("felt in the other process");
    other.shutdown().await;
}

async fn the_database_holds_nothing_that_can_be_used(installation: Installation) {
    let first = installation.register().await;
    installation.clock.advance(seconds(31));
    let second = installation.refresh(&first).await.expect("renewed");
    let payload = refresh_token(&second).split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    let key = claims["key"].as_str().expect("a key");
    let raw = URL_SAFE_NO_PAD.decode(key).expect("base64url");
    assert_eq!(raw.len(), 32);
    let hex = raw.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("into memory");
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
    assert!(holds(EMAIL.as_bytes()), "the right files");
    for secret in secrets {
        let secret: Vec<u8> = secret;
        assert!(!holds(&secret), "{}", String::from_utf8_lossy(&secret));
    }
}
