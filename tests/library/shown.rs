//! What is shown of a session and its account: read once, and again after the account has changed.

use std::time::Duration;

use portcullis::{
    Portcullis,
    accounts::{DisplayName, Email, ExternalAccount},
    sessions::{IssuedTokens, SessionError},
    testing::close_database,
    wire::Account,
};
use testkit::{EMAIL, installation::Installation, on_both};
use tokio::time::{sleep, timeout};

on_both! { Installation:
    session_shown_before_is_not_read_again;
    changed_account_is_shown_at_once_and_by_other_processes;
    changed_external_account_is_shown_at_once;
    account_changed_by_hand_is_shown;
    session_that_ended_is_not_shown;
}

/// Far more than the quarter of a second after which the feed is read.
const LONG: Duration = Duration::from_secs(30);

async fn shown(portcullis: &Portcullis, issued: &IssuedTokens) -> Result<Account, SessionError> {
    let sessions = portcullis.sessions();
    let access = sessions.authenticate(issued.access.expose())?;
    Ok(sessions.snapshot(&access).await?.account)
}

async fn name(portcullis: &Portcullis, issued: &IssuedTokens) -> String {
    let account = shown(portcullis, issued).await;
    account.expect("signed in").name
}

/// Waits until a process shows the account as expected.
async fn until(
    portcullis: &Portcullis,
    issued: &IssuedTokens,
    is_shown: impl Fn(&Account) -> bool,
) {
    let waiting = async {
        while !is_shown(&shown(portcullis, issued).await.expect("signed in")) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, waiting).await.expect("it is shown");
}

async fn session_shown_before_is_not_read_again(installation: Installation) {
    let portcullis = &installation.portcullis;
    let (first, second) = (installation.register().await, installation.sign_in().await);
    let account = shown(portcullis, &first).await.expect("signed in");
    close_database(portcullis).await;
    assert_eq!(shown(portcullis, &first).await.expect("cached"), account);
    let other = shown(portcullis, &second).await;
    assert!(matches!(other, Err(SessionError::Store(_))), "{other:?}");
}

async fn changed_account_is_shown_at_once_and_by_other_processes(installation: Installation) {
    let (portcullis, other) = (
        &installation.portcullis,
        installation.second_process().await,
    );
    other.start_tasks();
    let issued = installation.register().await;
    let id = shown(portcullis, &issued).await.expect("signed in").id;
    shown(&other, &issued).await.expect("signed in");

    let (email, new) = (Email::parse(EMAIL), DisplayName::parse("Ada Lovelace"));
    let (email, new) = (email.expect("an address"), new.expect("a name"));
    let accounts = portcullis.accounts();
    accounts.rename(&email, &new).await.expect("renamed");
    assert_eq!(name(portcullis, &issued).await, "Ada Lovelace");
    until(&other, &issued, |account| account.name == "Ada Lovelace").await;

    let admin = accounts.set_admin(id.parse().expect("an id"), true).await;
    assert!(admin.expect("changed"));
    let account = shown(portcullis, &issued).await.expect("signed in");
    assert!(account.is_admin);
    until(&other, &issued, |account| account.is_admin).await;
    other.shutdown().await;
}

async fn changed_external_account_is_shown_at_once(installation: Installation) {
    let portcullis = &installation.portcullis;
    let put = async |name| {
        let account = ExternalAccount::new("users:42", "", name).expect("valid");
        let account = portcullis.accounts().external(&account).await;
        account.expect("stored")
    };
    let account = put("Ada").await;
    let issued = portcullis.sessions().begin(&account, &[]).await;
    let issued = issued.expect("a session");
    assert_eq!(name(portcullis, &issued).await, "Ada");
    put("Ada Lovelace").await;
    assert_eq!(name(portcullis, &issued).await, "Ada Lovelace");
}

async fn account_changed_by_hand_is_shown(installation: Installation) {
    let portcullis = &installation.portcullis;
    portcullis.start_tasks();
    let issued = installation.register().await;
    name(portcullis, &issued).await;
    let direct = installation.place.direct().await;
    direct.run("UPDATE accounts SET email = 'a@b.org'").await;
    until(portcullis, &issued, |account| account.email == "a@b.org").await;
    portcullis.shutdown().await;
}

async fn session_that_ended_is_not_shown(installation: Installation) {
    let portcullis = &installation.portcullis;
    let issued = installation.register().await;
    name(portcullis, &issued).await;
    let email = Email::parse(EMAIL).expect("an address");
    let deactivated = portcullis.accounts().set_active(&email, false).await;
    assert!(deactivated.expect("changed"));
    let ended = shown(portcullis, &issued).await;
    assert!(matches!(ended, Err(SessionError::Ended)), "{ended:?}");
}
