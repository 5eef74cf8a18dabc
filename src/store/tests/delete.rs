//! Deleting an account: what is removed at once, what stays, and the purge.

use super::*;

on_both! { Fixture:
    deleted_account_has_no_personal_data;
    deleted_account_keeps_its_ended_sessions;
    deleted_account_is_found_nowhere;
    address_of_a_deleted_account_is_free;
    external_account_can_be_deleted;
    purge_removes_a_deleted_account_after_its_sessions;
    actor_is_recorded_unless_it_is_the_account;
}

async fn delete(fixture: &Fixture) -> Option<Vec<SessionId>> {
    let deleted = fixture
        .store
        .delete_account(AccountName::Email(KEY), at(30), Actor::Operator);
    deleted.await.expect("done")
}

async fn text(fixture: &Fixture, query: &'static str) -> Option<String> {
    let read = async {
        with_connection!(fixture.store.backend.read(), async |connection| {
            Ok(sqlx::query_scalar(query).fetch_one(connection).await?)
        })
    };
    read.await.expect("read")
}

async fn deleted_account_has_no_personal_data(fixture: Fixture) {
    fixture
        .run("UPDATE session_devices SET user_agent = 'a browser', address = '192.0.2.1'")
        .await;
    delete(&fixture).await;
    let row = text(
        &fixture,
        "SELECT '[' || email || name || coalesce(external_id, '') || password_hash || ']'
         FROM accounts",
    );
    assert_eq!(row.await.as_deref(), Some("[!]"));
    let key = text(&fixture, "SELECT email_key FROM accounts").await;
    assert!(!key.expect("a tombstone").contains("ada"));
    let devices = text(&fixture, "SELECT max(user_agent) FROM session_devices").await;
    assert_eq!(devices, None);
}

async fn deleted_account_keeps_its_ended_sessions(fixture: Fixture) {
    assert_eq!(delete(&fixture).await, Some(vec![fixture.session]));
    let row = fixture.store.session(fixture.session).await.expect("read");
    assert!(row.expect("kept").is_ended_by(EndReason::Deleted));
    let ended = fixture.store.ended_since(at(29)).await.expect("read");
    assert_eq!(ended, [(fixture.session, at(30))]);
}

async fn deleted_account_is_found_nowhere(fixture: Fixture) {
    delete(&fixture).await;
    let store = &fixture.store;
    assert!(store.account_by_email(KEY).await.expect("read").is_none());
    assert!(
        store
            .account(fixture.account)
            .await
            .expect("read")
            .is_none()
    );
    assert_eq!(store.accounts().await.expect("read"), []);
    let password = store.account_with_password(fixture.account).await;
    assert!(password.expect("read").is_none());
    assert_eq!(delete(&fixture).await, None, "it is deleted once");
    let new = new_session(fixture.account);
    let begun = store.begin_session(&new, &[], false).await;
    assert!(begun.expect("done").is_none());
}

async fn address_of_a_deleted_account_is_free(fixture: Fixture) {
    for n in 3..5 {
        delete(&fixture).await.expect("the account");
        let again = new_account(AccountId::new(at(n)), KEY);
        let inserted = fixture.store.insert_account(&again).await;
        inserted.expect("the address is free");
    }
}

async fn external_account_can_be_deleted(fixture: Fixture) {
    let profile = ExternalProfile {
        external_id: "users:42",
        email: "grace@example.org",
        name: "Grace",
    };
    let put = async |n| {
        let id = AccountId::new(at(n));
        let put = fixture.store.put_external_account(&profile, id, at(n));
        put.await.expect("put").id
    };
    let first = put(3).await;
    let name = AccountName::External("users:42");
    let deleted = fixture
        .store
        .delete_account(name, at(4), Actor::Operator)
        .await;
    assert_eq!(deleted.expect("done"), Some(Vec::new()));
    assert_ne!(put(5).await, first, "the same id is another account");
}

async fn purge_removes_a_deleted_account_after_its_sessions(fixture: Fixture) {
    delete(&fixture).await;
    let purge = async |what| fixture.store.purge(what, at(31)).await.expect("purged");
    assert_eq!(purge(Purgeable::Accounts).await, 0, "it has a session");
    assert_eq!(purge(Purgeable::Ended).await, 1);
    assert_eq!(purge(Purgeable::Accounts).await, 1);
    let count = text(&fixture, "SELECT CAST(count(*) AS text) FROM accounts").await;
    assert_eq!(count.as_deref(), Some("0"));
}

async fn actor_is_recorded_unless_it_is_the_account(fixture: Fixture) {
    let (store, own) = (&fixture.store, fixture.account);
    let admin = AccountId::new(at(2));
    let rename = async |name, actor| {
        let renamed = store.rename_account(AccountName::Email(KEY), name, at(5), actor);
        assert_eq!(renamed.await.expect("done"), Some((own, true)));
    };
    rename("by an operator", Actor::Operator).await;
    rename("by the account", Actor::Account(own)).await;
    rename("by another account", Actor::Account(admin)).await;
    let revoked = store.end_session(
        fixture.session,
        None,
        EndReason::Revoked,
        at(6),
        Actor::Account(admin),
    );
    assert_eq!(revoked.await.expect("done"), Some(true));
    let actors = async {
        with_connection!(store.backend.read(), async |connection| {
            let actors: Vec<(Option<AccountId>,)> = sqlx::query_as(
                "SELECT actor_id FROM audit_events
                 WHERE event IN ('user_updated', 'authn_token_revoked') ORDER BY id",
            )
            .fetch_all(connection)
            .await?;
            Ok(actors)
        })
    };
    let expected = [None, None, Some(admin), Some(admin)].map(|actor| (actor,));
    assert_eq!(actors.await.expect("read"), expected);
}
