//! Each rule of the keeper, tested by the effects that it returns.

mod calls;
mod clocks;
mod failing;
mod input;
mod messages;
mod properties;
mod refresh;
mod signing;
mod stale;
mod tabs;

use super::*;
use crate::wire::Timing;

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

/// Returns the conditions on a page into which the user has entered nothing.
const fn without_input(now: Reading, chance: f64) -> At {
    At {
        now,
        chance,
        has_input: false,
    }
}

const TIMING: Timing = Timing {
    expires_in: seconds(25 * MINUTE),
    lifetime: seconds(25 * MINUTE),
    lead: seconds(5 * MINUTE),
    timeout: seconds(10),
};
/// When tokens that were received at 0 are to be refreshed.
const DUE: u64 = 20 * MINUTE;

/// Returns a grant of Ada's session after so many rotations.
fn grant(rotations: u32) -> Grant {
    Grant {
        account: "ada".into(),
        session: "s1".into(),
        rotations,
        timing: TIMING,
    }
}

fn expiring_in(expires_in: u64) -> Grant {
    let mut grant = grant(0);
    grant.timing.expires_in = seconds(expires_in);
    grant
}

fn grant_of(account: &str, session: &str) -> Grant {
    Grant {
        account: account.into(),
        session: session.into(),
        ..grant(0)
    }
}

fn timed(grant: Grant, n: u64) -> TimedGrant {
    TimedGrant::new(grant, at(n))
}

/// A tab: a keeper whose random number is 0.
struct Page(Keeper);

impl Page {
    /// Returns a page that was loaded at 0 with Ada's session.
    fn loaded() -> Self {
        let mut page = Self(Keeper::default());
        page.step(Event::Loaded(grant(0)), 0);
        page
    }

    /// Returns a page on which Ada signed in at 0.
    fn signed_in() -> Self {
        let mut page = Self(Keeper::default());
        page.step(Event::SignedIn(grant(0)), 0);
        page
    }

    /// Returns a page that waits for the lock, because its refresh is due.
    fn locking() -> (Self, Ticket) {
        let mut page = Self::loaded();
        let effects = page.step(Event::Woke, DUE);
        let ticket = lock(&effects).expect("a lock request");
        (page, ticket)
    }

    /// Returns a page that has sent its refresh.
    fn sending() -> (Self, Ticket) {
        let (mut page, ticket) = Self::locking();
        let effects = page.step(Event::LockGranted(ticket), DUE);
        assert_eq!(refresh(&effects), Some(ticket));
        (page, ticket)
    }

    fn step(&mut self, event: Event, n: u64) -> Vec<Effect> {
        self.0.step(event, without_input(at(n), 0.0))
    }

    /// Handles an event after the user has entered something into the page.
    fn step_with_input(&mut self, event: Event, n: u64) -> Vec<Effect> {
        let at = At {
            has_input: true,
            ..without_input(at(n), 0.0)
        };
        self.0.step(event, at)
    }

    fn receive(&mut self, message: Message, n: u64) -> Vec<Effect> {
        self.step(Event::MessageReceived(message), n)
    }

    /// Checks the deadlines, grants the lock, and returns the ticket of the refresh that is sent.
    fn start_refresh(&mut self, n: u64) -> Option<Ticket> {
        let ticket = lock(&self.step(Event::Woke, n))?;
        let mut effects = self.step(Event::LockGranted(ticket), n);
        if refresh(&effects).is_none() {
            // The refresh was late, so the page asks; no tab replies.
            effects = self.step(Event::Woke, n + 1);
        }
        refresh(&effects)
    }

    fn finish_refresh(&mut self, ticket: Ticket, result: RefreshResult, n: u64) -> Vec<Effect> {
        self.step(Event::RefreshEnded(ticket, result), n)
    }

    fn is_signed_in(&self) -> bool {
        self.0.expires_in(at(0)).is_some()
    }
}

fn lock(effects: &[Effect]) -> Option<Ticket> {
    effects.iter().find_map(|effect| match effect {
        Effect::Lock(ticket) => Some(*ticket),
        _ => None,
    })
}

fn refresh(effects: &[Effect]) -> Option<Ticket> {
    effects.iter().find_map(|effect| match effect {
        Effect::Refresh(ticket) => Some(*ticket),
        _ => None,
    })
}

fn timer(effects: &[Effect]) -> Option<Duration> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::SetTimer(after) => Some(*after),
        _ => None,
    })
}

fn broadcast(effects: &[Effect]) -> Option<&Message> {
    effects.iter().find_map(|effect| match effect {
        Effect::Broadcast(message) => Some(message),
        _ => None,
    })
}
