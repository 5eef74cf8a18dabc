//! The events that the keeper handles, and the effects that it returns.

use std::time::Duration;

use super::{Grant, Message, Reading};
use crate::wire::Code;

/// The conditions at the time of an event.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// The current time.
    pub now: Reading,
    /// A fresh random number in `0.0..1.0`, for jitter.
    pub chance: f64,
    /// Whether the user has entered something into the page that would be lost with it.
    pub has_input: bool,
}

/// An event on the page, for [`Keeper::step`](super::Keeper::step).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The page was loaded with a session, so the browser is known to keep the cookies.
    Loaded(Grant),
    /// A user signed in on this page.
    SignedIn(Grant),
    /// The user signed out on this page.
    SignedOut,
    /// The timer fired, or the page was shown, focused or resumed: the deadlines are to be
    /// checked.
    Woke,
    /// The page is about to be frozen. It will receive no messages, and must not hold the lock.
    Frozen,
    /// The page was restored from the back-forward cache, where it received no messages.
    Restored,
    /// The browser reports that it is online or offline.
    Network {
        /// Whether it is online.
        is_online: bool,
    },
    /// A call returned a 401 about the session, which a refresh may solve. `seen` is
    /// [`Keeper::grants`] at the time the call was sent.
    ///
    /// [`Keeper::grants`]: super::Keeper::grants
    Unauthorized {
        /// The number of grants when the call was sent.
        seen: u64,
    },
    /// The repeated call returned a 401 again.
    StillUnauthorized {
        /// The number of grants when the call was repeated.
        seen: u64,
        /// The code of the second response.
        code: Code,
    },
    /// A call was authenticated, so the cookies that it was sent with work.
    Accepted {
        /// The number of grants when the call was sent.
        seen: u64,
    },
    /// The lock for this refresh is held.
    LockGranted(Ticket),
    /// The lock is not available for this refresh.
    LockUnavailable(Ticket),
    /// The refresh with this ticket ended.
    RefreshEnded(Ticket, RefreshResult),
    /// A message from another tab arrived.
    MessageReceived(Message),
}

/// The result of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshResult {
    /// The tokens were refreshed.
    Refreshed(Grant),
    /// The server rejected the refresh, and the session has ended
    /// ([`Code::is_about_session`]).
    Rejected(Code),
    /// There was no response, or it could not be parsed.
    NoResponse,
    /// The response says nothing about the session, such as 429 or 5xx.
    Deferred {
        /// How long the server asked to wait.
        retry_after: Option<Duration>,
    },
}

/// Identifies one refresh, so that a late response to an earlier one is recognised and
/// ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub(super) u64);

/// An action that [`Keeper::step`](super::Keeper::step) returns for the driver to carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Request the lock that all tabs share, and report whether it was granted.
    Lock(Ticket),
    /// Release the lock, or stop waiting for it.
    Unlock,
    /// Send one refresh, and report its result with the ticket.
    Refresh(Ticket),
    /// Cancel the refresh that is under way: it has timed out, or its response would overwrite
    /// the cookies of a newer sign-in.
    Abort,
    /// Set the timer, replacing the previous one; send [`Event::Woke`] after this time.
    SetTimer(Duration),
    /// Clear the timer.
    ClearTimer,
    /// Send a message to all other tabs.
    Broadcast(Message),
    /// Let the calls that wait for a refresh go on, with this outcome.
    ResumeCalls(Outcome),
    /// Show the session with these times.
    Show(Grant),
    /// Show the page as signed out, with the reason why the session ended.
    End(Code),
    /// Reload the page: it shows another account, or may be out of date.
    Reload,
    /// Go to the page that was to follow the sign-in, or reload this one: a user signed in
    /// elsewhere.
    Continue,
    /// Show what is wrong with the connection; `None` once it works again.
    Trouble(Option<Trouble>),
}

/// What a call that waits for a refresh is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Repeat the request with the new tokens.
    Repeat,
    /// Do not repeat the request; return the original response. There is no session, or new
    /// tokens do not help.
    KeepResponse,
    /// Fail with a transient error: the refresh failed, and the session is kept.
    TryLater,
}

/// Why the tokens cannot be refreshed at the moment. The session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser reports that it is offline.
    Offline,
    /// The server does not respond, or is overloaded.
    Unreachable,
}
