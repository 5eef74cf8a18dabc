//! The devices of an account: listing them, and ending one from another.

use std::time::Duration;

use portcullis::{
    SessionId,
    sessions::{Device, IssuedTokens, Revoked, SessionError},
};
use testkit::{
    EMAIL, PASSWORD,
    installation::{Installation, refresh_token, session_id, until_rejected},
    on_both,
};

on_both! { Installation:
    devices_are_listed_newest_first;
    ended_device_is_rejected_in_every_process;
    session_of_another_account_is_unknown;
    end_others_keeps_the_current_session;
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";

async fn begin_on(installation: &Installation, device: Device) -> IssuedTokens {
    let portcullis = &installation.portcullis;
    let account = portcullis.accounts().check(EMAIL, PASSWORD).await;
    let account = account.expect("valid");
    let begun = portcullis.sessions().begin_on(device, &account, &[]).await;
    begun.expect("begun")
}

async fn devices_are_listed_newest_first(installation: Installation) {
    let first = installation.register().await;
    installation.pass(Duration::from_secs(60)).await;
    let device = Device::new(FIREFOX, "192.0.2.7".parse().ok());
    let second = begin_on(&installation, device.clone()).await;
    installation.register_as("grace@example.org").await;

    let account = first.access.verified().subject().account;
    let sessions = installation.portcullis.sessions();
    let listed = sessions.list(Some(account), 1_000).await.expect("listed");
    let found: Vec<_> = listed.iter().map(|s| (s.id, s.device.clone())).collect();
    assert_eq!(
        found,
        [
            (session_id(&second), device),
            (session_id(&first), Device::default())
        ]
    );
    let limited = sessions.list(Some(account), 1).await.expect("listed");
    assert_eq!(limited, listed[..1]);
}

async fn ended_device_is_rejected_in_every_process(installation: Installation) {
    let current = installation.register().await;
    let lost = begin_on(&installation, Device::default()).await;
    let other = installation.second_process().await;
    other.start_tasks();
    let sessions = installation.portcullis.sessions();
    let account = current.access.verified().subject().account;

    let ended = sessions.end_elsewhere(account, session_id(&lost)).await;
    assert_eq!(ended.expect("done"), Revoked::Now);
    let here = sessions.authenticate(lost.access.expose());
    assert!(matches!(here, Err(SessionError::Ended)), "{here:?}");
    until_rejected(&other, &lost).await;
    other.shutdown().await;

    let refreshed = sessions.refresh(refresh_token(&lost)).await;
    assert!(
        matches!(refreshed, Err(SessionError::EndedElsewhere)),
        "{refreshed:?}"
    );
    assert!(sessions.authenticate(current.access.expose()).is_ok());
    let again = sessions.end_elsewhere(account, session_id(&lost)).await;
    assert_eq!(again.expect("done"), Revoked::Before);
}

async fn session_of_another_account_is_unknown(installation: Installation) {
    let ada = installation.register().await;
    let grace = installation.register_as("grace@example.org").await;
    let sessions = installation.portcullis.sessions();
    let account = ada.access.verified().subject().account;
    for session in [session_id(&grace), SessionId::new(installation.clock.now())] {
        let ended = sessions.end_elsewhere(account, session).await;
        assert_eq!(ended.expect("done"), Revoked::Unknown);
    }
    assert!(sessions.authenticate(grace.access.expose()).is_ok());
}

async fn end_others_keeps_the_current_session(installation: Installation) {
    let others = [
        installation.register().await,
        begin_on(&installation, Device::default()).await,
    ];
    let current = begin_on(&installation, Device::default()).await;
    let grace = installation.register_as("grace@example.org").await;
    let sessions = installation.portcullis.sessions();
    let account = current.access.verified().subject().account;
    for expected in [2, 0] {
        let ended = sessions.end_others(account, session_id(&current)).await;
        assert_eq!(ended.expect("done"), expected);
    }
    for other in &others {
        let access = sessions.authenticate(other.access.expose());
        assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
        let refreshed = sessions.refresh(refresh_token(other)).await;
        assert!(
            matches!(refreshed, Err(SessionError::EndedElsewhere)),
            "{refreshed:?}"
        );
    }
    for kept in [&current, &grace] {
        assert!(sessions.authenticate(kept.access.expose()).is_ok());
        sessions.refresh(refresh_token(kept)).await.expect("kept");
    }
}
