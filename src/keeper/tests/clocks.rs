//! Sleep, and clocks that lie.

use super::*;

/// What both clocks say, in seconds.
const fn reading(monotonic: u64, wall: u64) -> Reading {
    Reading {
        monotonic: seconds(monotonic),
        wall: seconds(1_000_000 + wall),
    }
}

#[test]
fn a_deadline_that_passed_unseen_is_found_on_waking() {
    for (name, now) in [
        ("hidden for an hour: both clocks ran", reading(3600, 3600)),
        (
            "asleep for an hour: the monotonic clock stood",
            reading(60, 3600),
        ),
        ("the wall clock was set an hour back", reading(1200, 0)),
    ] {
        let mut page = Page::loaded();
        let effects = page.0.step(Event::Woke, now, 0.0);
        assert!(lock(&effects).is_some(), "{name}: {effects:?}");
    }
}

#[test]
fn clock_set_forward_an_hour_renews_early_and_once() {
    let mut page = Page::loaded();
    let hour = reading(60, 3660);
    let ticket = lock(&page.0.step(Event::Woke, hour, 0.0)).expect("a refresh");
    page.0.step(Event::LockGranted(ticket), hour, 0.0);
    let now = reading(61, 3661);
    page.0.step(Event::Woke, now, 0.0);
    let ended = Event::RefreshEnded(ticket, RefreshResult::Renewed(grant(1)));
    let effects = page.0.step(ended, now, 0.0);
    assert_eq!(wake(&effects), Some(seconds(DUE)), "{effects:?}");
}

#[test]
fn clock_set_back_an_hour_delays_nothing() {
    let mut page = Page::loaded();
    let effects = page.0.step(Event::Woke, reading(600, 0), 0.0);
    assert_eq!(wake(&effects), Some(seconds(DUE - 600)));
}

#[test]
fn what_a_tab_heard_counts_from_when_it_was_said() {
    let (mut page, _) = Page::locking();
    // Said at 1200, and delivered ten minutes later, to a tab that was frozen.
    page.hears(Message::Renewed(told(grant(1), DUE)), DUE + 10 * MINUTE);
    let left = page.0.expires_in(at(DUE + 10 * MINUTE));
    assert_eq!(left, Some(seconds(15 * MINUTE)));
}
