//! Outcomes that keep a connection, and outcomes that close it.

use std::{future::pending, time::Duration};

use tokio::time::timeout;

use super::*;

on_both! { Fixture:
    taken_email_keeps_the_connection;
    activation_without_effect_keeps_the_connection;
    sign_in_of_inactive_account_keeps_the_connection;
    taken_key_number_keeps_the_connection;
    error_rolls_the_transaction_back;
    failed_statement_closes_the_connection;
    dropped_transaction_closes_the_connection;
}

impl Fixture {
    /// Marks the connection that writes next, and no other.
    async fn mark_connection(&self) {
        self.run("CREATE TEMP TABLE mark (n INTEGER)").await;
    }

    /// Whether the connection that writes next is the marked one.
    async fn is_marked(&self) -> bool {
        let marks = self.store.backend.pick(
            "SELECT count(*) FROM sqlite_temp_schema WHERE name = 'mark'",
            "SELECT count(*) FROM pg_class WHERE oid = to_regclass('pg_temp.mark')",
        );
        let count = async {
            with_connection!(self.store.backend.write(Full), async |connection| {
                Ok(sqlx::query_scalar(marks).fetch_one(connection).await?)
            })
        };
        let count: i64 = count.await.expect("a connection that works");
        count == 1
    }
}

async fn taken_email_keeps_the_connection(fixture: Fixture) {
    fixture.mark_connection().await;
    let taken = new_account(AccountId::new(at(3)), KEY);
    let taken = fixture.store.insert_account(&taken).await;
    assert!(matches!(taken, Err(StoreError::EmailTaken)), "{taken:?}");
    assert!(fixture.is_marked().await);

    let free = new_account(AccountId::new(at(3)), "grace@example.org");
    let free = fixture.store.insert_account(&free).await;
    free.expect("the next write succeeds");
    assert!(fixture.is_marked().await);
}

async fn activation_without_effect_keeps_the_connection(fixture: Fixture) {
    fixture.mark_connection().await;
    for address in [KEY, "unknown@example.org"] {
        let change = fixture
            .store
            .set_account_active(AccountName::Email(address), true, at(3), Actor::Operator)
            .await;
        assert!(change.expect("done").is_none_or(|change| !change.changed));
        assert!(fixture.is_marked().await, "{address}");
    }
}

async fn sign_in_of_inactive_account_keeps_the_connection(fixture: Fixture) {
    let change = fixture
        .store
        .set_account_active(AccountName::Email(KEY), false, at(3), Actor::Operator)
        .await;
    assert!(change.expect("done").is_some_and(|change| change.changed));
    fixture.mark_connection().await;
    let new = new_session(fixture.account);
    let begun = fixture.store.begin_session(&new, &[], false).await;
    assert!(begun.expect("done").is_none());
    assert!(fixture.is_marked().await);
}

async fn taken_key_number_keeps_the_connection(fixture: Fixture) {
    let key = super::keys::key(1, "a");
    assert!(
        fixture
            .store
            .add_signing_key(&key, Actor::System)
            .await
            .expect("added")
    );
    fixture.mark_connection().await;
    let again = fixture
        .store
        .replace_signing_keys(&key, Actor::Operator)
        .await;
    assert!(!again.expect("done"));
    assert!(fixture.is_marked().await);
}

async fn error_rolls_the_transaction_back(fixture: Fixture) {
    let before = fixture.count("audit_events").await;
    fixture.mark_connection().await;
    let failed: Result<(), _> = async {
        with_connection!(fixture.store.backend.begin(Full), async |connection| {
            let event = "INSERT INTO audit_events (at, event) VALUES (1, 'x')";
            sqlx::query(event).execute(connection).await?;
            Err(StoreError::EmailTaken)
        })
    }
    .await;
    assert!(matches!(failed, Err(StoreError::EmailTaken)));
    assert!(fixture.is_marked().await);
    assert_eq!(fixture.count("audit_events").await, before);
}

async fn failed_statement_closes_the_connection(fixture: Fixture) {
    fixture.mark_connection().await;
    let failed = fixture.try_run("UPDATE sessions SET generation = -1").await;
    assert!(matches!(failed, Err(StoreError::Query(_))), "{failed:?}");
    assert!(!fixture.is_marked().await);
}

async fn dropped_transaction_closes_the_connection(fixture: Fixture) {
    let before = fixture.count("audit_events").await;
    fixture.mark_connection().await;
    let transaction = async {
        with_connection!(fixture.store.backend.begin(Full), async |connection| {
            let event = "INSERT INTO audit_events (at, event) VALUES (1, 'x')";
            sqlx::query(event).execute(connection).await?;
            pending::<()>().await;
            Ok(())
        })
    };
    let dropped = timeout(Duration::from_millis(500), transaction).await;
    assert!(dropped.is_err(), "the transaction does not end");
    assert!(!fixture.is_marked().await);
    assert_eq!(fixture.count("audit_events").await, before);
}
