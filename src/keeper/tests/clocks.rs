//! Sleep, and clocks that are wrong.

use super::*;

/// Returns a reading of both clocks, in seconds.
const fn reading(monotonic: u64, wall: u64) -> Reading {
    Reading {
        monotonic: seconds(monotonic),
        wall: seconds(1_000_000 + wall),
    }
}

#[test]
fn missed_deadline_is_found_on_waking() {
    for (name, now) in [
        ("hidden for an hour", reading(3600, 3600)),
        ("asleep, monotonic clock stopped", reading(60, 3600)),
        ("wall clock set back an hour", reading(1200, 0)),
    ] {
        let mut page = Page::loaded();
        let effects = page.0.step(Event::Woke, without_input(now, 0.0));
        assert!(lock(&effects).is_some(), "{name}: {effects:?}");
    }
}

#[test]
fn clock_set_forward_an_hour_refreshes_early_once() {
    let mut page = Page::loaded();
    let hour = reading(60, 3660);
    let ticket = lock(&page.0.step(Event::Woke, without_input(hour, 0.0))).expect("a refresh");
    page.0
        .step(Event::LockGranted(ticket), without_input(hour, 0.0));
    let now = reading(61, 3661);
    page.0.step(Event::Woke, without_input(now, 0.0));
    let ended = Event::RefreshEnded(ticket, RefreshResult::Refreshed(grant(1)));
    let effects = page.0.step(ended, without_input(now, 0.0));
    assert_eq!(timer(&effects), Some(seconds(DUE)), "{effects:?}");
}

#[test]
fn clock_set_back_an_hour_delays_nothing() {
    let mut page = Page::loaded();
    let effects = page
        .0
        .step(Event::Woke, without_input(reading(600, 0), 0.0));
    assert_eq!(timer(&effects), Some(seconds(DUE - 600)));
}

#[test]
fn late_message_counts_from_when_it_was_sent() {
    let (mut page, _) = Page::locking();
    // Sent at 1200 s, and delivered ten minutes later to a tab that was frozen.
    page.receive(Message::Refreshed(timed(grant(1), DUE)), DUE + 10 * MINUTE);
    let left = page.0.expires_in(at(DUE + 10 * MINUTE));
    assert_eq!(left, Some(seconds(15 * MINUTE)));
}
