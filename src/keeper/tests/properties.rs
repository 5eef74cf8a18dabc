//! What holds whatever happens, in whatever order.

use proptest::prelude::*;

use super::*;

/// What the world does to a page; tickets are chosen among those that were given.
#[derive(Clone, Debug)]
enum Act {
    Happens(Event),
    /// Answers the lock or the refresh that is, or was, asked for.
    Locks(bool),
    Answers(RefreshResult),
    AnswersLate(RefreshResult),
    /// The timer fires when it should.
    Timer,
}

fn grants() -> impl Strategy<Value = Grant> {
    let ids = (0..3_usize, 0..5_u32, 0..2_000_u64);
    ids.prop_map(|(session, renewals, expires_in)| {
        let (account, session) = [("ada", "s1"), ("ada", "s2"), ("bob", "s3")][session];
        let mut grant = Grant {
            renewals,
            ..of(account, session)
        };
        grant.timing.expires_in = seconds(expires_in);
        grant
    })
}

fn results() -> impl Strategy<Value = RefreshResult> {
    const REFUSALS: &[Code] = &[Code::SessionEnded, Code::NotSignedIn, Code::ReuseDetected];
    prop_oneof![
        4 => grants().prop_map(RefreshResult::Renewed),
        1 => prop::sample::select(REFUSALS).prop_map(RefreshResult::Refused),
        2 => Just(RefreshResult::Unanswered),
        2 => prop::option::of(0..200_u64).prop_map(|after| RefreshResult::Deferred {
            retry_after: after.map(seconds)
        }),
    ]
}

fn messages() -> impl Strategy<Value = Message> {
    let session = prop::sample::select(&["s1", "s2", "s3"][..]).prop_map(Rc::<str>::from);
    let told = || (grants(), 0..10_000_u64).prop_map(|(grant, n)| told(grant, n));
    prop_oneof![
        4 => told().prop_map(Message::Renewed),
        1 => told().prop_map(Message::SignedIn),
        1 => session.clone().prop_map(|session| Message::Over {
            session,
            code: Code::SessionEnded
        }),
        1 => (session.clone(), any::<u32>(), 0..100_000_u64, 0..100_000_u64).prop_map(
            |(session, failures, wait, asked)| Message::Failing {
                session,
                failures,
                wait: seconds(wait),
                asked: seconds(asked)
            }
        ),
        1 => session.prop_map(|session| Message::Ask { session }),
    ]
}

fn acts() -> impl Strategy<Value = Act> {
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
        4 => messages().prop_map(Event::Heard),
    ];
    prop_oneof![
        6 => events.prop_map(Act::Happens),
        4 => any::<bool>().prop_map(Act::Locks),
        4 => results().prop_map(Act::Answers),
        1 => results().prop_map(Act::AnswersLate),
        4 => Just(Act::Timer),
    ]
}

/// A page, with what the driver would hold for it.
#[derive(Default)]
struct Watched {
    keeper: Keeper,
    clock: u64,
    /// By how much the user has moved the wall clock.
    moved: u64,
    /// When the timer fires that is set.
    timer: Option<u64>,
    /// Whether the browser has locks; where it has none, it says so at once.
    has_locks: bool,
    locking: Option<Ticket>,
    sending: Option<Ticket>,
    former: Option<Ticket>,
    is_signed_in: bool,
    /// Whether a call waits for a refresh.
    is_waiting: bool,
}

impl Watched {
    fn acts(&mut self, act: Act, chance: f64) {
        let event = match act {
            Act::Happens(event) => event,
            Act::Timer => {
                let Some(fires) = self.timer.take() else {
                    return;
                };
                self.clock = self.clock.max(fires) + 1;
                Event::Woke
            }
            Act::Locks(is_granted) => {
                let Some(ticket) = self.locking.take() else {
                    return;
                };
                if is_granted {
                    Event::LockGranted(ticket)
                } else {
                    Event::LockUnavailable(ticket)
                }
            }
            Act::Answers(result) => {
                let Some(ticket) = self.sending.take() else {
                    return;
                };
                self.former = Some(ticket);
                Event::RefreshEnded(ticket, result)
            }
            Act::AnswersLate(result) => {
                let Some(ticket) = self.former.filter(|_| self.sending.is_none()) else {
                    return;
                };
                Event::RefreshEnded(ticket, result)
            }
        };
        self.happens(&event, chance);
    }

