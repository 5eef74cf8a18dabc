//! What tabs do with the messages of other tabs.

use super::*;

fn refreshed(grant: Grant, n: u64) -> Message {
    Message::Refreshed(timed(grant, n))
}

#[test]
fn waiting_tab_adopts_the_lock_holders_grant() {
    let (mut page, ticket) = Page::locking();
    let effects = page.receive(refreshed(grant(1), DUE), DUE + 1);
    assert_eq!(
        effects,
        [
            Effect::Unlock,
            Effect::ResumeCalls(Outcome::Repeat),
            Effect::Show(TimedGrant::now(&timed(grant(1), DUE), at(DUE + 1))),
            Effect::SetTimer(seconds(DUE - 1)),
        ]
    );
    let granted = page.step(Event::LockGranted(ticket), DUE + 1);
    assert_eq!(granted, [], "the message came before the lock");
}

#[test]
fn the_newest_broadcast_wins() {
    let mut page = Page::loaded();
    page.receive(refreshed(grant(3), 600), 600);
    let shown = page.0.expires_in(at(600));
    for (name, older) in [
        ("fewer rotations", grant(2)),
        ("equal rotations, no later expiry", expiring_in(20 * MINUTE)),
    ] {
        let rotations = if older.rotations == 0 {
            3
        } else {
            older.rotations
        };
        let older = Grant { rotations, ..older };
        assert_eq!(page.receive(refreshed(older, 600), 600), [], "{name}");
        assert_eq!(page.0.expires_in(at(600)), shown, "{name}");
    }
    let later = page.receive(refreshed(grant(3), 620), 620);
    assert!(timer(&later).is_some(), "a later expiry");
}

/// A message that a frozen tab handles late: the waiting calls would be repeated with tokens
/// that have expired or are about to.
#[test]
fn late_broadcast_is_ignored() {
    for (name, late) in [("expired", 26 * MINUTE), ("about to expire", 21 * MINUTE)] {
        let (mut page, _) = Page::locking();
        let message = refreshed(grant(1), DUE);
        assert_eq!(page.receive(message, DUE + late), [], "{name}");
    }
}

#[test]
fn frozen_tab_asks_before_it_refreshes() {
    let mut page = Page::loaded();
    let ticket = lock(&page.step(Event::Woke, DUE + 600)).expect("the lock");
    let effects = page.step(Event::LockGranted(ticket), DUE + 600);
    let ask = Message::Ask {
        session: "s1".into(),
    };
    assert_eq!(broadcast(&effects), Some(&ask));
    assert_eq!(refresh(&effects), None);

    // A tab that has refreshed replies; one whose own refresh is due does not.
    let mut fresh = Page::loaded();
    fresh.receive(refreshed(grant(1), DUE), DUE);
    let reply = fresh.receive(ask.clone(), DUE + 600);
    let Some(reply) = broadcast(&reply) else {
        panic!("no reply")
    };
    let mut stale = Page::loaded();
    assert_eq!(stale.receive(ask, DUE + 600), []);

    let effects = page.receive(reply.clone(), DUE + 600);
    assert_eq!(timer(&effects), Some(seconds(DUE - 600)), "{effects:?}");
    assert_eq!(effects[0], Effect::Unlock);
}

/// The lock may arrive before the message of the tab that held it.
#[test]
fn tab_that_waited_for_lock_asks_before_refreshing() {
    let (mut page, ticket) = Page::locking();
    let effects = page.step(Event::LockGranted(ticket), DUE + 1);
    assert!(matches!(broadcast(&effects), Some(Message::Ask { .. })));
    let effects = page.receive(refreshed(grant(1), DUE), DUE + 1);
    assert_eq!(effects[0], Effect::Unlock);
    assert_eq!(
        page.step(Event::Woke, DUE + 2),
        [Effect::SetTimer(seconds(DUE - 2))]
    );
}

#[test]
fn tab_without_a_reply_refreshes() {
    let mut page = Page::loaded();
    let ticket = lock(&page.step(Event::Woke, DUE + 600)).expect("the lock");
    page.step(Event::LockGranted(ticket), DUE + 600);
    let effects = page.step(Event::Woke, DUE + 601);
    assert_eq!(refresh(&effects), Some(ticket));
}

/// If the page was suspended, a reply may be queued behind the timer.
#[test]
fn suspended_tab_waits_for_replies_again() {
    let mut page = Page::loaded();
    let ticket = lock(&page.step(Event::Woke, DUE + 600)).expect("the lock");
    page.step(Event::LockGranted(ticket), DUE + 600);
    let extended = page.step(Event::Woke, DUE + 660);
    assert_eq!(extended, [Effect::SetTimer(Duration::from_millis(200))]);
    let mut other = Page(page.0.clone());
    let effects = other.receive(refreshed(grant(1), DUE), DUE + 660);
    assert_eq!(effects[0], Effect::Unlock);
    // Only once, because the timers of a hidden tab are always late.
    assert_eq!(refresh(&page.step(Event::Woke, DUE + 720)), Some(ticket));
}

#[test]
fn without_locks_tabs_spread_by_a_random_delay() {
    let waits = |chance| {
        let mut page = Page::loaded();
        let now = at(DUE + 600);
        let ticket = lock(&page.0.step(Event::Woke, without_input(now, chance))).expect("the lock");
        let effects = page
            .0
            .step(Event::LockUnavailable(ticket), without_input(now, chance));
        timer(&effects).expect("a timer")
    };
    assert_eq!(waits(0.0), Duration::from_millis(200));
    assert_eq!(waits(1.0), Duration::from_millis(1000));
}

#[test]
fn outage_is_one_attempt_per_back_off_for_all_tabs() {
    let (mut page, _) = Page::locking();
    let failing = Message::Failing {
        session: "s1".into(),
        failures: 4,
        wait: seconds(8),
        retry_after: Duration::ZERO,
    };
    let effects = page.receive(failing.clone(), DUE + 1);
    assert_eq!(effects[0], Effect::Unlock);
    assert_eq!(timer(&effects), Some(seconds(8)));
    assert!(effects.contains(&Effect::Trouble(Some(Trouble::Unreachable))));

    // A tab whose tokens are valid for long reports no trouble.
    let mut idle = Page::loaded();
    let effects = idle.receive(failing, 60);
    assert_eq!(effects, [Effect::SetTimer(seconds(DUE - 60))]);
}

#[test]
fn tabs_without_a_lock_take_their_own_response() {
    let (mut page, ticket) = Page::sending();
    assert_eq!(page.receive(refreshed(grant(1), DUE), DUE), []);
    let effects = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE + 1);
    assert!(effects.contains(&Effect::Show(grant(1))));
}

#[test]
fn page_load_is_broadcast() {
    let mut page = Page(Keeper::default());
    let effects = page.step(Event::Loaded(grant(5)), 0);
    assert_eq!(broadcast(&effects), Some(&refreshed(grant(5), 0)));
}
