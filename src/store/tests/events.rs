//! The recent events of an account.

use super::*;

on_both! { Fixture:
    recent_events_of_an_account_are_newest_first;
}

async fn recent_events_of_an_account_are_newest_first(fixture: Fixture) {
    let other = AccountId::new(at(3));
    let inserted = fixture
        .store
        .insert_account(&new_account(other, "grace@example.org"))
        .await;
    inserted.expect("inserted");
    let ended = fixture
        .store
        .end_session(fixture.session, None, EndReason::SignedOut, at(9), None);
    assert_eq!(ended.await.expect("ended"), Some(true));
    let events = async |limit| {
        let events = fixture.store.recent_events(fixture.account, limit).await;
        events.expect("read")
    };
    let expected = [
        ("session_ended".to_owned(), at(9)),
        ("authn_login_success".to_owned(), at(2)),
        ("user_created".to_owned(), at(1)),
    ];
    assert_eq!(events(20).await, expected);
    assert_eq!(events(1).await, expected[..1]);
}
