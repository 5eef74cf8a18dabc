//! Registering: an account with its first session.

use super::*;

on_both! { Fixture:
    registration_creates_the_account_and_its_session;
    registration_without_its_session_creates_no_account;
    registration_with_a_taken_address_begins_no_session;
}

const OTHER: &str = "grace@example.org";

async fn registration_creates_the_account_and_its_session(fixture: Fixture) {
    let account = new_account(AccountId::new(at(3)), OTHER);
    let session = new_session(account.id);
    let replaced = [fixture.session];
    let registered = fixture
        .store
        .register(&account, None, &session, &replaced, true)
        .await;
    registered.expect("registered");
    let row = fixture.store.session(session.id).await.expect("read");
    let row = row.expect("the session");
    assert_eq!((row.holder.account_id, row.is_ended()), (account.id, false));
    let former = fixture.store.session(fixture.session).await.expect("read");
    let former = former.expect("the session");
    assert!(former.is_ended_by(EndReason::Replaced));
    let account = fixture.store.account(account.id).await.expect("read");
    let account = account.expect("the account");
    assert_eq!(account.last_login_at, Some(session.now));
}

/// Otherwise a repeated form would get the response that the address has an account.
async fn registration_without_its_session_creates_no_account(fixture: Fixture) {
    let events = fixture.count("audit_events").await;
    let account = new_account(AccountId::new(at(3)), OTHER);
    let session = NewSession {
        // The schema rejects a session that expires when it begins.
        expires_at: at(2),
        ..new_session(account.id)
    };
    let failed = fixture
        .store
        .register(&account, None, &session, &[fixture.session], false)
        .await;
    assert!(matches!(failed, Err(StoreError::Query(_))), "{failed:?}");
    let accounts = fixture.store.accounts().await.expect("listed");
    assert_eq!(accounts.len(), 1);
    assert_eq!(fixture.count("audit_events").await, events);
    let former = fixture.store.session(fixture.session).await.expect("read");
    assert!(!former.expect("the session").is_ended());
}

async fn registration_with_a_taken_address_begins_no_session(fixture: Fixture) {
    let account = new_account(AccountId::new(at(3)), KEY);
    let session = new_session(account.id);
    let taken = fixture
        .store
        .register(&account, None, &session, &[fixture.session], false)
        .await;
    assert!(matches!(taken, Err(StoreError::EmailTaken)), "{taken:?}");
    assert_eq!(fixture.count("sessions").await, 1);
    let former = fixture.store.session(fixture.session).await.expect("read");
    assert!(!former.expect("the session").is_ended());
}
