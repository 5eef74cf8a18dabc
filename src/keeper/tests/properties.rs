//! Invariants that hold for any events in any order.

use proptest::prelude::*;

use super::*;

/// An input to a page. Replies use the tickets of the page.
#[derive(Clone, Debug)]
enum Input {
    Event(Event),
    /// A reply to the lock request: whether the lock is granted.
    LockReply(bool),
    /// The result of the refresh under way.
    Response(RefreshResult),
    /// The result of an earlier refresh.
    LateResponse(RefreshResult),
    /// The timer fires at the time for which it is set.
    Timer,
}

fn grants() -> impl Strategy<Value = Grant> {
    let ids = (0..3_usize, 0..5_u32, 0..2_000_u64);
    ids.prop_map(|(session, rotations, expires_in)| {
        let (account, session) = [("ada", "s1"), ("ada", "s2"), ("bob", "s3")][session];
        let mut grant = Grant {
            rotations,
            ..grant_of(account, session)
        };
        grant.timing.expires_in = seconds(expires_in);
        grant
    })
}

fn results() -> impl Strategy<Value = RefreshResult> {
    const REJECTIONS: &[Code] = &[Code::SessionEnded, Code::NotSignedIn, Code::ReuseDetected];
    prop_oneof![
        4 => grants().prop_map(RefreshResult::Refreshed),
        1 => prop::sample::select(REJECTIONS).prop_map(RefreshResult::Rejected),
        2 => Just(RefreshResult::NoResponse),
        2 => prop::option::of(0..200_u64).prop_map(|after| RefreshResult::Deferred {
            retry_after: after.map(seconds)
        }),
    ]
}

fn messages() -> impl Strategy<Value = Message> {
    let session = prop::sample::select(&["s1", "s2", "s3"][..]).prop_map(Rc::<str>::from);
    let timed = || (grants(), 0..10_000_u64).prop_map(|(grant, n)| timed(grant, n));
    prop_oneof![
        4 => timed().prop_map(Message::Refreshed),
        1 => timed().prop_map(Message::SignedIn),
        1 => session.clone().prop_map(|session| Message::Ended {
            session,
            code: Code::SessionEnded
        }),
        1 => (session.clone(), any::<u32>(), 0..100_000_u64, 0..100_000_u64).prop_map(
            |(session, failures, wait, retry_after)| Message::Failing {
                session,
                failures,
                wait: seconds(wait),
                retry_after: seconds(retry_after)
            }
        ),
        1 => session.prop_map(|session| Message::Ask { session }),
    ]
}

fn inputs() -> impl Strategy<Value = Input> {
    let events = prop_oneof![
        2 => grants().prop_map(Event::Loaded),
        2 => grants().prop_map(Event::SignedIn),
        1 => Just(Event::SignedOut),
        3 => Just(Event::Woke),
        1 => Just(Event::Frozen),
        1 => Just(Event::Restored),
        2 => any::<bool>().prop_map(|is_online| Event::Network { is_online }),
        3 => (0..4_u64).prop_map(|seen| Event::Unauthorized { seen }),
        1 => (0..4_u64).prop_map(|seen| Event::StillUnauthorized {
            seen,
            code: Code::NotSignedIn
        }),
        1 => (0..4_u64).prop_map(|seen| Event::Accepted { seen }),
        4 => messages().prop_map(Event::MessageReceived),
    ];
    prop_oneof![
        6 => events.prop_map(Input::Event),
        4 => any::<bool>().prop_map(Input::LockReply),
        4 => results().prop_map(Input::Response),
        1 => results().prop_map(Input::LateResponse),
        4 => Just(Input::Timer),
    ]
}

/// A page, with the state that the driver would hold for it.
#[derive(Default)]
struct SimulatedPage {
    keeper: Keeper,
    clock: u64,
    /// The offset of the wall clock, which the user may change.
    wall_offset: u64,
    /// When the timer fires, if it is set.
    timer: Option<u64>,
    /// Whether the browser has locks; if not, it replies so at once.
    has_locks: bool,
    locking: Option<Ticket>,
    sending: Option<Ticket>,
    former: Option<Ticket>,
    is_signed_in: bool,
    /// Whether a call waits for a refresh.
    is_waiting: bool,
}

