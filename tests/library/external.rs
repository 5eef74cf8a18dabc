//! Accounts that the application vouches for, against a real database.

use std::time::Duration;

use portcullis::{
    ExternalAccount,
    accounts::AccountError,
    sessions::{Grant, SessionError},
};
use testkit::{EMAIL, PASSWORD, installation::Installation, on_both};

on_both! { Installation:
    an_external_account_is_signed_in_and_refreshed;
    a_changed_profile_is_shown_from_the_next_refresh_on;
    a_password_never_signs_an_external_account_in;
    a_deactivated_external_account_gets_nothing;
    all_sessions_of_an_external_id_end;
    an_unknown_external_id_has_no_account;
}

const ID: &str = "users:42";

fn ada(name: &str) -> ExternalAccount {
    ExternalAccount::new(ID, EMAIL, name).expect("sound")
}

async fn sign_in_as(installation: &Installation, account: &ExternalAccount) -> Grant {
    let accounts = installation.portcullis.accounts();
    let account = accounts.external(account).await.expect("active");
    let sessions = installation.portcullis.sessions();
    sessions.begin(&account, &[]).await.expect("begun")
}

async fn an_external_account_is_signed_in_and_refreshed(installation: Installation) {
    let first = sign_in_as(&installation, &ada("Ada")).await;
    assert_eq!(first.snapshot.account.email, EMAIL);
    assert_eq!(first.snapshot.account.name, "Ada");
    assert!(!first.snapshot.account.is_admin);
    installation.clock.advance(Duration::from_secs(31));
    let second = installation.refresh(&first).await.expect("refreshed");
    assert_eq!(second.snapshot.session.renewals, 1);
    assert_eq!(second.snapshot.account, first.snapshot.account);

    let again = sign_in_as(&installation, &ada("Ada")).await;
    assert_eq!(again.snapshot.account, first.snapshot.account);
}

async fn a_changed_profile_is_shown_from_the_next_refresh_on(installation: Installation) {
    let first = sign_in_as(&installation, &ada("Ada")).await;
    let bare = ExternalAccount::new(ID, "", "Augusta").expect("sound");
    let elsewhere = sign_in_as(&installation, &bare).await;
    assert_eq!(elsewhere.snapshot.account.id, first.snapshot.account.id);
    installation.clock.advance(Duration::from_secs(31));
    let second = installation.refresh(&first).await.expect("refreshed");
    assert_eq!(second.snapshot.account, elsewhere.snapshot.account);
    assert_eq!(second.snapshot.account.name, "Augusta");
    assert_eq!(second.snapshot.account.email, "");
}

async fn a_password_never_signs_an_external_account_in(installation: Installation) {
    let external = sign_in_as(&installation, &ada("Ada")).await;
    let accounts = installation.portcullis.accounts();
    for password in [PASSWORD, "", "the password of nobody"] {
        let refused = accounts.check(EMAIL, password).await;
        let is_refused = matches!(refused, Err(AccountError::InvalidCredentials));
        assert!(is_refused, "{password:?}: {refused:?}");
    }

    let own = installation.account(EMAIL).await;
    assert_ne!(own.row().id.to_string(), external.snapshot.account.id);
    let checked = accounts.check(EMAIL, PASSWORD).await.expect("right");
    assert_eq!(checked.row().id, own.row().id);
}

async fn a_deactivated_external_account_gets_nothing(installation: Installation) {
    let grant = sign_in_as(&installation, &ada("Ada")).await;
    let accounts = installation.portcullis.accounts();
    for changed in [true, false] {
        let change = accounts.set_external_active(ID, false).await;
        assert_eq!(change.expect("done"), changed);
    }
    let sessions = installation.portcullis.sessions();
    let access = sessions.authenticate(grant.access.expose());
    assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    let refreshed = installation.refresh(&grant).await;
    let is_refused = matches!(refreshed, Err(SessionError::Inactive));
    assert!(is_refused, "{refreshed:?}");
    let signed_in = accounts.external(&ada("Augusta")).await;
    let is_refused = matches!(signed_in, Err(AccountError::Inactive));
    assert!(is_refused, "{signed_in:?}");
    let row = accounts.find_external(ID).await.expect("there");
    assert_eq!((row.is_active, &*row.name), (false, "Ada"));

    let change = accounts.set_external_active(ID, true).await;
    assert!(change.expect("done"));
    sign_in_as(&installation, &ada("Ada")).await;
}

async fn all_sessions_of_an_external_id_end(installation: Installation) {
    let grants = [
        sign_in_as(&installation, &ada("Ada")).await,
        sign_in_as(&installation, &ada("Ada")).await,
    ];
    let other = ExternalAccount::new("users:43", EMAIL, "").expect("sound");
    let other = sign_in_as(&installation, &other).await;
    let sessions = installation.portcullis.sessions();
    assert_eq!(sessions.end_external(ID).await.expect("done"), 2);
    for grant in &grants {
        let access = sessions.authenticate(grant.access.expose());
        assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    }
    assert!(sessions.authenticate(other.access.expose()).is_ok());
    assert_eq!(sessions.end_external(ID).await.expect("done"), 0);
}

async fn an_unknown_external_id_has_no_account(installation: Installation) {
    let accounts = installation.portcullis.accounts();
    let found = accounts.find_external(ID).await;
    let is_unknown = matches!(found, Err(AccountError::NoSuchExternalAccount));
    assert!(is_unknown, "{found:?}");
    let change = accounts.set_external_active(ID, false).await;
    let is_unknown = matches!(change, Err(AccountError::NoSuchExternalAccount));
    assert!(is_unknown, "{change:?}");
    let sessions = installation.portcullis.sessions();
    assert_eq!(sessions.end_external(ID).await.expect("done"), 0);
}
