//! When tokens are renewed, and the way of one refresh.

use super::*;

#[test]
fn renews_five_minutes_before_the_end() {
    let mut page = Page::loaded();
    assert_eq!(wake(&page.does(Event::Woke, DUE - 1)), Some(seconds(1)));
    assert!(lock(&page.does(Event::Woke, DUE)).is_some());
}

#[test]
fn jitter_is_at_most_a_twentieth_of_the_lifetime() {
    let effects = Keeper::default().step(Event::Loaded(grant(0)), at(0), 1.0);
    assert_eq!(wake(&effects), Some(seconds(DUE - 75)));
}

#[test]
fn a_token_in_its_last_minutes_is_renewed_at_once() {
    let effects = Page(Keeper::default()).does(Event::Loaded(lasting(2 * MINUTE)), 0);
    assert!(lock(&effects).is_some(), "{effects:?}");
}

#[test]
fn one_refresh_at_a_time() {
    let (mut page, _) = Page::sending();
    let woke = page.does(Event::Woke, DUE + 1);
    assert_eq!(woke, [Effect::Wake(seconds(9))]);
    assert_eq!(
        page.does(Event::Unauthorized { seen: 0 }, DUE + 1),
        [],
        "a call joins what is under way"
    );
}

#[test]
fn a_renewal_gives_the_lock_back_and_starts_the_next_round() {
    let (mut page, ticket) = Page::sending();
    let effects = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE);
    let expected = [
        Effect::Tell(Message::Renewed(told(grant(1), DUE))),
        Effect::Unlock,
        Effect::Show(grant(1)),
        Effect::Settle(Outcome::Repeat),
        Effect::Wake(seconds(DUE)),
    ];
    assert_eq!(effects, expected);
    assert_eq!(page.0.grants(), 1);
    assert_eq!(page.0.expires_in(at(DUE)), Some(seconds(25 * MINUTE)));
}

#[test]
fn the_server_may_change_the_lifetime() {
    let (mut page, ticket) = Page::sending();
    let mut short = grant(1);
    short.timing.expires_in = seconds(5 * MINUTE);
    short.timing.lifetime = seconds(5 * MINUTE);
    short.timing.lead = seconds(MINUTE);
    let effects = page.ends_with(ticket, RefreshResult::Renewed(short), DUE);
    assert_eq!(wake(&effects), Some(seconds(4 * MINUTE)));
}

#[test]
fn durations_count_from_when_the_refresh_was_sent() {
    let (mut page, ticket) = Page::sending();
    page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE + 9);
    assert_eq!(page.0.expires_in(at(DUE + 9)), Some(seconds(25 * 60 - 9)));
}

#[test]
fn a_refresh_is_given_up_after_the_servers_patience() {
    let (mut page, ticket) = Page::sending();
    let effects = page.does(Event::Woke, DUE + 10);
    assert_eq!(effects[0], Effect::Abort);
    assert!(page.is_signed_in());
    let late = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE + 11);
    assert_eq!(late, [], "an answer that came too late");
}

#[test]
fn the_answer_to_an_earlier_refresh_is_not_taken_for_this_ones() {
    let (mut page, given_up) = Page::sending();
    page.does(Event::Woke, DUE + 10);
    let ticket = page.refreshes(DUE + 11).expect("another attempt");
    let late = RefreshResult::Refused(Code::SessionEnded);
    assert_eq!(page.ends_with(given_up, late, DUE + 12), []);
    let effects = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE + 13);
    assert!(effects.contains(&Effect::Show(grant(1))));
}

#[test]
fn the_lock_for_an_earlier_refresh_starts_nothing() {
    let (mut page, earlier) = Page::locking();
    page.does(Event::Frozen, DUE);
    let ticket = lock(&page.does(Event::Woke, DUE + 1)).expect("asked for again");
    assert_eq!(page.does(Event::LockGranted(earlier), DUE + 1), []);
    let effects = page.does(Event::LockGranted(ticket), DUE + 1);
    assert_eq!(refresh(&effects), Some(ticket));
}

#[test]
fn the_last_minutes_of_a_session_are_not_renewed_again_and_again() {
    for (expires_in, next) in [(100, seconds(100)), (0, schedule::FIRST_RETRY)] {
        let (mut page, ticket) = Page::sending();
        let result = RefreshResult::Renewed(lasting(expires_in));
        let effects = page.ends_with(ticket, result, DUE);
        assert_eq!(wake(&effects), Some(next));
    }
}

#[test]
fn lock_missing_goes_on_without() {
    let (mut page, ticket) = Page::locking();
    let effects = page.does(Event::LockUnavailable(ticket), DUE);
    assert_eq!(refresh(&effects), Some(ticket));
}

/// The timer that is set in the end. Where there are no locks, the driver says so
/// while it carries out what it was asked for.
fn timer_without_locks(page: &mut Page, event: Event, n: u64) -> Option<Duration> {
    let mut timer = None;
    for effect in page.does(event, n) {
        match effect {
            Effect::Wake(after) => timer = Some(after),
            Effect::Lock(ticket) => {
                let unavailable = Event::LockUnavailable(ticket);
                timer = timer_without_locks(page, unavailable, n).or(timer);
            }
            _ => {}
        }
    }
    timer
}

#[test]
fn without_locks_the_timer_is_that_of_what_follows() {
    for (name, now, expected) in [
        ("it sends", DUE, seconds(10)),
        ("it asks", DUE + 600, Duration::from_millis(200)),
    ] {
        let timer = timer_without_locks(&mut Page::loaded(), Event::Woke, now);
        assert_eq!(timer, Some(expected), "{name}");
    }
}

#[test]
fn lock_held_by_a_tab_that_sleeps_times_out() {
    let (mut page, ticket) = Page::locking();
    let waits = page.does(Event::Woke, DUE + 14);
    assert_eq!(waits, [Effect::Wake(seconds(1))]);
    // By then it is late, so it asks whether another tab has done it.
    let effects = page.does(Event::Woke, DUE + 15);
    assert_eq!(effects[0], Effect::Unlock);
    assert!(matches!(said(&effects), Some(Message::Ask { .. })));
    assert_eq!(refresh(&page.does(Event::Woke, DUE + 16)), Some(ticket));
    assert_eq!(
        page.does(Event::LockGranted(ticket), DUE + 17),
        [],
        "a lock that comes too late starts nothing"
    );
}

#[test]
fn frozen_while_it_waits_for_the_lock_gives_it_up_and_goes_on_later() {
    let (mut page, ticket) = Page::locking();
    let effects = page.does(Event::Frozen, DUE + 1);
    assert_eq!(effects, [Effect::Unlock, Effect::Wake(Duration::ZERO)]);
    assert_eq!(page.does(Event::LockGranted(ticket), DUE + 1), []);
    assert!(lock(&page.does(Event::Woke, DUE + 3600)).is_some());
}

#[test]
fn frozen_while_it_sends_lets_go_of_the_lock_and_takes_the_answer() {
    let (mut page, ticket) = Page::sending();
    assert_eq!(page.does(Event::Frozen, DUE + 1), [Effect::Unlock]);
    let effects = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE + 2);
    assert!(effects.contains(&Effect::Show(grant(1))));
}
