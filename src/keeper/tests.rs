//! Each rule of the keeper, by the effects it asks for.

use super::*;

const MINUTE: u64 = 60;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn at(n: u64) -> Reading {
    Reading {
        monotonic: seconds(n),
        wall: seconds(1_000_000 + n),
    }
}

const TIMING: Timing = Timing {
    expires_in: seconds(25 * MINUTE),
    lifetime: seconds(25 * MINUTE),
    lead: seconds(5 * MINUTE),
};

fn signed_in() -> Keeper {
    let mut keeper = Keeper::default();
    let effects = keeper.step(Event::SignedIn(TIMING), at(0), 0.0);
    assert_eq!(effects, [Effect::Wake(seconds(20 * MINUTE))]);
    keeper
}

/// A keeper with one refresh in flight, and its ticket.
fn refreshing() -> (Keeper, Ticket) {
    let mut keeper = signed_in();
    let effects = keeper.step(Event::Woke, at(20 * MINUTE), 0.0);
    let [Effect::Refresh(ticket)] = effects[..] else {
        panic!("no refresh: {effects:?}")
    };
    (keeper, ticket)
}

#[test]
fn renews_five_minutes_before_the_end() {
    let mut keeper = signed_in();
    let early = keeper.step(Event::Woke, at(20 * MINUTE - 1), 0.0);
    assert_eq!(early, [Effect::Wake(seconds(1))]);
    let due = keeper.step(Event::Woke, at(20 * MINUTE), 0.0);
    assert!(matches!(due[..], [Effect::Refresh(_)]), "{due:?}");
}

#[test]
fn jitter_is_at_most_a_twentieth_of_the_lifetime() {
    let effects = Keeper::default().step(Event::SignedIn(TIMING), at(0), 1.0);
    assert_eq!(effects, [Effect::Wake(seconds(20 * MINUTE - 75))]);
}

#[test]
fn a_token_in_its_last_minutes_is_renewed_at_once() {
    let late = Timing {
        expires_in: seconds(2 * MINUTE),
        ..TIMING
    };
    let effects = Keeper::default().step(Event::SignedIn(late), at(0), 0.0);
    assert!(matches!(effects[..], [Effect::Refresh(_)]), "{effects:?}");
}

#[test]
fn one_refresh_at_a_time() {
    let (mut keeper, _) = refreshing();
    assert_eq!(keeper.step(Event::Woke, at(21 * MINUTE), 0.0), []);
    assert_eq!(
        keeper.step(Event::Unauthorized { seen: 0 }, at(21 * MINUTE), 0.0),
        []
    );
}

#[test]
fn a_renewal_settles_the_waiting_calls_and_starts_the_next_round() {
    let (mut keeper, ticket) = refreshing();
    let ended = Event::RefreshEnded(ticket, RefreshResult::Renewed(TIMING));
    let effects = keeper.step(ended, at(20 * MINUTE), 0.0);
    let expected = [
        Effect::Settle(Outcome::Repeat),
        Effect::Wake(seconds(20 * MINUTE)),
    ];
    assert_eq!(effects, expected);
    assert_eq!(keeper.refreshes(), 1);
    assert_eq!(
        keeper.expires_in(at(20 * MINUTE)),
        Some(seconds(25 * MINUTE))
    );
}

#[test]
fn a_call_sent_before_the_renewal_is_repeated_without_another() {
    let (mut keeper, ticket) = refreshing();
    keeper.step(
        Event::RefreshEnded(ticket, RefreshResult::Renewed(TIMING)),
        at(1200),
        0.0,
    );
    let stale = keeper.step(Event::Unauthorized { seen: 0 }, at(1201), 0.0);
    assert_eq!(stale, [Effect::Settle(Outcome::Repeat)]);
    let fresh = keeper.step(Event::Unauthorized { seen: 1 }, at(1201), 0.0);
    assert!(matches!(fresh[..], [Effect::Refresh(_)]), "{fresh:?}");
}

#[test]
fn only_a_definite_refusal_signs_out() {
    let (mut keeper, ticket) = refreshing();
    let failed = Event::RefreshEnded(ticket, RefreshResult::Failed { retry_after: None });
    let effects = keeper.step(failed, at(1200), 0.0);
    assert_eq!(
        effects,
        [Effect::Settle(Outcome::GiveUp), Effect::Wake(seconds(1))]
    );
    assert!(keeper.expires_in(at(1200)).is_some());

    let again = keeper.step(Event::Woke, at(1201), 0.0);
    let [Effect::Refresh(ticket)] = again[..] else {
        panic!("no refresh: {again:?}")
    };
    let refused = Event::RefreshEnded(ticket, RefreshResult::Refused(Code::SessionEnded));
    let effects = keeper.step(refused, at(1202), 0.0);
    let expected = [
        Effect::Sleep,
        Effect::Settle(Outcome::GiveUp),
        Effect::End(Code::SessionEnded),
    ];
    assert_eq!(effects, expected);
    assert_eq!(keeper.expires_in(at(1202)), None);
}

