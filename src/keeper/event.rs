//! What the keeper is told, and what it asks for.

use std::time::Duration;

use super::{Grant, Message};
use crate::wire::Code;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The page came with a session: the cookies have been seen to work.
    Loaded(Grant),
    /// Somebody signed in on this page.
    SignedIn(Grant),
    /// The user signed out on this page.
    SignedOut,
    /// A timer fired, or the page came back to life (shown, focused, resumed):
    /// look at the deadlines again.
    Woke,
    /// The page is about to be frozen: it will not hear, and must hold nothing.
    Frozen,
    /// The page came back from the back-forward cache, where it could not hear.
    Restored,
    /// What the browser believes of the network.
    Network {
        /// Whether there is one.
        is_online: bool,
    },
    /// A call met a 401 that a refresh may help. `seen` is [`Keeper::grants`]
    /// at the time the call was sent.
    ///
    /// [`Keeper::grants`]: super::Keeper::grants
    Unauthorized {
        /// How many grants there had been when the call was sent.
        seen: u64,
    },
    /// The repeated call met a 401 again; `seen` as above, of the repetition.
    StillUnauthorized {
        /// How many grants there had been when the call was repeated.
        seen: u64,
        /// What the second answer said.
        code: Code,
    },
    /// A call was carried out for who is signed in: the cookies that it was sent
    /// with count. `seen` as above.
    Accepted {
        /// How many grants there had been when the call was sent.
        seen: u64,
    },
    /// The lock for this refresh is held.
    LockGranted(Ticket),
    /// There is no lock to be had for this refresh.
    LockUnavailable(Ticket),
    /// The refresh with this ticket ended.
    RefreshEnded(Ticket, RefreshResult),
    /// Another tab said something.
    Heard(Message),
}

/// How a refresh ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshResult {
    /// The tokens were renewed.
    Renewed(Grant),
    /// The server refused for good ([`Code::is_about_session`]).
    Refused(Code),
    /// No answer came, or none that can be read.
    Unanswered,
    /// The server answered, and says nothing about the session: 429, 5xx.
    Deferred {
        /// How long it asked to wait.
        retry_after: Option<Duration>,
    },
}

/// Tells one refresh from another, so that a late answer to an earlier one is
/// recognised and brings nothing back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub(super) u64);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask for the lock that all tabs share, and report either way.
    Lock(Ticket),
    /// Give the lock back, or no longer wait for it.
    Unlock,
    /// Send one refresh, and report its end with the ticket.
    Refresh(Ticket),
    /// Give up the refresh that is under way: it has taken too long, or its
    /// answer would overwrite the cookies of a newer sign-in.
    Abort,
    /// Set the timer, in place of one that is set: [`Event::Woke`] after this.
    Wake(Duration),
    /// Put the timer out.
    Sleep,
    /// Tell the other tabs.
    Tell(Message),
    /// Let the calls that wait for a refresh go on.
    Settle(Outcome),
    /// Show the page with these times.
    Show(Grant),
    /// The session is over: show the page as signed out, with the reason.
    End(Code),
    /// Load the page anew: it is of another account, or cannot be trusted.
    Reload,
    /// Say what is wrong with the connection, or that it is well again.
    Trouble(Option<Trouble>),
}

/// What a waiting call learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Repeat the request: the tokens are new.
    Repeat,
    /// Do not: there is no session, or new tokens do not help. What the call met
    /// is its answer.
    GiveUp,
    /// Not now: the refresh did not get through, and the session is kept.
    NotNow,
}

/// Why nothing is renewed at the moment. The session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser says that it is offline.
    Offline,
    /// The server does not answer, or has no time.
    Unreachable,
}
