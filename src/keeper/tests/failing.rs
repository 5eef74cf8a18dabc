//! A transient error keeps the session; only a definite rejection ends it.

use super::*;

fn deferred(retry_after: Option<u64>) -> RefreshResult {
    RefreshResult::Deferred {
        retry_after: retry_after.map(seconds),
    }
}

#[test]
fn only_a_definite_rejection_signs_out() {
    for transient in [
        RefreshResult::NoResponse,
        deferred(None),
        deferred(Some(30)),
    ] {
        let (mut page, ticket) = Page::sending();
        page.finish_refresh(ticket, transient, DUE);
        assert!(page.is_signed_in());
    }
    let (mut page, ticket) = Page::sending();
    let rejected = RefreshResult::Rejected(Code::SessionEnded);
    let effects = page.finish_refresh(ticket, rejected, DUE);
    let ended = Message::Ended {
        session: "s1".into(),
        code: Code::SessionEnded,
    };
    let expected = [
        Effect::Broadcast(ended),
        Effect::Unlock,
        Effect::ClearTimer,
        Effect::ResumeCalls(Outcome::KeepResponse),
        Effect::End(Code::SessionEnded),
    ];
    assert_eq!(effects, expected);
    assert!(!page.is_signed_in());
}

/// Returns the delay before the next attempt after each of so many failures in a row.
fn waits(result: &RefreshResult, failures: usize) -> Vec<Duration> {
    let mut page = Page::loaded();
    let mut now = DUE;
    let mut waits = Vec::new();
    for _ in 0..failures {
        let ticket = page.start_refresh(now).expect("an attempt");
        // Checking the deadlines again does not shorten the delay.
        page.finish_refresh(ticket, result.clone(), now + 1);
        let wait = page.0.refresh_in(at(now + 1)).expect("signed in");
        assert_eq!(
            page.start_refresh(now + 1),
            None,
            "before the delay has passed"
        );
        waits.push(wait);
        now += 1 + wait.as_secs();
    }
    waits
}

#[test]
fn back_off_doubles_to_a_minute() {
    let waits = waits(&RefreshResult::NoResponse, 8);
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60].map(seconds));
}

#[test]
fn retry_after_is_respected_up_to_a_minute() {
    assert_eq!(waits(&deferred(Some(20)), 2), [20, 20].map(seconds));
    assert_eq!(waits(&deferred(Some(86_400)), 1), [seconds(60)]);
}

#[test]
fn calls_in_an_outage_make_one_attempt_per_back_off() {
    let (mut page, ticket) = Page::sending();
    page.finish_refresh(ticket, RefreshResult::NoResponse, DUE);
    page.step(Event::Woke, DUE);
    for _ in 0..50 {
        let effects = page.0.step(
            Event::Unauthorized { seen: 0 },
            without_input(
                Reading {
                    monotonic: seconds(DUE) + Duration::from_millis(500),
                    wall: seconds(0),
                },
                0.0,
            ),
        );
        assert_eq!(effects, [Effect::ResumeCalls(Outcome::TryLater)]);
    }
    let effects = page.step(Event::Unauthorized { seen: 0 }, DUE + 1);
    assert!(lock(&effects).is_some(), "{effects:?}");
}

/// The 401 of the call would tell a user who is still signed in that they are not.
#[test]
fn call_that_waited_for_a_failed_refresh_tries_later() {
    let try_later = Effect::ResumeCalls(Outcome::TryLater);
    let (mut page, ticket) = Page::sending();
    page.step(Event::Unauthorized { seen: 0 }, DUE);
    let effects = page.finish_refresh(ticket, RefreshResult::NoResponse, DUE);
    assert!(effects.contains(&try_later), "{effects:?}");

    let failing = broadcast(&effects).expect("a broadcast").clone();
    let (mut other, _) = Page::locking();
    other.step(Event::Unauthorized { seen: 0 }, DUE);
    let effects = other.receive(failing, DUE);
    assert!(effects.contains(&try_later), "{effects:?}");

    // If the session has ended, the call keeps its response.
    let ticket = page.start_refresh(DUE + 2).expect("again");
    let rejected = RefreshResult::Rejected(Code::SessionEnded);
    let effects = page.finish_refresh(ticket, rejected, DUE + 4);
    assert!(effects.contains(&Effect::ResumeCalls(Outcome::KeepResponse)));
}

