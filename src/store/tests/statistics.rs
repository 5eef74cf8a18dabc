//! The counts of the statistics.

use testkit::on_both;

use super::*;
use crate::{
    statistics::{Counter, LIVE_SESSIONS},
    store::statistics::{COUNT_LIVE, MAX_SAMPLED},
};

const HOUR: Timestamp = Timestamp::from_seconds(3_600);

on_both! { Fixture:
    counts_of_an_hour_are_added;
    first_sample_of_an_hour_is_kept;
    live_sessions_are_counted_as_they_are_listed;
    live_sessions_are_counted_by_an_index;
    old_counts_are_purged;
    processes_add_counts_at_the_same_time;
}

impl Fixture {
    async fn counts(&self, since: Timestamp) -> Vec<(i64, String, i64)> {
        let counts = self.store.hourly_counts(since).await.expect("read");
        let mut counts: Vec<_> = counts
            .into_iter()
            .map(|count| (count.hour.as_seconds(), count.kind, count.count))
            .collect();
        counts.sort();
        counts
    }

    async fn add_counts(&self, hour: Timestamp, counts: &[(Counter, u64)]) {
        let added = self.store.add_counts(hour, counts).await;
        added.expect("added");
    }
}

async fn counts_of_an_hour_are_added(fixture: Fixture) {
    let counts = [(Counter::SignedIn, 2), (Counter::Rotated, 30)];
    fixture.add_counts(HOUR, &counts).await;
    fixture.add_counts(HOUR, &[(Counter::Rotated, 4)]).await;
    fixture
        .add_counts(at(7_200), &[(Counter::Rotated, 1)])
        .await;
    let expected = [
        (3_600, "rotated".to_owned(), 34),
        (3_600, "signed_in".to_owned(), 2),
        (7_200, "rotated".to_owned(), 1),
    ];
    assert_eq!(fixture.counts(HOUR).await, expected);
    assert_eq!(fixture.counts(at(3_601)).await, expected[2..]);
}

async fn first_sample_of_an_hour_is_kept(fixture: Fixture) {
    let store = &fixture.store;
    assert!(!store.has_sample(HOUR).await.expect("read"));
    for count in [5, 6] {
        store.add_sample(HOUR, count).await.expect("written");
        assert!(store.has_sample(HOUR).await.expect("read"));
    }
    assert!(!store.has_sample(at(7_200)).await.expect("read"));
    let sample = (3_600, LIVE_SESSIONS.to_owned(), 5);
    assert_eq!(fixture.counts(HOUR).await, [sample]);
}

async fn live_sessions_are_counted_as_they_are_listed(fixture: Fixture) {
    fixture.add_sessions(3, at(5_000), None).await;
    fixture.add_sessions(4, at(5_000), Some(at(100))).await;
    fixture.add_sessions(5, at(900), None).await;
    for (now, issued_after, began_after) in [
        (at(1_000), at(-1), at(-1)),
        (at(800), at(-1), at(-1)),
        (at(1_000), at(0), at(-1)),
        (at(1_000), at(-1), at(0)),
    ] {
        let times = LiveTimes {
            now,
            issued_after,
            began_after,
        };
        let store = &fixture.store;
        let listed = store.live_sessions(None, times, 100).await;
        let counted = store.count_live_sessions(times).await;
        let listed = i64::try_from(listed.expect("listed").len()).expect("a few");
        assert_eq!(counted.expect("counted"), listed);
    }
}

/// The statement reads at most [`MAX_SAMPLED`] rows and sorts none.
async fn live_sessions_are_counted_by_an_index(fixture: Fixture) {
    fixture.add_sessions(10_000, at(5_000), None).await;
    fixture.add_sessions(10_000, at(5_000), Some(at(800))).await;
    fixture.run("ANALYZE").await;
    let plan = explain!(fixture, COUNT_LIVE, |query| query
        .bind(at(4_999))
        .bind(at(0))
        .bind(MAX_SAMPLED)
        .bind(at(0)));
    assert!(plan.contains("sessions_by_expiry"), "{plan}");
}

async fn old_counts_are_purged(fixture: Fixture) {
    for hour in [at(0), HOUR, at(7_200)] {
        let counts = [(Counter::SignedIn, 1), (Counter::Rotated, 1)];
        fixture.add_counts(hour, &counts).await;
    }
    assert_eq!(fixture.purge(Purgeable::Statistics, HOUR).await, 2);
    assert_eq!(fixture.purge(Purgeable::Statistics, HOUR).await, 0);
    assert_eq!(fixture.counts(at(0)).await.len(), 4);
}

async fn processes_add_counts_at_the_same_time(fixture: Fixture) {
    let counts = Counter::ALL.map(|counter| (counter, 1));
    let mut processes = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = fixture.store.clone();
        processes.spawn(async move { store.add_counts(HOUR, &counts).await });
    }
    for added in processes.join_all().await {
        added.expect("added");
    }
    let counts = fixture.counts(HOUR).await;
    let counts: Vec<_> = counts.iter().map(|(.., count)| *count).collect();
    assert_eq!(counts, [20; Counter::ALL.len()]);
}
