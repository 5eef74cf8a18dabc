//! Changing a password, with the races that it must win.

use portcullis::{
    accounts::{AccountError, NewPassword, PasswordChange},
    sessions::{Device, IssuedTokens, SessionError},
};
use testkit::{
    EMAIL, PASSWORD,
    installation::{Installation, refresh_token, session_id, until_rejected},
    on_both,
};

/// A hash of [`PASSWORD`] with less memory and fewer passes than those of today.
const WEAK_HASH: &str = "$argon2id$v=19$m=8192,t=1,p=1$YSBmaXhlZCBzYWx0IDE2Yg$3Ck5+ewSUCMRrR2mEhQn+8AwS+DasqtBfx/XBabkUJI";

const NEW: &str = "wrong horse, right stable";

on_both! { Installation:
    password_change_ends_every_former_token;
    password_change_checks_the_current_password;
    second_of_two_changes_at_once_fails;
    sign_in_under_way_fails_after_a_change;
    change_completes_if_the_caller_is_dropped;
    change_from_a_revoked_session_fails;
    change_is_rejected_in_all_processes;
    sign_in_replaces_a_weaker_hash;
    change_to_words_of_the_account_is_rejected;
}

async fn checked(
    installation: &Installation,
    issued: &IssuedTokens,
    current: &str,
    new: &str,
) -> Result<PasswordChange, AccountError> {
    let account = issued.access.verified().subject().account;
    let new = NewPassword::parse(new).expect("long enough");
    let accounts = installation.portcullis.accounts();
    accounts.check_change(account, current, &new).await
}

async fn change(installation: &Installation, issued: &IssuedTokens) -> IssuedTokens {
    let change = checked(installation, issued, PASSWORD, NEW).await;
    let sessions = installation.portcullis.sessions();
    let changed = sessions.change_password(
        change.expect("checked"),
        session_id(issued),
        Vec::new(),
        Device::default(),
    );
    changed.await.expect("changed")
}

async fn assert_password_is(installation: &Installation, right: &str, wrong: &str) {
    let accounts = installation.portcullis.accounts();
    assert!(accounts.check(EMAIL, right).await.is_ok());
    assert_password_fails(installation, wrong).await;
}

async fn password_change_ends_every_former_token(installation: Installation) {
    let first = installation.register().await;
    let grace = installation.register_as("grace@example.org").await;
    let second = installation.sign_in().await;
    let sessions = installation.portcullis.sessions();

    let own = change(&installation, &first).await;
    for former in [&first, &second] {
        let access = sessions.authenticate(former.access.expose());
        assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
        let refreshed = sessions.refresh(refresh_token(former)).await;
        assert!(
            matches!(refreshed, Err(SessionError::PasswordChanged)),
            "{refreshed:?}"
        );
    }
    for other in [&own, &grace] {
        assert!(sessions.authenticate(other.access.expose()).is_ok());
        assert!(sessions.refresh(refresh_token(other)).await.is_ok());
    }
    assert_password_is(&installation, NEW, PASSWORD).await;
}

async fn password_change_checks_the_current_password(installation: Installation) {
    let issued = installation.register().await;
    let wrong = checked(&installation, &issued, "wrong", NEW).await;
    assert!(matches!(wrong, Err(AccountError::InvalidCredentials)));
    let same = checked(&installation, &issued, PASSWORD, PASSWORD).await;
    assert!(matches!(same, Err(AccountError::SamePassword)));
    assert_password_is(&installation, PASSWORD, NEW).await;
}

async fn second_of_two_changes_at_once_fails(installation: Installation) {
    let first = installation.register().await;
    let other = "a third password of mine";
    let one = checked(&installation, &first, PASSWORD, NEW).await;
    let two = checked(&installation, &first, PASSWORD, other).await;
    let sessions = installation.portcullis.sessions();
    let (one, two) = tokio::join!(
        sessions.change_password(
            one.expect("checked"),
            session_id(&first),
            Vec::new(),
            Device::default()
        ),
        sessions.change_password(
            two.expect("checked"),
            session_id(&first),
            Vec::new(),
            Device::default()
        ),
    );
    let (right, wrong) = if one.is_ok() {
        (NEW, other)
    } else {
        (other, NEW)
    };
    let failed = if one.is_ok() { two } else { one };
    assert!(matches!(failed, Err(SessionError::Inactive)), "{failed:?}");
    assert_password_is(&installation, right, wrong).await;
}

async fn sign_in_under_way_fails_after_a_change(installation: Installation) {
    let first = installation.register().await;
    let accounts = installation.portcullis.accounts();
    let under_way = accounts.check(EMAIL, PASSWORD).await.expect("valid");
    change(&installation, &first).await;
    let sessions = installation.portcullis.sessions();
    let begun = sessions.begin(&under_way, &[]).await;
    assert!(matches!(begun, Err(SessionError::Inactive)), "{begun:?}");
}

async fn change_completes_if_the_caller_is_dropped(installation: Installation) {
    let first = installation.register().await;
    let change = checked(&installation, &first, PASSWORD, NEW).await;
    let sessions = installation.portcullis.sessions().clone();
    let from = session_id(&first);
    let changed = sessions.change_password(
        change.expect("checked"),
        from,
        Vec::new(),
        Device::default(),
    );
    installation.poll_once_and_drop(changed).await;
    until_rejected(&installation.portcullis, &first).await;
    assert_password_is(&installation, NEW, PASSWORD).await;
}

async fn change_from_a_revoked_session_fails(installation: Installation) {
    let first = installation.register().await;
    let change = checked(&installation, &first, PASSWORD, NEW).await;
    let sessions = installation.portcullis.sessions();
    sessions.revoke(session_id(&first)).await.expect("revoked");
    let changed = sessions.change_password(
        change.expect("checked"),
        session_id(&first),
        Vec::new(),
        Device::default(),
    );
    let changed = changed.await;
    assert!(matches!(changed, Err(SessionError::Ended)), "{changed:?}");
    assert_password_is(&installation, PASSWORD, NEW).await;
}

async fn change_is_rejected_in_all_processes(installation: Installation) {
    let first = installation.register().await;
    let other = installation.second_process().await;
    other.start_tasks();
    let own = change(&installation, &first).await;
    until_rejected(&other, &first).await;
    assert!(other.sessions().authenticate(own.access.expose()).is_ok());
    other.shutdown().await;
}

async fn sign_in_replaces_a_weaker_hash(installation: Installation) {
    installation.register().await;
    let direct = installation.place.direct().await;
    let weaken = format!("UPDATE accounts SET password_hash = '{WEAK_HASH}'");
    direct.run(&weaken).await;
    let count =
        "SELECT count(*) FROM accounts WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_password_fails(&installation, NEW).await;
    assert_eq!(direct.number(count).await, 0, "not by a wrong password");
    // It begins a session: the account has the hash with which the password was verified.
    installation.sign_in().await;
    assert_eq!(direct.number(count).await, 1);
    installation.sign_in().await;
    direct.close().await;
}

async fn assert_password_fails(installation: &Installation, wrong: &str) {
    let rejected = installation.portcullis.accounts().check(EMAIL, wrong).await;
    assert!(matches!(rejected, Err(AccountError::InvalidCredentials)));
}

async fn change_to_words_of_the_account_is_rejected(installation: Installation) {
    let issued = installation.register().await;
    for new in [EMAIL, "app.example.org-2027"] {
        let checked = checked(&installation, &issued, PASSWORD, new).await;
        assert!(
            matches!(checked, Err(AccountError::PersonalPassword)),
            "{new}"
        );
    }
    assert_password_is(&installation, PASSWORD, NEW).await;
}