#[test]
fn early_failure_keeps_session_and_backs_off() {
    let mut page = Page::loaded();
    let effects = page.step(Event::Unauthorized { seen: 0 }, 10);
    let ticket = lock(&effects).expect("a refresh");
    page.step(Event::LockGranted(ticket), 10);
    let effects = page.finish_refresh(ticket, deferred(None), 10);
    assert_eq!(timer(&effects), Some(seconds(1)));
    assert!(page.is_signed_in());
}

#[test]
fn offline_is_reported_and_online_retries_at_once() {
    let (mut page, ticket) = Page::sending();
    let effects = page.step(Event::Network { is_online: false }, DUE);
    assert_eq!(effects, [Effect::Trouble(Some(Trouble::Offline))]);
    page.finish_refresh(ticket, RefreshResult::NoResponse, DUE);
    let ticket = page
        .start_refresh(DUE + 1)
        .expect("an attempt though offline");
    page.finish_refresh(ticket, RefreshResult::NoResponse, DUE + 2);
    assert!(page.is_signed_in());

    let effects = page.step(Event::Network { is_online: true }, DUE + 2);
    assert!(lock(&effects).is_some(), "{effects:?}");
    let trouble = Effect::Trouble(Some(Trouble::Unreachable));
    assert!(
        effects.contains(&trouble),
        "after two failures: {effects:?}"
    );
}

#[test]
fn trouble_is_reported_only_while_signed_in() {
    let (offline, trouble) = (Event::Network { is_online: false }, Trouble::Offline);
    let mut page = Page(Keeper::default());
    assert_eq!(page.step(offline.clone(), 0), []);
    let effects = page.step(Event::SignedIn(grant(0)), 1);
    assert!(effects.contains(&Effect::Trouble(Some(trouble))));
    let effects = page.step(Event::SignedOut, 2);
    assert!(effects.contains(&Effect::Trouble(None)));
    assert_eq!(page.step(offline, 3), []);
}

/// Returns the effects of being online again a second after the second failure.
fn online_again(page: &mut Page, second: RefreshResult) -> Vec<Effect> {
    let ticket = page.start_refresh(DUE + 1).expect("again");
    page.finish_refresh(ticket, second, DUE + 2);
    page.step(Event::Network { is_online: true }, DUE + 3)
}

#[test]
fn going_online_ends_back_off_but_not_retry_after() {
    for (second, wait) in [
        (RefreshResult::NoResponse, 0),
        (deferred(None), 0),
        (deferred(Some(30)), 29),
    ] {
        let (mut page, ticket) = Page::sending();
        page.finish_refresh(ticket, RefreshResult::NoResponse, DUE);
        let effects = online_again(&mut page, second.clone());
        let held = page.0.refresh_in(at(DUE + 3));
        assert_eq!(held, Some(seconds(wait)), "{second:?}");
        assert_eq!(lock(&effects).is_some(), wait == 0, "{second:?}");
    }
}

#[test]
fn failure_message_separates_wait_and_retry_after() {
    for (second, tries) in [(deferred(None), true), (deferred(Some(30)), false)] {
        let (mut fails, ticket) = Page::sending();
        let effects = fails.finish_refresh(ticket, second, DUE);
        let message = broadcast(&effects).expect("a broadcast").clone();
        let (mut other, _) = Page::locking();
        other.receive(message, DUE);
        let effects = other.step(Event::Network { is_online: true }, DUE);
        assert_eq!(lock(&effects).is_some(), tries, "{effects:?}");
    }
}

#[test]
fn success_after_two_failures_clears_the_trouble() {
    let (mut page, ticket) = Page::sending();
    let once = page.finish_refresh(ticket, deferred(None), DUE);
    assert!(!once.iter().any(|e| matches!(e, Effect::Trouble(_))));
    let ticket = page.start_refresh(DUE + 1).expect("again");
    let twice = page.finish_refresh(ticket, deferred(None), DUE + 2);
    assert!(twice.contains(&Effect::Trouble(Some(Trouble::Unreachable))));
    let ticket = page.start_refresh(DUE + 4).expect("again");
    let well = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE + 5);
    assert!(well.contains(&Effect::Trouble(None)), "{well:?}");
}
