//! When tokens are refreshed, and the stages of one refresh.

use super::*;

#[test]
fn refresh_starts_five_minutes_before_expiry() {
    let mut page = Page::loaded();
    assert_eq!(timer(&page.step(Event::Woke, DUE - 1)), Some(seconds(1)));
    assert!(lock(&page.step(Event::Woke, DUE)).is_some());
}

#[test]
fn jitter_is_at_most_a_twentieth_of_the_lifetime() {
    let effects = Keeper::default().step(Event::Loaded(grant(0)), without_input(at(0), 1.0));
    assert_eq!(timer(&effects), Some(seconds(DUE - 75)));
}

#[test]
fn token_near_expiry_is_refreshed_at_once() {
    let effects = Page(Keeper::default()).step(Event::Loaded(expiring_in(2 * MINUTE)), 0);
    assert!(lock(&effects).is_some(), "{effects:?}");
}

#[test]
fn one_refresh_at_a_time() {
    let (mut page, _) = Page::sending();
    let woke = page.step(Event::Woke, DUE + 1);
    assert_eq!(woke, [Effect::SetTimer(seconds(9))]);
    assert_eq!(
        page.step(Event::Unauthorized { seen: 0 }, DUE + 1),
        [],
        "a call joins the refresh under way"
    );
}

#[test]
fn refresh_releases_lock_and_schedules_the_next() {
    let (mut page, ticket) = Page::sending();
    let effects = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE);
    let expected = [
        Effect::Broadcast(Message::Refreshed(timed(grant(1), DUE))),
        Effect::Unlock,
        Effect::Show(grant(1)),
        Effect::ResumeCalls(Outcome::Repeat),
        Effect::SetTimer(seconds(DUE)),
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
    let effects = page.finish_refresh(ticket, RefreshResult::Refreshed(short), DUE);
    assert_eq!(timer(&effects), Some(seconds(4 * MINUTE)));
}

#[test]
fn durations_count_from_when_the_refresh_was_sent() {
    let (mut page, ticket) = Page::sending();
    page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE + 9);
    assert_eq!(page.0.expires_in(at(DUE + 9)), Some(seconds(25 * 60 - 9)));
}

#[test]
fn refresh_is_aborted_after_the_timeout() {
    let (mut page, ticket) = Page::sending();
    let effects = page.step(Event::Woke, DUE + 10);
    assert_eq!(effects[0], Effect::Abort);
    assert!(page.is_signed_in());
    let late = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE + 11);
    assert_eq!(late, [], "a response after the timeout");
}

#[test]
fn response_to_an_earlier_refresh_is_ignored() {
    let (mut page, aborted) = Page::sending();
    page.step(Event::Woke, DUE + 10);
    let ticket = page.start_refresh(DUE + 11).expect("another attempt");
    let late = RefreshResult::Rejected(Code::SessionEnded);
    assert_eq!(page.finish_refresh(aborted, late, DUE + 12), []);
    let effects = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE + 13);
    assert!(effects.contains(&Effect::Show(grant(1))));
}

#[test]
fn lock_for_an_earlier_refresh_starts_nothing() {
    let (mut page, earlier) = Page::locking();
    page.step(Event::Frozen, DUE);
    let ticket = lock(&page.step(Event::Woke, DUE + 1)).expect("a second lock request");
    assert_eq!(page.step(Event::LockGranted(earlier), DUE + 1), []);
    let effects = page.step(Event::LockGranted(ticket), DUE + 1);
    assert_eq!(refresh(&effects), Some(ticket));
}

#[test]
fn short_lived_tokens_are_refreshed_at_expiry() {
    for (expires_in, next) in [(100, seconds(100)), (0, schedule::MIN_RETRY_DELAY)] {
        let (mut page, ticket) = Page::sending();
        let result = RefreshResult::Refreshed(expiring_in(expires_in));
        let effects = page.finish_refresh(ticket, result, DUE);
        assert_eq!(timer(&effects), Some(next));
    }
}

#[test]
fn missing_lock_does_not_prevent_the_refresh() {
    let (mut page, ticket) = Page::locking();
    let effects = page.step(Event::LockUnavailable(ticket), DUE);
    assert_eq!(refresh(&effects), Some(ticket));
}

/// Returns the timer that is set after all effects. If the browser has no locks, the driver
/// reports so while it carries out the effects.
fn timer_without_locks(page: &mut Page, event: Event, n: u64) -> Option<Duration> {
    let mut timer = None;
    for effect in page.step(event, n) {
        match effect {
            Effect::SetTimer(after) => timer = Some(after),
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
fn without_locks_the_timer_fits_the_next_stage() {
    for (name, now, expected) in [
        ("sending", DUE, seconds(10)),
        ("asking", DUE + 600, Duration::from_millis(200)),
    ] {
        let timer = timer_without_locks(&mut Page::loaded(), Event::Woke, now);
        assert_eq!(timer, Some(expected), "{name}");
    }
}

#[test]
fn lock_held_by_a_sleeping_tab_times_out() {
    let (mut page, ticket) = Page::locking();
    let waits = page.step(Event::Woke, DUE + 14);
    assert_eq!(waits, [Effect::SetTimer(seconds(1))]);
    // By then the refresh is late, so the page asks whether another tab has refreshed.
    let effects = page.step(Event::Woke, DUE + 15);
    assert_eq!(effects[0], Effect::Unlock);
    assert!(matches!(broadcast(&effects), Some(Message::Ask { .. })));
    assert_eq!(refresh(&page.step(Event::Woke, DUE + 16)), Some(ticket));
    assert_eq!(
        page.step(Event::LockGranted(ticket), DUE + 17),
        [],
        "a lock that is granted too late starts nothing"
    );
}

#[test]
fn freeze_before_sending_releases_lock_and_restarts() {
    let (mut page, ticket) = Page::locking();
    let effects = page.step(Event::Frozen, DUE + 1);
    assert_eq!(effects, [Effect::Unlock, Effect::SetTimer(Duration::ZERO)]);
    assert_eq!(page.step(Event::LockGranted(ticket), DUE + 1), []);
    assert!(lock(&page.step(Event::Woke, DUE + 3600)).is_some());
}

#[test]
fn freeze_while_sending_keeps_the_response() {
    let (mut page, ticket) = Page::sending();
    assert_eq!(page.step(Event::Frozen, DUE + 1), [Effect::Unlock]);
    let effects = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE + 2);
    assert!(effects.contains(&Effect::Show(grant(1))));
}
