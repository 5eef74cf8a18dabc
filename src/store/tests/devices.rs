//! The devices of sessions, and ending sessions from another one.

use super::*;

on_both! { Fixture:
    device_is_listed_with_its_session;
    session_without_a_device_is_listed;
    purge_deletes_the_device_with_its_session;
    longest_user_agent_and_address_are_stored;
    only_a_session_of_the_account_ends;
    all_sessions_but_one_end;
}

async fn listed(fixture: &Fixture) -> Vec<ListedRow> {
    let account = Some(fixture.account);
    let listed = fixture.store.live_sessions(account, live_at(3), 1_000);
    listed.await.expect("listed")
}

impl Fixture {
    async fn begin_on(&self, device: Device) -> SessionId {
        let new = NewSession {
            device,
            ..new_session(self.account)
        };
        let begun = self.store.begin_session(&new, &[], false).await;
        assert!(begun.expect("begun").is_some());
        new.id
    }

    async fn devices(&self) -> i64 {
        let count = async {
            with_connection!(self.store.backend.read(), async |connection| {
                let count = sqlx::query_scalar("SELECT count(*) FROM session_devices");
                Ok(count.fetch_one(connection).await?)
            })
        };
        count.await.expect("counted")
    }
}

async fn device_is_listed_with_its_session(fixture: Fixture) {
    let address = "2001:db8::1".parse().ok();
    let id = fixture
        .begin_on(Device::new("Firefox/141.0 é", address))
        .await;
    let rows = listed(&fixture).await;
    assert_eq!(rows.len(), 2);
    let row = rows.iter().find(|row| row.id == id).expect("listed");
    let stored = (row.user_agent.as_str(), row.address.as_str());
    assert_eq!(stored, ("Firefox/141.0 é", "2001:db8::1"));
}

/// A session that began before devices were stored.
async fn session_without_a_device_is_listed(fixture: Fixture) {
    fixture.run("DELETE FROM session_devices").await;
    let rows = listed(&fixture).await;
    let [row] = rows.as_slice() else {
        panic!("one session: {rows:?}")
    };
    assert_eq!((row.user_agent.as_str(), row.address.as_str()), ("", ""));
}

async fn purge_deletes_the_device_with_its_session(fixture: Fixture) {
    let kept = fixture.begin_on(Device::new("kept", None)).await;
    let ended = fixture.store.end_session(
        fixture.session,
        None,
        EndReason::SignedOut,
        at(5),
        Actor::Operator,
    );
    assert_eq!(ended.await.expect("ended"), Some(true));
    assert_eq!(fixture.devices().await, 2);
    assert_eq!(fixture.purge(Purgeable::Ended, at(6)).await, 1);
    assert_eq!(fixture.devices().await, 1);
    assert_eq!(listed(&fixture).await[0].id, kept);
}

async fn longest_user_agent_and_address_are_stored(fixture: Fixture) {
    let address = "2001:db8:1111:2222:3333:4444:5555:6666".parse().ok();
    let long = Device::new(&"a".repeat(9_000), address);
    let id = fixture.begin_on(long.clone()).await;
    let rows = listed(&fixture).await;
    let row = rows.iter().find(|row| row.id == id).expect("listed");
    let stored = Device::new(&row.user_agent, row.address.parse().ok());
    assert_eq!(stored, long);
}

async fn only_a_session_of_the_account_ends(fixture: Fixture) {
    let (store, id) = (&fixture.store, fixture.session);
    let reason = EndReason::EndedElsewhere;
    let other = AccountId::new(at(1));
    let account = new_account(other, "grace@example.org");
    store.insert_account(&account).await.expect("inserted");
    let end = async |account, id| {
        let ended = store
            .end_session(id, Some(account), reason, at(5), Actor::Operator)
            .await;
        ended.expect("done")
    };
    assert_eq!(end(other, id).await, None);
    let unknown = SessionId::new(at(1));
    assert_eq!(end(fixture.account, unknown).await, None);
    assert_eq!(listed(&fixture).await.len(), 1);

    assert_eq!(end(fixture.account, id).await, Some(true));
    assert_eq!(end(fixture.account, id).await, Some(false));
    assert_eq!(end(other, id).await, None);
    let row = store.session(id).await.expect("read").expect("a row");
    assert!(row.is_ended_by(reason));
    let events = events(&fixture).await;
    assert_eq!(events, [Some(id)], "the end is recorded once");
}

async fn all_sessions_but_one_end(fixture: Fixture) {
    let store = &fixture.store;
    let kept = fixture.begin_on(Device::default()).await;
    let reason = EndReason::EndedElsewhere;
    for expected in [vec![fixture.session], Vec::new()] {
        let ended =
            store.end_sessions_of(fixture.account, Some(kept), reason, at(5), Actor::Operator);
        assert_eq!(ended.await.expect("done"), expected);
    }
    let rows = listed(&fixture).await;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids, [kept]);
    assert_eq!(events(&fixture).await, [None], "one event for all");
}

/// Returns the session of each recorded end, oldest first.
async fn events(fixture: &Fixture) -> Vec<Option<SessionId>> {
    let events = async {
        with_connection!(fixture.store.backend.read(), async |connection| {
            let events = sqlx::query_scalar(
                "SELECT session_id FROM audit_events WHERE event = 'session_ended' ORDER BY id",
            );
            Ok(events.fetch_all(connection).await?)
        })
    };
    events.await.expect("read")
}
