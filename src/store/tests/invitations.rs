//! Invitations, and the registrations that use them up.

use super::*;
use crate::{
    ids::InvitationId,
    store::invitations::{BY_TOKEN, NEWEST},
};

on_both! { Fixture:
    invitation_is_found_by_its_token_until_it_expires;
    another_invitation_replaces_the_first;
    invitation_is_used_once;
    invitation_of_another_address_creates_no_account;
    failed_registration_leaves_the_invitation;
    concurrent_registrations_use_an_invitation_once;
    withdrawn_invitation_is_gone;
    only_an_administrator_invites_and_withdraws;
    expired_invitations_are_purged;
    invitations_are_found_by_an_index;
}

const INVITED: &str = "grace@example.org";

fn invitation(email: &str, hash: u8) -> NewInvitation<'_> {
    NewInvitation {
        id: InvitationId::new(at(i64::from(hash))),
        token_hash: vec![hash; 32],
        email,
        email_key: email,
        created_at: at(10),
        expires_at: at(100),
        actor: Actor::Operator,
    }
}

fn accepted(hash: u8) -> AcceptedInvitation {
    AcceptedInvitation {
        token_hash: vec![hash; 32],
    }
}

impl Fixture {
    async fn invite(&self, email: &str, hash: u8) -> InvitationId {
        let new = invitation(email, hash);
        self.store.put_invitation(&new).await.expect("created");
        new.id
    }

    async fn invited(&self, hash: u8, now: i64) -> Option<String> {
        let found = self.store.invitation(&[hash; 32], at(now)).await;
        found.expect("read").map(|row| row.email)
    }

    /// Registers an account at a time by an invitation.
    async fn register_by(&self, email: &str, hash: u8, now: i64) -> Result<AccountId, StoreError> {
        let account = NewAccount {
            created_at: at(now),
            ..new_account(AccountId::new(at(now)), email)
        };
        let (session, invitation) = (new_session(account.id), accepted(hash));
        let registered = self
            .store
            .register(&account, Some(&invitation), &session, &[], false);
        registered.await.map(|()| account.id)
    }

    async fn last_events(&self, count: usize) -> Vec<EventRow> {
        let all = EventFilter::default();
        let page = self.store.events(&all, PagePosition::First, count).await;
        page.expect("read").rows
    }
}

async fn invitation_is_found_by_its_token_until_it_expires(fixture: Fixture) {
    fixture.invite(INVITED, 7).await;
    assert_eq!(fixture.invited(7, 99).await.as_deref(), Some(INVITED));
    assert_eq!(fixture.invited(7, 100).await, None);
    assert_eq!(fixture.invited(8, 99).await, None);
    let open = fixture.store.invitations(at(99), 10).await.expect("read");
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].created_by_email, None);
    let later = fixture.store.invitations(at(100), 10).await.expect("read");
    assert_eq!(later, []);
}

async fn another_invitation_replaces_the_first(fixture: Fixture) {
    fixture.invite(INVITED, 7).await;
    let second = fixture.invite(INVITED, 8).await;
    fixture.invite("other@example.org", 9).await;
    assert_eq!(fixture.invited(7, 20).await, None);
    assert_eq!(fixture.invited(8, 20).await.as_deref(), Some(INVITED));
    let open = fixture.store.invitations(at(20), 10).await.expect("read");
    assert_eq!(open.len(), 2);
    assert_eq!(open[1].id, second);
}

async fn invitation_is_used_once(fixture: Fixture) {
    fixture.invite(INVITED, 7).await;
    let account = fixture.register_by(INVITED, 7, 50).await;
    let account = account.expect("registered");
    assert_eq!(fixture.invited(7, 50).await, None);
    let events = fixture.last_events(3).await;
    let accepted = events.iter().find(|row| row.event == "invitation_accepted");
    let accepted = accepted.expect("an event");
    assert_eq!(accepted.account_id, Some(account));
    let again = fixture.register_by("other@example.org", 7, 60).await;
    assert!(
        matches!(again, Err(StoreError::InvalidInvitation)),
        "{again:?}"
    );
}

async fn invitation_of_another_address_creates_no_account(fixture: Fixture) {
    fixture.invite(INVITED, 7).await;
    for (email, hash, now) in [
        ("eve@example.org", 7, 50),
        (INVITED, 8, 50),
        (INVITED, 7, 100),
    ] {
        let rejected = fixture.register_by(email, hash, now).await;
        assert!(
            matches!(rejected, Err(StoreError::InvalidInvitation)),
            "{email} {hash} {now}: {rejected:?}"
        );
    }
    assert_eq!(fixture.store.accounts().await.expect("listed").len(), 1);
    assert_eq!(fixture.invited(7, 50).await.as_deref(), Some(INVITED));
}

