//! Administrators, and what an account may do to another.

use super::*;

on_both! { Fixture:
    administrator_is_made_and_removed;
    own_account_keeps_its_rights;
    only_an_administrator_acts_on_another;
    two_administrators_cannot_remove_each_other;
}

impl Fixture {
    async fn add_admin(&self, email: &str) -> AccountId {
        let id = AccountId::new(at(5));
        let new = NewAccount {
            is_admin: true,
            ..new_account(id, email)
        };
        self.store.insert_account(&new).await.expect("inserted");
        id
    }

    async fn set_admin(
        &self,
        account: AccountId,
        is_admin: bool,
        actor: AccountId,
    ) -> Result<Option<bool>, StoreError> {
        let set = self
            .store
            .set_account_admin(account, is_admin, at(20), Actor::Account(actor));
        set.await
    }

    async fn deactivate(
        &self,
        account: AccountId,
        actor: AccountId,
    ) -> Result<Option<AccountChange>, StoreError> {
        let name = AccountName::Id(account);
        let set = self
            .store
            .set_account_active(name, false, at(20), Actor::Account(actor));
        set.await
    }

    async fn is_admin(&self, account: AccountId) -> bool {
        let account = self.store.account(account).await.expect("read");
        account.is_some_and(|account| account.is_admin && account.is_active)
    }

    /// Returns the name and the actor of the last event.
    async fn last_event(&self) -> (String, Option<AccountId>) {
        let page = self
            .store
            .events(&EventFilter::default(), PagePosition::First, 1)
            .await;
        let mut rows = page.expect("read").rows;
        let event = rows.pop().expect("an event");
        (event.event, event.actor_id)
    }
}

async fn administrator_is_made_and_removed(fixture: Fixture) {
    let admin = fixture.add_admin("admin@b.org").await;
    for (is_admin, event) in [
        (true, "authz_change:user,admin"),
        (false, "authz_change:admin,user"),
    ] {
        let changed = fixture.set_admin(fixture.account, is_admin, admin).await;
        assert_eq!(changed.expect("done"), Some(true));
        assert_eq!(fixture.is_admin(fixture.account).await, is_admin);
        assert_eq!(fixture.last_event().await, (event.to_owned(), Some(admin)));
        let events = fixture.count("audit_events").await;
        let again = fixture.set_admin(fixture.account, is_admin, admin).await;
        assert_eq!(again.expect("done"), Some(false));
        assert_eq!(fixture.count("audit_events").await, events);
    }
    let unknown = AccountId::new(at(9));
    let changed = fixture.set_admin(unknown, true, admin).await;
    assert_eq!(changed.expect("done"), None);
    let name = AccountName::Email(KEY);
    let deleted = fixture
        .store
        .delete_account(name, at(20), Actor::Operator)
        .await;
    deleted.expect("done");
    let changed = fixture.set_admin(fixture.account, true, admin).await;
    assert_eq!(changed.expect("done"), None, "deleted");
}

async fn own_account_keeps_its_rights(fixture: Fixture) {
    let admin = fixture.add_admin("admin@b.org").await;
    fixture.add_admin("second@b.org").await;
    let removed = fixture.set_admin(admin, false, admin).await;
    assert!(
        matches!(removed, Err(StoreError::OwnAccount)),
        "{removed:?}"
    );
    let deactivated = fixture.deactivate(admin, admin).await;
    let is_own = matches!(deactivated, Err(StoreError::OwnAccount));
    assert!(is_own, "{deactivated:?}");
    assert!(fixture.is_admin(admin).await);

    let name = AccountName::Email("admin@b.org");
    let deleted = fixture
        .store
        .delete_account(name, at(20), Actor::Account(admin));
    let deleted = deleted.await;
    let is_own = matches!(deleted, Err(StoreError::OwnAccount));
    assert!(is_own, "{deleted:?}");
    assert!(fixture.is_admin(admin).await);

    let operator = fixture
        .store
        .set_account_admin(admin, false, at(20), Actor::Operator);
    assert_eq!(operator.await.expect("done"), Some(true));
}

async fn only_an_administrator_acts_on_another(fixture: Fixture) {
    let admin = fixture.add_admin("admin@b.org").await;
    let user = fixture.account;
    let removed = fixture.set_admin(admin, false, user).await;
    let is_rejected = matches!(removed, Err(StoreError::NotAdministrator));
    assert!(is_rejected, "{removed:?}");
    let deactivated = fixture.deactivate(admin, user).await;
    let is_rejected = matches!(deactivated, Err(StoreError::NotAdministrator));
    assert!(is_rejected, "{deactivated:?}");
    assert!(fixture.is_admin(admin).await);
    let granted = fixture.set_admin(user, true, user).await;
    let is_rejected = matches!(granted, Err(StoreError::NotAdministrator));
    assert!(is_rejected, "{granted:?}");
    let change = fixture.deactivate(user, admin).await.expect("done");
    assert_eq!(change.expect("the account").ended, [fixture.session]);
}

async fn two_administrators_cannot_remove_each_other(fixture: Fixture) {
    for round in 0..10 {
        let one = fixture.add_admin(&format!("one{round}@b.org")).await;
        let two = fixture.add_admin(&format!("two{round}@b.org")).await;
        let (removed, deactivated) = tokio::join!(
            fixture.set_admin(one, false, two),
            fixture.deactivate(two, one),
        );
        let is_one = fixture.is_admin(one).await;
        assert_eq!(is_one, deactivated.is_ok(), "{removed:?} {deactivated:?}");
        assert_ne!(is_one, fixture.is_admin(two).await);
        assert_eq!(is_one, removed.is_err(), "{removed:?} {deactivated:?}");
    }
}