impl SimulatedPage {
    fn apply(&mut self, input: Input, chance: f64, has_input: bool) {
        let event = match input {
            Input::Event(event) => event,
            Input::Timer => {
                let Some(fires) = self.timer.take() else {
                    return;
                };
                self.clock = self.clock.max(fires) + 1;
                Event::Woke
            }
            Input::LockReply(is_granted) => {
                let Some(ticket) = self.locking.take() else {
                    return;
                };
                if is_granted {
                    Event::LockGranted(ticket)
                } else {
                    Event::LockUnavailable(ticket)
                }
            }
            Input::Response(result) => {
                let Some(ticket) = self.sending.take() else {
                    return;
                };
                self.former = Some(ticket);
                Event::RefreshEnded(ticket, result)
            }
            Input::LateResponse(result) => {
                let Some(ticket) = self.former.filter(|_| self.sending.is_none()) else {
                    return;
                };
                Event::RefreshEnded(ticket, result)
            }
        };
        self.handle(&event, chance, has_input);
    }

    fn handle(&mut self, event: &Event, chance: f64, has_input: bool) {
        let now = Reading {
            monotonic: seconds(self.clock),
            wall: seconds(self.clock + self.wall_offset),
        };
        let before = self.keeper.clone();
        let at = At {
            now,
            chance,
            has_input,
        };
        let effects = self.keeper.step(event.clone(), at);
        let is_replaced = effects.contains(&Effect::Reload) || effects.contains(&Effect::Continue);
        assert!(
            !(is_replaced && has_input && before.active().is_none()),
            "input is lost: {event:?} at {before:?} gave {effects:?}"
        );
        if matches!(event, Event::Loaded(_) | Event::SignedIn(_)) {
            self.is_signed_in = true;
        }
        self.is_waiting |= matches!(event, Event::Unauthorized { .. });
        for effect in &effects {
            self.carry_out(effect, event, chance, has_input);
        }
        let refresh_in = self.keeper.refresh_in(now);
        if let Some(wait) = refresh_in {
            assert!(
                self.timer.is_some(),
                "signed in without a timer: {event:?} at {before:?} gave {effects:?}"
            );
            let deadline = self
                .keeper
                .active()
                .and_then(|active| active.phase.deadline());
            let next = deadline.map_or(wait, |end| end.remaining(now)).as_secs();
            let is_set = effects.iter().any(|e| matches!(e, Effect::SetTimer(_)));
            assert!(
                !is_set || self.timer.is_some_and(|fires| fires <= self.clock + next),
                "the timer is too late: {event:?} at {before:?} gave {effects:?}"
            );
            assert!(wait <= seconds(2_000), "{wait:?}");
            let failed = matches!(
                event,
                Event::RefreshEnded(
                    _,
                    RefreshResult::NoResponse | RefreshResult::Deferred { .. }
                )
            );
            // A late response changes nothing.
            assert!(
                !failed || effects.is_empty() || wait <= seconds(100),
                "back-off: {wait:?}"
            );
        }
        assert_eq!(refresh_in.is_some(), self.is_signed_in);
        assert!(
            !self.is_waiting || self.keeper.is_refreshing(),
            "a call waits without a refresh: {event:?} at {before:?} gave {effects:?}"
        );
    }

