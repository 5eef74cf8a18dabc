//! Each rule of the keeper, by the effects it asks for.

mod calls;
mod clocks;
mod failing;
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

const TIMING: Timing = Timing {
    expires_in: seconds(25 * MINUTE),
    lifetime: seconds(25 * MINUTE),
    lead: seconds(5 * MINUTE),
    timeout: seconds(10),
};
/// When tokens that came at 0 are to be renewed.
const DUE: u64 = 20 * MINUTE;

/// Tokens of Ada's session that were renewed so often.
fn grant(renewals: u32) -> Grant {
    Grant {
        account: "ada".into(),
        session: "s1".into(),
        renewals,
        timing: TIMING,
    }
}

fn lasting(expires_in: u64) -> Grant {
    let mut grant = grant(0);
    grant.timing.expires_in = seconds(expires_in);
    grant
}

fn of(account: &str, session: &str) -> Grant {
    Grant {
        account: account.into(),
        session: session.into(),
        ..grant(0)
    }
}

fn told(grant: Grant, n: u64) -> Told {
    Told::new(grant, at(n))
}

/// A tab: a keeper, without chance unless a test says so.
struct Page(Keeper);

impl Page {
    /// A page that came at 0 with Ada's session.
    fn loaded() -> Self {
        let mut page = Self(Keeper::default());
        page.does(Event::Loaded(grant(0)), 0);
        page
    }

    /// One on which Ada signed in at 0.
    fn signed_in() -> Self {
        let mut page = Self(Keeper::default());
        page.does(Event::SignedIn(grant(0)), 0);
        page
    }

    /// One that waits for the lock since its tokens are due.
    fn locking() -> (Self, Ticket) {
        let mut page = Self::loaded();
        let effects = page.does(Event::Woke, DUE);
        let ticket = lock(&effects).expect("the lock is asked for");
        (page, ticket)
    }

    /// One that has sent its refresh.
    fn sending() -> (Self, Ticket) {
        let (mut page, ticket) = Self::locking();
        let effects = page.does(Event::LockGranted(ticket), DUE);
        assert_eq!(refresh(&effects), Some(ticket));
        (page, ticket)
    }

    fn does(&mut self, event: Event, n: u64) -> Vec<Effect> {
        self.0.step(event, at(n), 0.0)
    }

    fn hears(&mut self, message: Message, n: u64) -> Vec<Effect> {
        self.does(Event::Heard(message), n)
    }

    /// Wakes, takes the lock, and gives the ticket of what it sends.
    fn refreshes(&mut self, n: u64) -> Option<Ticket> {
        let ticket = lock(&self.does(Event::Woke, n))?;
        let mut effects = self.does(Event::LockGranted(ticket), n);
        if refresh(&effects).is_none() {
            // It was late and asked; nobody answers.
            effects = self.does(Event::Woke, n + 1);
        }
        refresh(&effects)
    }

    fn ends_with(&mut self, ticket: Ticket, result: RefreshResult, n: u64) -> Vec<Effect> {
        self.does(Event::RefreshEnded(ticket, result), n)
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

fn wake(effects: &[Effect]) -> Option<Duration> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Wake(after) => Some(*after),
        _ => None,
    })
}

fn said(effects: &[Effect]) -> Option<&Message> {
    effects.iter().find_map(|effect| match effect {
        Effect::Tell(message) => Some(message),
        _ => None,
    })
}
