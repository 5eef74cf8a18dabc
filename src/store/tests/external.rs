//! The statements and the schemas of external accounts.

use tokio::task::JoinSet;

use super::*;

on_both! { Fixture:
    concurrent_first_sign_ins_create_one_account;
    unchanged_profile_records_no_event;
    inactive_account_keeps_its_profile;
    email_does_not_find_an_external_account;
    schema_rejects_mixed_kinds_of_accounts;
}

const PROFILE: ExternalProfile<'static> = ExternalProfile {
    external_id: "users:42",
    email: KEY,
    name: "Ada",
};

impl Fixture {
    async fn put(&self, profile: &ExternalProfile<'_>) -> StoredAccount {
        let new = AccountId::new(at(5));
        let put = self.store.put_external_account(profile, new, at(5)).await;
        put.expect("done")
    }
}

async fn concurrent_first_sign_ins_create_one_account(fixture: Fixture) {
    let before = fixture.count("audit_events").await;
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let store = fixture.store.clone();
        tasks.spawn(async move {
            let new = AccountId::new(at(5));
            store.put_external_account(&PROFILE, new, at(5)).await
        });
    }
    let mut rows = tasks.join_all().await.into_iter();
    let first = rows.next().expect("a hundred").expect("done");
    assert_eq!(first.external_id.as_deref(), Some("users:42"));
    for row in rows {
        assert_eq!(row.expect("done"), first);
    }
    assert_eq!(fixture.store.accounts().await.expect("listed").len(), 2);
    assert_eq!(fixture.count("audit_events").await, before + 1);
}

async fn unchanged_profile_records_no_event(fixture: Fixture) {
    let first = fixture.put(&PROFILE).await;
    let before = fixture.count("audit_events").await;
    assert_eq!(fixture.put(&PROFILE).await, first);
    assert_eq!(fixture.count("audit_events").await, before);

    let changed = [
        ExternalProfile {
            email: "",
            ..PROFILE
        },
        ExternalProfile {
            name: "Augusta",
            ..PROFILE
        },
    ];
    for (profile, events) in changed.iter().zip(1..) {
        let row = fixture.put(profile).await;
        assert_eq!(row.id, first.id);
        assert_eq!((&*row.email, &*row.name), (profile.email, profile.name));
        assert_eq!(fixture.count("audit_events").await, before + events);
    }
}

async fn inactive_account_keeps_its_profile(fixture: Fixture) {
    let first = fixture.put(&PROFILE).await;
    let name = AccountName::External(PROFILE.external_id);
    let change = fixture
        .store
        .set_account_active(name, false, at(6), Actor::Operator)
        .await;
    assert!(change.expect("done").expect("the account").changed);
    let changed = ExternalProfile {
        name: "Augusta",
        ..PROFILE
    };
    let row = fixture.put(&changed).await;
    assert!(!row.is_active);
    assert_eq!(row.name, first.name);
}

async fn email_does_not_find_an_external_account(fixture: Fixture) {
    let profile = ExternalProfile {
        email: "grace@example.org",
        ..PROFILE
    };
    fixture.put(&profile).await;
    let found = fixture.store.account_by_email(profile.email).await;
    assert!(found.expect("read").is_none());
    let name = AccountName::Email(profile.email);
    let change = fixture
        .store
        .set_account_active(name, false, at(6), Actor::Operator)
        .await;
    assert_eq!(change.expect("done"), None);

    let same = new_account(AccountId::new(at(7)), profile.email);
    let same = fixture.store.insert_account(&same).await;
    same.expect("the address is free");
}

async fn schema_rejects_mixed_kinds_of_accounts(fixture: Fixture) {
    fixture.put(&PROFILE).await;
    let broken = [
        "UPDATE accounts SET email_key = 'x' WHERE external_id IS NOT NULL",
        "UPDATE accounts SET password_hash = 'x' WHERE external_id IS NOT NULL",
        "UPDATE accounts SET password_hash = NULL WHERE external_id IS NULL",
        "UPDATE accounts SET email_key = NULL WHERE external_id IS NULL",
        "UPDATE accounts SET external_id = 'users:42'",
        "UPDATE accounts SET external_id = '' WHERE external_id IS NOT NULL",
    ];
    for statement in broken {
        assert!(fixture.try_run(statement).await.is_err(), "{statement}");
    }
}
