//! Reading the audit trail.

use super::*;
use crate::store::events::{
    EVENTS, EVENTS_OF_ACCOUNT, EVENTS_OF_ACCOUNT_AND_KIND, EVENTS_OF_KIND, EVENTS_OF_REQUEST,
};

on_both! { Fixture:
    recent_events_of_an_account_are_newest_first;
    events_are_filtered;
    events_are_read_in_pages;
    events_of_a_request_are_found_in_its_time;
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
        let events = events.expect("read").into_iter();
        events.map(|row| (row.event, row.at)).collect::<Vec<_>>()
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
            request: None,
        };
        let page = fixture.store.events(&filter, PagePosition::First, 10).await;
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

    let all = EventFilter::default();
    let page = fixture.store.events(&all, PagePosition::First, 1).await;
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
        let read = async |position| {
            let page = fixture.store.events(&filter, position, len).await;
            page.expect("read")
        };
        let names = |page: &Page<EventRow>| {
            let names = page.rows.iter().map(|row| row.event.as_str());
            names.collect::<String>()
        };
        let mut page = read(PagePosition::First).await;
        assert!(!page.has_previous);
        let mut pages = vec![names(&page)];
        while let [_, Some(last)] = page.ends() {
            page = read(PagePosition::After(last.position())).await;
            pages.push(names(&page));
        }
        assert_eq!(pages.concat(), "cdba", "pages of {len}");
        assert_eq!(pages.len(), 4_usize.div_ceil(len));
        // And back.
        while let [Some(first), _] = page.ends() {
            page = read(PagePosition::Before(first.position())).await;
            pages.pop();
            assert_eq!(Some(names(&page)).as_ref(), pages.last(), "pages of {len}");
        }
        assert_eq!(pages.len(), 1, "pages of {len}");
    }
}

async fn events_of_a_request_are_found_in_its_time(fixture: Fixture) {
    fixture
        .run(
            "INSERT INTO audit_events (at, event, request_id)
             VALUES (5, 'a', 'r'), (6, 'b', 'r'), (7, 'c', 'q'), (8, 'd', 'r'), (9, 'e', 'r')",
        )
        .await;
    let filter = EventFilter {
        request: Some("r".to_owned()),
        from: Some(Timestamp::from_micros(6)),
        to: Some(Timestamp::from_micros(9)),
        ..EventFilter::default()
    };
    let names = async |filter: &EventFilter| {
        let page = fixture.store.events(filter, PagePosition::First, 10).await;
        let rows = page.expect("read").rows.into_iter();
        rows.map(|row| row.event).collect::<String>()
    };
    assert_eq!(names(&filter).await, "db");
    let of_kind = EventFilter {
        event: Some("b"),
        ..filter.clone()
    };
    assert_eq!(names(&of_kind).await, "b");
    let of_account = EventFilter {
        account: Some(fixture.account),
        ..filter
    };
    assert_eq!(names(&of_account).await, "");
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
    for (statements, index) in [
        (EVENTS, "audit_events_by_time"),
        (EVENTS_OF_KIND, "audit_events_by_kind"),
        (EVENTS_OF_ACCOUNT, "audit_events_by_account"),
        (EVENTS_OF_ACCOUNT_AND_KIND, "audit_events_by_account"),
        (EVENTS_OF_REQUEST, "audit_events_by_time"),
    ] {
        for statement in statements {
            let plan = fixture.event_plan(statement, statements).await;
            assert!(plan.contains(index), "{statement}\n{plan}");
            let scans = plan.contains(pick("SCAN", "Seq Scan on audit_events"));
            // The few events of an account and a kind, or of a request, may be sorted.
            let few = [EVENTS_OF_ACCOUNT_AND_KIND, EVENTS_OF_REQUEST];
            let sorts = !few.contains(&statements) && plan.contains(pick("TEMP B-TREE", "Sort"));
            assert!(!scans && !sorts, "{statement}\n{plan}");
        }
    }
}

impl Fixture {
    /// Returns the query plan of a statement of a page.
    async fn event_plan(&self, statement: &'static str, of: [&'static str; 2]) -> String {
        // The events of a request are within a short time.
        let micros = if of == EVENTS_OF_REQUEST {
            [5_000, 5_100]
        } else {
            [0, 900_000_000]
        };
        let [mut end, mut position] = micros.map(Timestamp::from_micros);
        if statement == of[1] {
            (end, position) = (position, end);
        }
        explain!(self, statement, |query| {
            let query = query.bind(position).bind(7_i64).bind(end).bind(51_i64);
            match of {
                EVENTS => query,
                EVENTS_OF_KIND => query.bind("event3"),
                EVENTS_OF_ACCOUNT => query.bind(self.account),
                EVENTS_OF_REQUEST => query
                    .bind("r")
                    .bind(None::<AccountId>)
                    .bind(None::<&'static str>),
                _ => query.bind(self.account).bind("event3"),
            }
        })
    }
}
