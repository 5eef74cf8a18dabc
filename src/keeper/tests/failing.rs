//! Failures that pass keep the session; only a definite refusal ends it.

use super::*;

fn deferred(retry_after: Option<u64>) -> RefreshResult {
    RefreshResult::Deferred {
        retry_after: retry_after.map(seconds),
    }
}

#[test]
fn only_a_definite_refusal_signs_out() {
    for transient in [
        RefreshResult::Unanswered,
        deferred(None),
        deferred(Some(30)),
    ] {
        let (mut page, ticket) = Page::sending();
        page.ends_with(ticket, transient, DUE);
        assert!(page.is_signed_in());
    }
    let (mut page, ticket) = Page::sending();
    let refused = RefreshResult::Refused(Code::SessionEnded);
    let effects = page.ends_with(ticket, refused, DUE);
    let over = Message::Over {
        session: "s1".into(),
        code: Code::SessionEnded,
    };
    let expected = [
        Effect::Tell(over),
        Effect::Unlock,
        Effect::Sleep,
        Effect::Settle(Outcome::GiveUp),
        Effect::End(Code::SessionEnded),
    ];
    assert_eq!(effects, expected);
    assert!(!page.is_signed_in());
}

/// Until the next attempt after that many failures in a row.
fn waits(result: &RefreshResult, failures: usize) -> Vec<Duration> {
    let mut page = Page::loaded();
    let mut now = DUE;
    let mut waits = Vec::new();
    for _ in 0..failures {
        let ticket = page.refreshes(now).expect("an attempt");
        // Looking again does not hurry it.
        page.ends_with(ticket, result.clone(), now + 1);
        let wait = page.0.refresh_in(at(now + 1)).expect("signed in");
        assert_eq!(page.refreshes(now + 1), None, "before its time");
        waits.push(wait);
        now += 1 + wait.as_secs();
    }
    waits
}

#[test]
fn back_off_doubles_to_a_minute() {
    let waits = waits(&RefreshResult::Unanswered, 8);
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60].map(seconds));
}

#[test]
fn the_servers_retry_after_is_heeded_up_to_a_minute() {
    assert_eq!(waits(&deferred(Some(20)), 2), [20, 20].map(seconds));
    assert_eq!(waits(&deferred(Some(86_400)), 1), [seconds(60)]);
}

#[test]
fn calls_during_an_outage_make_one_attempt_per_back_off() {
    let (mut page, ticket) = Page::sending();
    page.ends_with(ticket, RefreshResult::Unanswered, DUE);
    page.does(Event::Woke, DUE);
    for _ in 0..50 {
        let effects = page.0.step(
            Event::Unauthorized { seen: 0 },
            Reading {
                monotonic: seconds(DUE) + Duration::from_millis(500),
                wall: seconds(0),
            },
            0.0,
        );
        assert_eq!(effects, [Effect::Settle(Outcome::NotNow)]);
    }
    let effects = page.does(Event::Unauthorized { seen: 0 }, DUE + 1);
    assert!(lock(&effects).is_some(), "{effects:?}");
}

/// What the call met, a 401, would tell somebody who is signed in that nobody is.
#[test]
fn a_call_that_waited_for_a_refresh_that_failed_is_not_told_that_nobody_is_signed_in() {
    let not_now = Effect::Settle(Outcome::NotNow);
    let (mut page, ticket) = Page::sending();
    page.does(Event::Unauthorized { seen: 0 }, DUE);
    let effects = page.ends_with(ticket, RefreshResult::Unanswered, DUE);
    assert!(effects.contains(&not_now), "{effects:?}");

    let failing = said(&effects).expect("it tells the others").clone();
    let (mut other, _) = Page::locking();
    other.does(Event::Unauthorized { seen: 0 }, DUE);
    let effects = other.hears(failing, DUE);
    assert!(effects.contains(&not_now), "{effects:?}");

    // Where it is over, that is the answer.
    let ticket = page.refreshes(DUE + 2).expect("again");
    let refused = RefreshResult::Refused(Code::SessionEnded);
    let effects = page.ends_with(ticket, refused, DUE + 4);
    assert!(effects.contains(&Effect::Settle(Outcome::GiveUp)));
}