#[test]
fn back_off_doubles_to_a_minute_and_heeds_the_server() {
    let (mut keeper, mut ticket) = refreshing();
    let mut now = 1200;
    for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
        let failed = Event::RefreshEnded(ticket, RefreshResult::Failed { retry_after: None });
        let effects = keeper.step(failed, at(now), 0.0);
        assert_eq!(effects[1], Effect::Wake(seconds(expected)));
        now += expected;
        let again = keeper.step(Event::Woke, at(now), 0.0);
        let [Effect::Refresh(next)] = again[..] else {
            panic!("no refresh: {again:?}")
        };
        ticket = next;
    }
    let (mut keeper, ticket) = refreshing();
    let asked = RefreshResult::Failed {
        retry_after: Some(seconds(20)),
    };
    let effects = keeper.step(Event::RefreshEnded(ticket, asked), at(1200), 0.0);
    assert_eq!(effects[1], Effect::Wake(seconds(20)));
}

#[test]
fn a_refresh_in_flight_does_not_bring_back_a_session_that_was_signed_out() {
    let (mut keeper, ticket) = refreshing();
    keeper.step(Event::SignedOut, at(1200), 0.0);
    let late = Event::RefreshEnded(ticket, RefreshResult::Renewed(TIMING));
    assert_eq!(keeper.step(late, at(1201), 0.0), []);
    assert_eq!(keeper.expires_in(at(1201)), None);

    keeper.step(Event::SignedIn(TIMING), at(1202), 0.0);
    let refused = Event::RefreshEnded(ticket, RefreshResult::Refused(Code::SessionEnded));
    assert_eq!(keeper.step(refused, at(1203), 0.0), []);
    assert!(
        keeper.expires_in(at(1203)).is_some(),
        "an old refusal ended a new session"
    );
}

#[test]
fn the_last_minutes_of_a_session_are_not_renewed_again_and_again() {
    let (mut keeper, ticket) = refreshing();
    let last = Timing {
        expires_in: seconds(100),
        ..TIMING
    };
    let ended = Event::RefreshEnded(ticket, RefreshResult::Renewed(last));
    let effects = keeper.step(ended, at(1200), 0.5);
    assert_eq!(
        effects,
        [Effect::Settle(Outcome::Repeat), Effect::Wake(seconds(100))]
    );

    let (mut keeper, ticket) = refreshing();
    let over = Timing {
        expires_in: Duration::ZERO,
        ..TIMING
    };
    let ended = Event::RefreshEnded(ticket, RefreshResult::Renewed(over));
    assert_eq!(
        keeper.step(ended, at(1200), 0.5)[1],
        Effect::Wake(FIRST_RETRY)
    );
}

#[test]
fn signing_out_or_in_gives_up_the_refresh_under_way() {
    let (mut keeper, _) = refreshing();
    let effects = keeper.step(Event::SignedOut, at(1200), 0.0);
    assert_eq!(
        effects[..2],
        [Effect::Abort, Effect::Settle(Outcome::GiveUp)]
    );

    let (mut keeper, _) = refreshing();
    let effects = keeper.step(Event::SignedIn(TIMING), at(1200), 0.0);
    let expected = [
        Effect::Abort,
        Effect::Settle(Outcome::Repeat),
        Effect::Wake(seconds(20 * MINUTE)),
    ];
    assert_eq!(effects, expected);
}

#[test]
fn calls_during_an_outage_do_not_multiply_the_attempts() {
    let (mut keeper, ticket) = refreshing();
    let failed = Event::RefreshEnded(ticket, RefreshResult::Failed { retry_after: None });
    keeper.step(failed, at(1200), 1.0);
    let call = keeper.step(Event::Unauthorized { seen: 0 }, at(1201), 0.0);
    assert_eq!(call, [Effect::Settle(Outcome::GiveUp)]);
    let later = keeper.step(Event::Unauthorized { seen: 0 }, at(1202), 0.0);
    assert!(matches!(later[..], [Effect::Refresh(_)]), "{later:?}");
}

#[test]
fn signed_out_means_no_refresh() {
    let mut keeper = Keeper::default();
    let unauthorized = keeper.step(Event::Unauthorized { seen: 0 }, at(0), 0.0);
    assert_eq!(unauthorized, [Effect::Settle(Outcome::GiveUp)]);
    assert_eq!(keeper.step(Event::Woke, at(0), 0.0), [Effect::Sleep]);
}
