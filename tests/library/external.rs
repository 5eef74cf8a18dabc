//! Accounts that the application authenticates, on a real database.

use std::time::Duration;

use portcullis::{
    ExternalAccount,
    accounts::AccountError,
    sessions::{IssuedTokens, SessionError},
};
use testkit::{
    EMAIL, PASSWORD,
    installation::{Installation, until_rejected},
    on_both,
};

on_both! { Installation:
    external_account_signs_in_and_refreshes;
    changed_profile_appears_on_the_next_refresh;
    external_account_has_no_password_sign_in;
    deactivated_external_account_is_rejected;
    deactivation_completes_if_the_caller_is_dropped;
    end_external_ends_all_sessions_of_the_id;
    unknown_external_id_has_no_account;
}

const ID: &str = "users:42";

fn ada(name: &str) -> ExternalAccount {
    ExternalAccount::new(ID, EMAIL, name).expect("valid")
}

async fn sign_in_as(installation: &Installation, account: &ExternalAccount) -> IssuedTokens {
    let accounts = installation.portcullis.accounts();
    let account = accounts.external(account).await.expect("active");
    let sessions = installation.portcullis.sessions();
    sessions.begin(&account, &[]).await.expect("begun")
}

async fn deactivation_completes_if_the_caller_is_dropped(installation: Installation) {
    let issued = sign_in_as(&installation, &ada("Ada")).await;
    let accounts = installation.portcullis.accounts();
    installation
        .poll_once_and_drop(accounts.set_external_active(ID, false))
        .await;
    until_rejected(&installation.portcullis, &issued).await;
}

async fn external_account_signs_in_and_refreshes(installation: Installation) {
    let first = sign_in_as(&installation, &ada("Ada")).await;
    assert_eq!(first.snapshot.account.email, EMAIL);
    assert_eq!(first.snapshot.account.name, "Ada");
    assert!(!first.snapshot.account.is_admin);
    installation.clock.advance(Duration::from_secs(31));
    let second = installation.refresh(&first).await.expect("refreshed");
    assert_eq!(second.snapshot.session.rotations, 1);
    assert_eq!(second.snapshot.account, first.snapshot.account);

    let again = sign_in_as(&installation, &ada("Ada")).await;
    assert_eq!(again.snapshot.account, first.snapshot.account);
}

async fn changed_profile_appears_on_the_next_refresh(installation: Installation) {
    let first = sign_in_as(&installation, &ada("Ada")).await;
    let changed = ExternalAccount::new(ID, "", "Augusta").expect("valid");
    let changed = sign_in_as(&installation, &changed).await;
    assert_eq!(changed.snapshot.account.id, first.snapshot.account.id);
    installation.clock.advance(Duration::from_secs(31));
    let second = installation.refresh(&first).await.expect("refreshed");
    assert_eq!(second.snapshot.account, changed.snapshot.account);
    assert_eq!(second.snapshot.account.name, "Augusta");
    assert_eq!(second.snapshot.account.email, "");
}

async fn external_account_has_no_password_sign_in(installation: Installation) {
    let external = sign_in_as(&installation, &ada("Ada")).await;
    let accounts = installation.portcullis.accounts();
    for password in [PASSWORD, "", "the decoy password"] {
        let rejected = accounts.check(EMAIL, password).await;
        let is_rejected = matches!(rejected, Err(AccountError::InvalidCredentials));
        assert!(is_rejected, "{password:?}: {rejected:?}");
    }

    let own = installation.account(EMAIL).await;
    assert_ne!(own.row().id.to_string(), external.snapshot.account.id);
    let checked = accounts.check(EMAIL, PASSWORD).await.expect("valid");
    assert_eq!(checked.row().id, own.row().id);
}

async fn deactivated_external_account_is_rejected(installation: Installation) {
    let issued = sign_in_as(&installation, &ada("Ada")).await;
    let accounts = installation.portcullis.accounts();
    for changed in [true, false] {
        let change = accounts.set_external_active(ID, false).await;
        assert_eq!(change.expect("done"), changed);
    }
    let sessions = installation.portcullis.sessions();
    let access = sessions.authenticate(issued.access.expose());
    assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    let refreshed = installation.refresh(&issued).await;
    let is_rejected = matches!(refreshed, Err(SessionError::Inactive));
    assert!(is_rejected, "{refreshed:?}");
    let signed_in = accounts.external(&ada("Augusta")).await;
    let is_rejected = matches!(signed_in, Err(AccountError::Inactive));
    assert!(is_rejected, "{signed_in:?}");
    let row = accounts.find_external(ID).await.expect("found");
    assert_eq!((row.is_active, &*row.name), (false, "Ada"));

    let change = accounts.set_external_active(ID, true).await;
    assert!(change.expect("done"));
    sign_in_as(&installation, &ada("Ada")).await;
}

async fn end_external_ends_all_sessions_of_the_id(installation: Installation) {
    let all_issued = [
        sign_in_as(&installation, &ada("Ada")).await,
        sign_in_as(&installation, &ada("Ada")).await,
    ];
    let other = ExternalAccount::new("users:43", EMAIL, "").expect("valid");
    let other = sign_in_as(&installation, &other).await;
    let sessions = installation.portcullis.sessions();
    assert_eq!(sessions.end_external(ID).await.expect("done"), 2);
    for issued in &all_issued {
        let access = sessions.authenticate(issued.access.expose());
        assert!(matches!(access, Err(SessionError::Ended)), "{access:?}");
    }
    assert!(sessions.authenticate(other.access.expose()).is_ok());
    assert_eq!(sessions.end_external(ID).await.expect("done"), 0);
}

async fn unknown_external_id_has_no_account(installation: Installation) {
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