    fn happens(&mut self, event: &Event, chance: f64) {
        let now = Reading {
            monotonic: seconds(self.clock),
            wall: seconds(self.clock + self.moved),
        };
        let before = self.keeper.clone();
        let effects = self.keeper.step(event.clone(), now, chance);
        if matches!(event, Event::Loaded(_) | Event::SignedIn(_)) {
            self.is_signed_in = true;
        }
        self.is_waiting |= matches!(event, Event::Unauthorized { .. });
        for effect in &effects {
            self.carries_out(effect, event, chance);
        }
        let refresh_in = self.keeper.refresh_in(now);
        if let Some(wait) = refresh_in {
            assert!(
                self.timer.is_some(),
                "signed in, and nothing will happen: {event:?} at {before:?} gave {effects:?}"
            );
            let work = self.keeper.live().and_then(|live| live.work.end());
            let next = work.map_or(wait, |end| end.remaining(now)).as_secs();
            let is_set = effects.iter().any(|e| matches!(e, Effect::Wake(_)));
            assert!(
                !is_set || self.timer.is_some_and(|fires| fires <= self.clock + next),
                "the timer is too late: {event:?} at {before:?} gave {effects:?}"
            );
            assert!(wait <= seconds(2_000), "{wait:?}");
            let failed = matches!(
                event,
                Event::RefreshEnded(
                    _,
                    RefreshResult::Unanswered | RefreshResult::Deferred { .. }
                )
            );
            // A late one changes nothing.
            assert!(
                !failed || effects.is_empty() || wait <= seconds(100),
                "back-off: {wait:?}"
            );
        }
        assert_eq!(refresh_in.is_some(), self.is_signed_in);
        assert!(
            !self.is_waiting || self.keeper.is_refreshing(),
            "a call waits for nothing: {event:?} at {before:?} gave {effects:?}"
        );
    }

    fn carries_out(&mut self, effect: &Effect, because: &Event, chance: f64) {
        match effect {
            Effect::Lock(ticket) => {
                assert!(self.is_signed_in, "a lock after the end");
                if self.has_locks {
                    self.locking = Some(*ticket);
                } else {
                    self.happens(&Event::LockUnavailable(*ticket), chance);
                }
            }
            Effect::Unlock => self.locking = None,
            Effect::Refresh(ticket) => {
                assert!(self.is_signed_in, "a refresh after the end");
                assert_eq!(self.sending, None, "two refreshes at once");
                self.sending = Some(*ticket);
            }
            Effect::Abort => self.former = self.sending.take(),
            Effect::Wake(after) => {
                assert!(*after <= seconds(2_000), "{after:?}");
                self.timer = Some(self.clock + after.as_secs());
            }
            Effect::Sleep => {
                let may_leave = !self.is_signed_in
                    || *because == Event::SignedOut
                    || may_end(because)
                    || may_reload(because);
                assert!(may_leave, "left by {because:?}");
                self.timer = None;
                self.is_signed_in = false;
            }
            Effect::End(_) => assert!(may_end(because), "signed out by {because:?}"),
            Effect::Reload => assert!(may_reload(because), "loaded anew by {because:?}"),
            Effect::Tell(message) => {
                // In whole milliseconds.
                let text = message.to_text();
                let heard = Message::parse(&text).map(|heard| heard.to_text());
                assert_eq!(heard.as_ref(), Some(&text));
            }
            Effect::Settle(_) => self.is_waiting = false,
            Effect::Show(_) | Effect::Trouble(_) => {}
        }
    }
}

/// Whether a session may be over by that: the server says so, or another tab, or
/// the cookies do not stick.
fn may_end(event: &Event) -> bool {
    matches!(
        event,
        Event::RefreshEnded(_, RefreshResult::Refused(_))
            | Event::Heard(Message::Over { .. })
            | Event::StillUnauthorized { .. }
    )
}

/// Whether a page may be of somebody else, or may not know, by that.
fn may_reload(event: &Event) -> bool {
    matches!(
        event,
        Event::Restored
            | Event::Heard(Message::SignedIn(_) | Message::Renewed(_))
            | Event::RefreshEnded(_, RefreshResult::Renewed(_))
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn whatever_happens(
        has_locks in any::<bool>(),
        acts in prop::collection::vec((acts(), 0.0..1.0_f64, 0..30_u64, prop::option::weighted(0.05, 0..8_000_u64)), 1..60)
    ) {
        let mut page = Watched { has_locks, moved: 1_000_000, ..Watched::default() };
        for (act, chance, passes, moves) in acts {
            page.clock += passes;
            page.moved = moves.map_or(page.moved, |moves| 996_000 + moves);
            page.acts(act, chance);
        }
    }

    /// However long an outage lasts: attempts come, a minute and a half apart at
    /// most, and never faster than the back-off.
    #[test]
    fn an_outage_is_attempts_at_bounded_distances(
        outage in prop::collection::vec((0.0..1.0_f64, prop::option::of(0..500_u64)), 1..40)
    ) {
        let mut page = Page::loaded();
        let mut now = at(DUE);
        for (n, (chance, retry_after)) in outage.into_iter().enumerate() {
            let ticket = lock(&page.0.step(Event::Woke, now, chance)).expect("an attempt");
            page.0.step(Event::LockUnavailable(ticket), now, chance);
            now.monotonic += seconds(1);
            page.0.step(Event::Woke, now, chance);
            let result = RefreshResult::Deferred { retry_after: retry_after.map(seconds) };
            page.0.step(Event::RefreshEnded(ticket, result), now, chance);
            let wait = page.0.refresh_in(now).expect("the session is kept");
            let least = seconds(1 << n.min(5));
            prop_assert!(wait >= least && wait <= seconds(90), "attempt {}: {:?}", n, wait);
            now.monotonic += wait;
        }
    }

    #[test]
    fn any_text_is_a_message_or_nothing(text in "[ -~]{0,80}") {
        if let Some(message) = Message::parse(&text) {
            prop_assert_eq!(Message::parse(&message.to_text()), Some(message));
        }
    }
}
