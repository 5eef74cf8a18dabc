//! The e-mail addresses of accounts from a version that compared them in lower case.

use portcullis::accounts::{AccountError, DisplayName, Email, NewPassword};
use testkit::{
    PASSWORD,
    installation::{Installation, until_rejected},
    on_both,
};

on_both! { Installation:
    account_with_a_former_key_is_found;
    deactivation_by_a_former_address_completes_if_the_caller_is_dropped;
}

const FORMER: &str = "straße@example.org";
const FOLDED: &str = "strasse@example.org";

async fn account_with_a_former_key_is_found(installation: Installation) {
    let accounts = installation.portcullis.accounts();
    let former = installation.account(FORMER).await.row().id;
    let direct = installation.place.direct().await;
    direct
        .run("UPDATE accounts SET email_key = 'straße@example.org'")
        .await;
    direct.close().await;
    let email = |text| Email::parse(text).expect("an address");
    let id = async |text| {
        let account = accounts.check(text, PASSWORD).await.expect("signed in");
        account.row().id
    };
    assert_eq!(id("Straße@Example.org").await, former);
    assert_eq!(
        accounts.find(&email(FORMER)).await.expect("found").id,
        former
    );
    let name = DisplayName::default();
    let password = NewPassword::parse("another long password").expect("valid");
    let taken = accounts.register(&email(FORMER), &name, &password).await;
    assert!(matches!(taken, Err(AccountError::EmailTaken)), "{taken:?}");

    // Two accounts of older versions may have these two addresses.
    let folded = installation.account(FOLDED).await.row().id;
    assert_eq!(id(FOLDED).await, folded);
    assert_eq!(id(FORMER).await, former);
    let renamed = DisplayName::parse("Ada").expect("a name");
    let changed = accounts.rename(&email(FORMER), &renamed).await;
    assert!(changed.expect("renamed"));
    let set = accounts.set_password(&email(FORMER), &password).await;
    set.expect("set");
    assert!(accounts.check(FORMER, PASSWORD).await.is_err());
    let deactivated = accounts.set_active(&email(FORMER), false).await;
    assert!(deactivated.expect("deactivated"));
    accounts.delete(&email(FORMER)).await.expect("deleted");
    let found = accounts.find(&email(FORMER)).await.expect("the other one");
    assert_eq!((found.id, &*found.name), (folded, ""));
}

async fn deactivation_by_a_former_address_completes_if_the_caller_is_dropped(
    installation: Installation,
) {
    let issued = installation.register_as(FORMER).await;
    let direct = installation.place.direct().await;
    direct
        .run("UPDATE accounts SET email_key = 'straße@example.org'")
        .await;
    direct.close().await;
    let email = Email::parse(FORMER).expect("an address");
    let accounts = installation.portcullis.accounts();
    let deactivated = accounts.set_active(&email, false);
    installation.poll_once_and_drop(deactivated).await;
    until_rejected(&installation.portcullis, &issued).await;
}
