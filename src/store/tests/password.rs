//! Changing a password: what ends, what begins, and what a change that lost a race does.

use super::*;

on_both! { Fixture:
    password_change_ends_all_sessions_and_begins_one;
    password_change_is_recorded_once;
    password_change_stores_the_device;
    change_of_another_hash_does_nothing;
    change_from_an_ended_session_does_nothing;
    sign_in_by_a_former_password_begins_no_session;
    hash_is_upgraded_only_if_it_is_still_that_of_the_account;
}

fn changed_hash() -> PasswordHash {
    "another hash".to_owned().into()
}

/// The session that begins with the new password.
fn successor(fixture: &Fixture) -> NewSession {
    NewSession {
        password_hash: Some(changed_hash()),
        now: at(20),
        ..new_session(fixture.account)
    }
}

async fn change(fixture: &Fixture, new: &NewSession) -> PasswordOutcome {
    let (from, verified) = (fixture.session, hash());
    let changed = fixture
        .store
        .change_password(new, &verified, from, &[from])
        .await;
    changed.expect("done")
}

async fn stored_hash(fixture: &Fixture) -> PasswordHash {
    let found = fixture.store.account_with_password(fixture.account).await;
    let (_, hash) = found.expect("read").expect("the account");
    hash.expect("a hash")
}

async fn password_change_ends_all_sessions_and_begins_one(fixture: Fixture) {
    let second = fixture.begin_another().await;
    let new = successor(&fixture);
    let PasswordOutcome::Changed(mut ended) = change(&fixture, &new).await else {
        panic!("it is changed");
    };
    ended.sort_unstable();
    let mut both = vec![fixture.session, second];
    both.sort_unstable();
    assert_eq!(ended, both);
    for id in both {
        let row = fixture.store.session(id).await.expect("read");
        assert!(row.expect("kept").is_ended_by(EndReason::PasswordChanged));
    }
    let row = fixture.store.session(new.id).await.expect("read");
    assert!(!row.expect("begun").is_ended());
    assert_eq!(stored_hash(&fixture).await, changed_hash());
}

async fn password_change_is_recorded_once(fixture: Fixture) {
    let before = fixture.count("audit_events").await;
    change(&fixture, &successor(&fixture)).await;
    assert_eq!(fixture.count("audit_events").await, before + 1);
}

async fn password_change_stores_the_device(fixture: Fixture) {
    let new = NewSession {
        device: Device::new("a browser", "192.0.2.1".parse().ok()),
        ..successor(&fixture)
    };
    change(&fixture, &new).await;
    let device = async {
        with_connection!(fixture.store.backend.read(), async |connection| {
            let device: (String, String) = sqlx::query_as(
                "SELECT user_agent, address FROM session_devices WHERE session_id = $1",
            )
            .bind(new.id)
            .fetch_one(connection)
            .await?;
            Ok(device)
        })
    };
    let expected = ("a browser".to_owned(), "192.0.2.1".to_owned());
    assert_eq!(device.await.expect("read"), expected);
}

async fn change_of_another_hash_does_nothing(fixture: Fixture) {
    let first = successor(&fixture);
    change(&fixture, &first).await;
    let second = successor(&fixture);
    let outcome = fixture
        .store
        .change_password(&second, &hash(), first.id, &[])
        .await;
    assert_eq!(outcome.expect("done"), PasswordOutcome::AccountChanged);
    assert_eq!(fixture.count("sessions").await, 2);
}

async fn change_from_an_ended_session_does_nothing(fixture: Fixture) {
    fixture.end(EndReason::Revoked, Actor::Operator).await;
    let outcome = change(&fixture, &successor(&fixture)).await;
    assert_eq!(outcome, PasswordOutcome::SessionEnded);
    assert_eq!(fixture.count("sessions").await, 1);
    assert_eq!(stored_hash(&fixture).await, hash());
}

async fn sign_in_by_a_former_password_begins_no_session(fixture: Fixture) {
    change(&fixture, &successor(&fixture)).await;
    for update_last_login in [false, true] {
        let late = new_session(fixture.account);
        let begun = fixture
            .store
            .begin_session(&late, &[], update_last_login)
            .await;
        assert!(begun.expect("done").is_none());
    }
    let current = successor(&fixture);
    let begun = fixture.store.begin_session(&current, &[], false).await;
    assert!(begun.expect("begun").is_some());
}

async fn hash_is_upgraded_only_if_it_is_still_that_of_the_account(fixture: Fixture) {
    let upgrade = async |from, to| {
        let upgraded = fixture.store.upgrade_hash(fixture.account, from, to).await;
        upgraded.expect("done")
    };
    let (former, today) = (hash(), changed_hash());
    assert!(upgrade(&former, &today).await);
    assert_eq!(stored_hash(&fixture).await, today);
    assert!(!upgrade(&former, &former).await, "it was changed since");
    assert_eq!(stored_hash(&fixture).await, today);
}
