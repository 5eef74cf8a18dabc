//! What tabs do for one another.

use super::*;

fn renewed(grant: Grant, n: u64) -> Message {
    Message::Renewed(told(grant, n))
}

#[test]
fn a_tab_that_waits_for_the_lock_takes_what_the_holder_was_given() {
    let (mut page, ticket) = Page::locking();
    let effects = page.hears(renewed(grant(1), DUE), DUE + 1);
    assert_eq!(
        effects,
        [
            Effect::Unlock,
            Effect::Settle(Outcome::Repeat),
            Effect::Show(Told::now(&told(grant(1), DUE), at(DUE + 1))),
            Effect::Wake(seconds(DUE - 1)),
        ]
    );
    let granted = page.does(Event::LockGranted(ticket), DUE + 1);
    assert_eq!(granted, [], "the lock came with the message");
}

#[test]
fn the_newest_broadcast_wins() {
    let mut page = Page::loaded();
    page.hears(renewed(grant(3), 600), 600);
    let shown = page.0.expires_in(at(600));
    for (name, older) in [
        ("fewer renewals", grant(2)),
        ("as many, and no later end", lasting(20 * MINUTE)),
    ] {
        let renewals = if older.renewals == 0 {
            3
        } else {
            older.renewals
        };
        let older = Grant { renewals, ..older };
        assert_eq!(page.hears(renewed(older, 600), 600), [], "{name}");
        assert_eq!(page.0.expires_in(at(600)), shown, "{name}");
    }
    let renewed_within_the_window = page.hears(renewed(grant(3), 620), 620);
    assert!(wake(&renewed_within_the_window).is_some(), "a later end");
}

/// A message that lay before a frozen tab, or an answer from before the last
/// minutes: calls that wait would be repeated with tokens that are over.
#[test]
fn a_broadcast_that_came_too_late_is_not_taken() {
    for (name, late) in [("over", 26 * MINUTE), ("in its last minutes", 21 * MINUTE)] {
        let (mut page, _) = Page::locking();
        let message = renewed(grant(1), DUE);
        assert_eq!(page.hears(message, DUE + late), [], "{name}");
    }
}

#[test]
fn a_tab_that_was_frozen_asks_before_it_refreshes() {
    let mut page = Page::loaded();
    let ticket = lock(&page.does(Event::Woke, DUE + 600)).expect("the lock");
    let effects = page.does(Event::LockGranted(ticket), DUE + 600);
    let ask = Message::Ask {
        session: "s1".into(),
    };
    assert_eq!(said(&effects), Some(&ask));
    assert_eq!(refresh(&effects), None);

    // A tab that has renewed answers; one whose own is due does not.
    let mut fresh = Page::loaded();
    fresh.hears(renewed(grant(1), DUE), DUE);
    let answer = fresh.hears(ask.clone(), DUE + 600);
    let Some(answer) = said(&answer) else {
        panic!("no answer")
    };
    let mut stale = Page::loaded();
    assert_eq!(stale.hears(ask, DUE + 600), []);

    let effects = page.hears(answer.clone(), DUE + 600);
    assert_eq!(wake(&effects), Some(seconds(DUE - 600)), "{effects:?}");
    assert_eq!(effects[0], Effect::Unlock);
}

/// The lock may arrive before what the tab told that held it.
#[test]
fn a_tab_that_waited_for_the_lock_asks_before_it_refreshes() {
    let (mut page, ticket) = Page::locking();
    let effects = page.does(Event::LockGranted(ticket), DUE + 1);
    assert!(matches!(said(&effects), Some(Message::Ask { .. })));
    let effects = page.hears(renewed(grant(1), DUE), DUE + 1);
    assert_eq!(effects[0], Effect::Unlock);
    assert_eq!(
        page.does(Event::Woke, DUE + 2),
        [Effect::Wake(seconds(DUE - 2))]
    );
}

#[test]
fn nobody_answers_and_it_refreshes() {
    let mut page = Page::loaded();
    let ticket = lock(&page.does(Event::Woke, DUE + 600)).expect("the lock");
    page.does(Event::LockGranted(ticket), DUE + 600);
    let effects = page.does(Event::Woke, DUE + 601);
    assert_eq!(refresh(&effects), Some(ticket));
}

/// What was answered may lie behind the timer, where the page was held up.
#[test]
fn a_tab_that_was_held_up_while_it_asked_waits_once_more() {
    let mut page = Page::loaded();
    let ticket = lock(&page.does(Event::Woke, DUE + 600)).expect("the lock");
    page.does(Event::LockGranted(ticket), DUE + 600);
    let held_up = page.does(Event::Woke, DUE + 660);
    assert_eq!(held_up, [Effect::Wake(Duration::from_millis(200))]);
    let mut hears = Page(page.0.clone());
    let effects = hears.hears(renewed(grant(1), DUE), DUE + 660);
    assert_eq!(effects[0], Effect::Unlock);
    // Once: a hidden tab's timers are always late.
    assert_eq!(refresh(&page.does(Event::Woke, DUE + 720)), Some(ticket));
}

#[test]
fn without_locks_chance_spreads_the_tabs_that_wake_at_once() {
    let waits = |chance| {
        let mut page = Page::loaded();
        let now = at(DUE + 600);
        let ticket = lock(&page.0.step(Event::Woke, now, chance)).expect("the lock");
        let effects = page.0.step(Event::LockUnavailable(ticket), now, chance);
        wake(&effects).expect("a while")
    };
    assert_eq!(waits(0.0), Duration::from_millis(200));
    assert_eq!(waits(1.0), Duration::from_millis(1000));
}

#[test]
fn an_outage_is_one_attempt_per_back_off_for_all_tabs() {
    let (mut page, _) = Page::locking();
    let failing = Message::Failing {
        session: "s1".into(),
        failures: 4,
        wait: seconds(8),
        asked: Duration::ZERO,
    };
    let effects = page.hears(failing.clone(), DUE + 1);
    assert_eq!(effects[0], Effect::Unlock);
    assert_eq!(wake(&effects), Some(seconds(8)));
    assert!(effects.contains(&Effect::Trouble(Some(Trouble::Unreachable))));

    // One whose tokens are good for long says nothing of it.
    let mut idle = Page::loaded();
    let effects = idle.hears(failing, 60);
    assert_eq!(effects, [Effect::Wake(seconds(DUE - 60))]);
}

#[test]
fn two_tabs_without_a_lock_each_take_their_own_answer() {
    let (mut page, ticket) = Page::sending();
    assert_eq!(page.hears(renewed(grant(1), DUE), DUE), []);
    let effects = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE + 1);
    assert!(effects.contains(&Effect::Show(grant(1))));
}

#[test]
fn a_page_load_that_the_server_renewed_is_told() {
    let mut page = Page(Keeper::default());
    let effects = page.does(Event::Loaded(grant(5)), 0);
    assert_eq!(said(&effects), Some(&renewed(grant(5), 0)));
}