#[test]
fn an_early_failure_keeps_the_session_and_backs_off() {
    let mut page = Page::loaded();
    let effects = page.does(Event::Unauthorized { seen: 0 }, 10);
    let ticket = lock(&effects).expect("a refresh");
    page.does(Event::LockGranted(ticket), 10);
    let effects = page.ends_with(ticket, deferred(None), 10);
    assert_eq!(wake(&effects), Some(seconds(1)));
    assert!(page.is_signed_in());
}

#[test]
fn offline_is_said_and_being_online_again_is_worth_an_attempt() {
    let (mut page, ticket) = Page::sending();
    let effects = page.does(Event::Network { is_online: false }, DUE);
    assert_eq!(effects, [Effect::Trouble(Some(Trouble::Offline))]);
    page.ends_with(ticket, RefreshResult::Unanswered, DUE);
    let ticket = page.refreshes(DUE + 1).expect("it is tried all the same");
    page.ends_with(ticket, RefreshResult::Unanswered, DUE + 2);
    assert!(page.is_signed_in());

    let effects = page.does(Event::Network { is_online: true }, DUE + 2);
    assert!(lock(&effects).is_some(), "{effects:?}");
    let trouble = Effect::Trouble(Some(Trouble::Unreachable));
    assert!(effects.contains(&trouble), "twice in vain: {effects:?}");
}

#[test]
fn nobody_is_told_that_they_stay_signed_in_who_is_not() {
    let (offline, line) = (Event::Network { is_online: false }, Trouble::Offline);
    let mut page = Page(Keeper::default());
    assert_eq!(page.does(offline.clone(), 0), []);
    let effects = page.does(Event::SignedIn(grant(0)), 1);
    assert!(effects.contains(&Effect::Trouble(Some(line))));
    let effects = page.does(Event::SignedOut, 2);
    assert!(effects.contains(&Effect::Trouble(None)));
    assert_eq!(page.does(offline, 3), []);
}

/// What comes of being online again a second after the second failure.
fn online_again(page: &mut Page, second: RefreshResult) -> Vec<Effect> {
    let ticket = page.refreshes(DUE + 1).expect("again");
    page.ends_with(ticket, second, DUE + 2);
    page.does(Event::Network { is_online: true }, DUE + 3)
}

#[test]
fn being_online_again_shortens_the_back_off_and_not_what_the_server_asked_for() {
    for (second, wait) in [
        (RefreshResult::Unanswered, 0),
        (deferred(None), 0),
        (deferred(Some(30)), 29),
    ] {
        let (mut page, ticket) = Page::sending();
        page.ends_with(ticket, RefreshResult::Unanswered, DUE);
        let effects = online_again(&mut page, second.clone());
        let held = page.0.refresh_in(at(DUE + 3));
        assert_eq!(held, Some(seconds(wait)), "{second:?}");
        assert_eq!(lock(&effects).is_some(), wait == 0, "{second:?}");
    }
}

#[test]
fn a_tab_that_heard_of_a_failure_knows_who_wants_it_to_wait() {
    for (second, tries) in [(deferred(None), true), (deferred(Some(30)), false)] {
        let (mut fails, ticket) = Page::sending();
        let effects = fails.ends_with(ticket, second, DUE);
        let message = said(&effects).expect("it tells the others").clone();
        let (mut hears, _) = Page::locking();
        hears.hears(message, DUE);
        let effects = hears.does(Event::Network { is_online: true }, DUE);
        assert_eq!(lock(&effects).is_some(), tries, "{effects:?}");
    }
}

#[test]
fn refresh_answers_500_then_well_and_the_line_goes() {
    let (mut page, ticket) = Page::sending();
    let once = page.ends_with(ticket, deferred(None), DUE);
    assert!(!once.iter().any(|e| matches!(e, Effect::Trouble(_))));
    let ticket = page.refreshes(DUE + 1).expect("again");
    let twice = page.ends_with(ticket, deferred(None), DUE + 2);
    assert!(twice.contains(&Effect::Trouble(Some(Trouble::Unreachable))));
    let ticket = page.refreshes(DUE + 4).expect("again");
    let well = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE + 5);
    assert!(well.contains(&Effect::Trouble(None)), "{well:?}");
}
