//! Reading the audit trail.

use super::*;
use crate::store::events::{EVENTS, EVENTS_OF_ACCOUNT, EVENTS_OF_ACCOUNT_AND_KIND, EVENTS_OF_KIND};

on_both! { Fixture:
    recent_events_of_an_account_are_newest_first;
    events_are_filtered;
    events_are_read_in_pages;
    page_of_many_events_uses_an_index;
}

async fn recent_events_of_an_account_are_newest_first(fixture: Fixture) {
    let other = AccountId::new(at(3));
    let inserted = fixture
        .store
        .insert_account(&new_account(other, "grace@example.org"))
        .await;
    inserted.expect("inserted");
    fixture.end(EndReason::SignedOut, Actor::Operator).await;
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

async fn events_are_filtered(fixture: Fixture) {
    let other = AccountId::new(at(3));
    let new = NewAccount {
        created_at: at(3),
        ..new_account(other, "grace@example.org")
    };
    fixture.store.insert_account(&new).await.expect("inserted");
    let reason = EndReason::Revoked;
    let ended =
        fixture
            .store
            .end_session(fixture.session, None, reason, at(9), Actor::Account(other));
    assert_eq!(ended.await.expect("ended"), Some(true));
    let times = async |event, account, from: Option<i64>, to: Option<i64>| {
        let filter = EventFilter {
            event,
            account,
            from: from.map(at),
            to: to.map(at),
        };
        let page = fixture.store.events(&filter, None, 10).await;
        let rows = page.expect("read").rows;
        let times = rows.iter().map(|row| row.at.as_seconds());
        times.collect::<Vec<_>>()
    };
    let (ada, created) = (Some(fixture.account), Some("user_created"));
    assert_eq!(times(None, None, None, None).await, [9, 3, 2, 1]);
    assert_eq!(times(created, None, None, None).await, [3, 1]);
    assert_eq!(times(None, ada, None, None).await, [9, 2, 1]);
    assert_eq!(times(created, ada, None, None).await, [1]);
    assert_eq!(times(None, None, Some(2), Some(9)).await, [3, 2]);
    assert_eq!(times(created, None, Some(2), None).await, [3]);
    assert_eq!(times(None, ada, None, Some(2)).await, [1]);
    assert_eq!(times(None, None, Some(i64::MAX), None).await, [0; 0]);
    assert_eq!(times(None, None, None, Some(i64::MIN)).await, [0; 0]);

    let page = fixture.store.events(&EventFilter::default(), None, 1).await;
    let page = page.expect("read");
    assert!(page.has_next);
    let revoked = &page.rows[0];
    assert_eq!(revoked.event, "authn_token_revoked");
    assert_eq!(
        (revoked.account_id, revoked.session_id, revoked.actor_id),
        (ada, Some(fixture.session), Some(other))
    );
    assert_eq!(revoked.account_email.as_deref(), Some(KEY));
    assert_eq!(revoked.actor_email.as_deref(), Some("grace@example.org"));
}

/// Events at the same time are in the order of their ids.
async fn events_are_read_in_pages(fixture: Fixture) {
    fixture
        .run("INSERT INTO audit_events (at, event) VALUES (5, 'a'), (5, 'b'), (7, 'c'), (5, 'd')")
        .await;
    let filter = EventFilter {
        to: Some(at(1)),
        ..EventFilter::default()
    };
    for len in 1..=4 {
        let (mut names, mut before) = (String::new(), None);
        loop {
            let page = fixture.store.events(&filter, before, len).await;
            let page = page.expect("read");
            assert!(page.rows.len() <= len);
            before = page.rows.last().map(EventRow::position);
            names.extend(page.rows.into_iter().map(|row| row.event));
            if !page.has_next {
                break;
            }
        }
        assert_eq!(names, "cdba", "pages of {len}");
    }
}

async fn page_of_many_events_uses_an_index(fixture: Fixture) {
    fixture
        .run(fixture.store.backend.pick(
            "INSERT INTO audit_events (at, event, account_id)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             SELECT i, 'event' || i % 5,
                    CASE i % 20 WHEN 0 THEN (SELECT id FROM accounts) ELSE randomblob(16) END
             FROM n",
            "INSERT INTO audit_events (at, event, account_id)
             SELECT i, 'event' || i % 5,
                    CASE i % 20 WHEN 0 THEN (SELECT id FROM accounts) ELSE gen_random_uuid() END
             FROM generate_series(1, 20000) i",
        ))
        .await;
    fixture.run("ANALYZE").await;
    let pick = |sqlite, postgres| fixture.store.backend.pick(sqlite, postgres);
    for (statement, index) in [
        (EVENTS, "audit_events_by_time"),
        (EVENTS_OF_KIND, "audit_events_by_kind"),
        (EVENTS_OF_ACCOUNT, "audit_events_by_account"),
        (EVENTS_OF_ACCOUNT_AND_KIND, "audit_events_by_account"),
    ] {
        let plan = fixture.event_plan(statement).await;
        assert!(plan.contains(index), "{statement}\n{plan}");
        let scans = plan.contains(pick("SCAN", "Seq Scan on audit_events"));
        // The few events of an account and a kind may be sorted.
        let sorts =
            statement != EVENTS_OF_ACCOUNT_AND_KIND && plan.contains(pick("TEMP B-TREE", "Sort"));
        assert!(!scans && !sorts, "{statement}\n{plan}");
    }
}

impl Fixture {
    /// Returns the query plan of the statement of a page.
    async fn event_plan(&self, statement: &'static str) -> String {
        explain!(self, statement, |query| {
            let query = query.bind(at(900)).bind(7_i64).bind(at(0)).bind(51_i64);
            match statement {
                EVENTS => query,
                EVENTS_OF_KIND => query.bind("event3"),
                EVENTS_OF_ACCOUNT => query.bind(self.account),
                _ => query.bind(self.account).bind("event3"),
            }
        })
    }
}