async fn failed_registration_leaves_the_invitation(fixture: Fixture) {
    fixture.invite(KEY, 7).await;
    let taken = fixture.register_by(KEY, 7, 50).await;
    assert!(matches!(taken, Err(StoreError::EmailTaken)), "{taken:?}");
    assert_eq!(fixture.invited(7, 50).await.as_deref(), Some(KEY));
}

async fn concurrent_registrations_use_an_invitation_once(fixture: Fixture) {
    fixture.invite(INVITED, 7).await;
    let register = |n: i64| fixture.register_by(INVITED, 7, 50 + n);
    let outcomes = futures::future::join_all((0..4).map(register)).await;
    let count = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(count, 1, "{outcomes:?}");
    assert_eq!(fixture.store.accounts().await.expect("listed").len(), 2);
}

async fn withdrawn_invitation_is_gone(fixture: Fixture) {
    let id = fixture.invite(INVITED, 7).await;
    let withdraw = async |id| {
        let withdrawn = fixture
            .store
            .withdraw_invitation(id, at(20), Actor::Operator);
        withdrawn.await.expect("done")
    };
    assert!(withdraw(id).await);
    assert!(!withdraw(id).await);
    assert!(!withdraw(InvitationId::new(at(3))).await);
    assert_eq!(fixture.invited(7, 20).await, None);
    let events = fixture.last_events(2).await;
    let names: Vec<_> = events.iter().map(|row| row.event.as_str()).collect();
    assert_eq!(names, ["invitation_withdrawn", "invitation_created"]);
    assert!(
        events
            .iter()
            .all(|row| row.actor.as_deref() == Some("operator"))
    );
}

async fn only_an_administrator_invites_and_withdraws(fixture: Fixture) {
    let actor = Actor::Account(fixture.account);
    let new = NewInvitation {
        actor,
        ..invitation(INVITED, 7)
    };
    let rejected = fixture.store.put_invitation(&new).await;
    assert!(matches!(rejected, Err(StoreError::NotAdministrator)));
    let granted = fixture
        .store
        .set_account_admin(fixture.account, true, at(5), Actor::Operator);
    assert_eq!(granted.await.expect("done"), Some(true));
    fixture.store.put_invitation(&new).await.expect("created");
    let open = fixture.store.invitations(at(20), 10).await.expect("read");
    assert_eq!(open[0].created_by_email.as_deref(), Some(KEY));
    let event = &fixture.last_events(1).await[0];
    assert_eq!(event.event, "invitation_created");
    assert_eq!(event.actor_id, Some(fixture.account));

    let revoked = fixture
        .store
        .set_account_admin(fixture.account, false, at(6), Actor::Operator);
    assert_eq!(revoked.await.expect("done"), Some(true));
    let rejected = fixture
        .store
        .withdraw_invitation(new.id, at(20), actor)
        .await;
    assert!(matches!(rejected, Err(StoreError::NotAdministrator)));
    assert_eq!(fixture.invited(7, 20).await.as_deref(), Some(INVITED));
}

async fn expired_invitations_are_purged(fixture: Fixture) {
    fixture.invite(INVITED, 7).await;
    let purge = async |now| {
        let purged = fixture.store.purge(Purgeable::OneTimeTokens, at(now)).await;
        purged.expect("purged")
    };
    assert_eq!(purge(100).await, 0);
    assert_eq!(purge(101).await, 1);
}

async fn invitations_are_found_by_an_index(fixture: Fixture) {
    fixture
        .run(fixture.store.backend.pick(
            "INSERT INTO one_time_tokens
                 (id, purpose, token_hash, email, email_key, created_at, expires_at)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             SELECT randomblob(16), 'invitation', randomblob(32), 'e', i || '@b.org', 1, 100000000
             FROM n",
            "INSERT INTO one_time_tokens
                 (id, purpose, token_hash, email, email_key, created_at, expires_at)
             SELECT gen_random_uuid(), 'invitation', sha256(i::text::bytea), 'e', i || '@b.org', 1,
                    100000000
             FROM generate_series(1, 20000) i",
        ))
        .await;
    fixture.run("ANALYZE").await;
    let plan = explain!(fixture, BY_TOKEN, |query| query
        .bind(at(20))
        .bind(vec![7_u8; 32]));
    let pick = |sqlite, postgres| fixture.store.backend.pick(sqlite, postgres);
    let index = pick("token_hash=?", "one_time_tokens_token_hash_key");
    assert!(plan.contains(index), "{plan}");
    let plan = explain!(fixture, NEWEST, |query| query.bind(at(20)).bind(10_i64));
    let index = "one_time_tokens_by_purpose";
    let sorts = plan.contains(pick("TEMP B-TREE", "Sort"));
    assert!(plan.contains(index) && !sorts, "{plan}");
    let found = fixture.store.invitations(at(99), 10).await.expect("read");
    assert_eq!(found.len(), 10);
}