    fn carry_out(&mut self, effect: &Effect, because: &Event, chance: f64, has_input: bool) {
        match effect {
            Effect::Lock(ticket) => {
                assert!(self.is_signed_in, "a lock after the end");
                if self.has_locks {
                    self.locking = Some(*ticket);
                } else {
                    self.handle(&Event::LockUnavailable(*ticket), chance, has_input);
                }
            }
            Effect::Unlock => self.locking = None,
            Effect::Refresh(ticket) => {
                assert!(self.is_signed_in, "a refresh after the end");
                assert_eq!(self.sending, None, "two refreshes at once");
                self.sending = Some(*ticket);
            }
            Effect::Abort => self.former = self.sending.take(),
            Effect::SetTimer(after) => {
                assert!(*after <= seconds(2_000), "{after:?}");
                self.timer = Some(self.clock + after.as_secs());
            }
            Effect::ClearTimer => {
                let may_clear = !self.is_signed_in
                    || *because == Event::SignedOut
                    || may_end(because)
                    || may_reload(because);
                assert!(may_clear, "timer cleared because of {because:?}");
                self.timer = None;
                self.is_signed_in = false;
            }
            Effect::End(_) => assert!(may_end(because), "signed out because of {because:?}"),
            Effect::Reload | Effect::Continue => {
                assert!(may_reload(because), "reloaded because of {because:?}");
            }
            Effect::Broadcast(message) => {
                // Compared as lines, because the durations are in whole milliseconds there.
                let line = message.to_line();
                let parsed = Message::parse(&line).map(|parsed| parsed.to_line());
                assert_eq!(parsed.as_ref(), Some(&line));
            }
            Effect::ResumeCalls(_) => self.is_waiting = false,
            Effect::Show(_) | Effect::Trouble(_) => {}
        }
    }
}

/// Returns whether the event may end the session: the server or another tab reports the end,
/// or the browser does not keep the cookies.
fn may_end(event: &Event) -> bool {
    matches!(
        event,
        Event::RefreshEnded(_, RefreshResult::Rejected(_))
            | Event::MessageReceived(Message::Ended { .. })
            | Event::StillUnauthorized { .. }
    )
}

/// Returns whether the page may show another account, or have missed messages, after the event.
fn may_reload(event: &Event) -> bool {
    matches!(
        event,
        Event::Restored
            | Event::MessageReceived(Message::SignedIn(_) | Message::Refreshed(_))
            | Event::RefreshEnded(_, RefreshResult::Refreshed(_))
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn invariants_hold_for_any_events(
        has_locks in any::<bool>(),
        inputs in prop::collection::vec((inputs(), 0.0..1.0_f64, any::<bool>(), 0..30_u64, prop::option::weighted(0.05, 0..8_000_u64)), 1..60)
    ) {
        let mut page = SimulatedPage { has_locks, wall_offset: 1_000_000, ..SimulatedPage::default() };
        for (input, chance, has_input, elapsed, wall_offset) in inputs {
            page.clock += elapsed;
            page.wall_offset = wall_offset.map_or(page.wall_offset, |offset| 996_000 + offset);
            page.apply(input, chance, has_input);
        }
    }

    /// However long an outage lasts, the attempts are at most a minute and a half apart, and
    /// never closer than the back-off.
    #[test]
    fn outage_retries_at_bounded_intervals(
        outage in prop::collection::vec((0.0..1.0_f64, prop::option::of(0..500_u64)), 1..40)
    ) {
        let mut page = Page::loaded();
        let mut now = at(DUE);
        for (n, (chance, retry_after)) in outage.into_iter().enumerate() {
            let ticket = lock(&page.0.step(Event::Woke, without_input(now, chance))).expect("an attempt");
            page.0.step(Event::LockUnavailable(ticket), without_input(now, chance));
            now.monotonic += seconds(1);
            page.0.step(Event::Woke, without_input(now, chance));
            let result = RefreshResult::Deferred { retry_after: retry_after.map(seconds) };
            page.0.step(Event::RefreshEnded(ticket, result), without_input(now, chance));
            let wait = page.0.refresh_in(now).expect("the session is kept");
            let least = seconds(1 << n.min(5));
            prop_assert!(wait >= least && wait <= seconds(90), "attempt {}: {:?}", n, wait);
            now.monotonic += wait;
        }
    }

    #[test]
    fn any_string_parses_or_is_rejected(line in "[ -~]{0,80}") {
        if let Some(message) = Message::parse(&line) {
            prop_assert_eq!(Message::parse(&message.to_line()), Some(message));
        }
    }
}
