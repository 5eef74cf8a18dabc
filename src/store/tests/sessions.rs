//! Beginning sessions and ending those of an account; what the schema and a closed database
//! reject.

use super::*;

on_both! { Fixture:
    insert_with_taken_email_is_rejected;
    inactive_account_cannot_begin_a_session;
    schema_rejects_invalid_sessions;
    sign_in_ends_replaced_session_and_sets_last_login;
    deactivation_ends_every_session;
    closed_database_is_a_transient_error;
    debug_output_of_a_session_shows_no_hash;
}

async fn insert_with_taken_email_is_rejected(fixture: Fixture) {
    let again = fixture
        .store
        .insert_account(&new_account(AccountId::new(at(3)), KEY))
        .await;
    assert!(matches!(again, Err(StoreError::EmailTaken)), "{again:?}");
    assert_eq!(fixture.store.accounts().await.expect("listed").len(), 1);
}

async fn inactive_account_cannot_begin_a_session(fixture: Fixture) {
    fixture
        .run("UPDATE accounts SET is_active = NOT is_active")
        .await;
    let begun = fixture
        .store
        .begin_session(&new_session(fixture.account), &[], false)
        .await;
    assert!(begun.expect("done").is_none());
    assert_eq!(fixture.count("sessions").await, 1);
}

async fn schema_rejects_invalid_sessions(fixture: Fixture) {
    let broken = [
        "UPDATE sessions SET ended_at = 5",
        "UPDATE sessions SET end_reason = 'reuse'",
        "UPDATE sessions SET ended_at = 5, end_reason = 'a whim'",
        "UPDATE sessions SET generation = -1",
        "UPDATE sessions SET generation = 4294967296",
        "UPDATE sessions SET generation = 3, parent = 3",
        "UPDATE sessions SET generation = 3, parent = -1",
        "UPDATE sessions SET expires_at = created_at",
    ];
    for statement in broken {
        assert!(fixture.try_run(statement).await.is_err(), "{statement}");
    }
}

async fn sign_in_ends_replaced_session_and_sets_last_login(fixture: Fixture) {
    let new = NewSession {
        now: at(20),
        ..new_session(fixture.account)
    };
    assert!(
        fixture
            .store
            .begin_session(&new, &[fixture.session], true)
            .await
            .expect("begun")
            .is_some()
    );
    let old = fixture
        .store
        .session(fixture.session)
        .await
        .expect("read")
        .expect("there");
    assert!(old.is_ended_by(EndReason::Replaced) && !old.is_ended_by(EndReason::Reuse));
    let accounts = fixture.store.accounts().await.expect("listed");
    assert_eq!(accounts[0].last_login_at, Some(at(20)));
}

async fn deactivation_ends_every_session(fixture: Fixture) {
    let second = fixture.begin_another().await;
    let change = fixture
        .store
        .set_account_active(AccountName::Email(KEY), false, at(30), Actor::Operator)
        .await
        .expect("done");
    let mut ended = change.expect("the account").ended;
    ended.sort_unstable();
    let mut both = vec![fixture.session, second];
    both.sort_unstable();
    assert_eq!(ended, both);

    let again = fixture
        .store
        .set_account_active(AccountName::Email(KEY), false, at(31), Actor::Operator)
        .await
        .expect("done");
    assert!(!again.expect("the account").changed);
    let unknown = fixture
        .store
        .set_account_active(
            AccountName::Email("x@example.org"),
            true,
            at(31),
            Actor::Operator,
        )
        .await;
    assert_eq!(unknown.expect("done"), None);
}

async fn closed_database_is_a_transient_error(fixture: Fixture) {
    fixture.store.close().await;
    let error = fixture
        .store
        .session(fixture.session)
        .await
        .expect_err("closed");
    assert!(error.is_transient(), "{error}");
    assert!(!StoreError::EmailTaken.is_transient());
    assert!(!fixture.store.is_reachable().await);
}

async fn debug_output_of_a_session_shows_no_hash(fixture: Fixture) {
    let row = fixture.store.session(fixture.session).await.expect("read");
    let row = row.expect("the session");
    assert_eq!(row.key_hash, [7; 32]);
    assert_eq!(format!("{row:?}"), "SessionRow");
}
