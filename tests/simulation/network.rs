//! The network: messages arrive late, twice or never.

use portcullis::wire::{Code, Timing};

use testkit::rng::Rng;

use crate::world::{Event, Ms, World};

/// The longest one-way delay D. Twice this plus [`SKEW`] is exactly the window of 30 s.
pub(crate) const MAX_DELAY: Ms = 14_000;
/// The largest difference between the clocks of two processes.
pub(crate) const SKEW: Ms = 2_000;

/// An access token or a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) session: usize,
    pub(crate) generation: u32,
    /// Of a refresh token: the generation that was presented to get it.
    pub(crate) parent: Option<u32>,
    /// The expiry, by the clock of the process that signed the token.
    pub(crate) expires_at: portcullis::clock::Timestamp,
    /// Distinguishes two tokens of one generation.
    pub(crate) number: u64,
}

/// The sender of a request, which receives the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Tab { browser: usize, tab: usize },
    Thief { session: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    SignIn,
    SignOut,
    /// A refresh by a keeper or a thief, with the number of the fetch.
    Refresh(u64),
    /// A call, with the number of grants that its tab had seen; `None` for a retry.
    Call {
        seen: Option<u64>,
    },
    /// A page load, for which the server refreshes if necessary.
    Page,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) sender: Sender,
    pub(crate) kind: Kind,
    pub(crate) access: Option<Token>,
    pub(crate) refresh: Option<Token>,
    pub(crate) sent: Ms,
    /// The process of the connection.
    pub(crate) process: usize,
    /// The incarnation of that process: the connection ends with it.
    pub(crate) incarnation: u64,
}

/// The content of a response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// New tokens for the cookies, and the times for the keeper.
    Tokens {
        access: Token,
        refresh: Option<Token>,
        timing: Timing,
    },
    /// A page for a user who is already signed in.
    Page {
        access: Token,
        timing: Timing,
    },
    /// The call was carried out.
    Done,
    /// Both cookies are cleared.
    Cleared,
    Rejected(Code),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Response {
    pub(crate) to: Sender,
    pub(crate) kind: Kind,
    /// The refresh token that was presented.
    pub(crate) presented: Option<Token>,
    pub(crate) content: Content,
}

impl World {
    pub(crate) fn send(
        &mut self,
        sender: Sender,
        kind: Kind,
        access: Option<Token>,
        refresh: Option<Token>,
    ) {
        let process = self.rng.index(self.processes.len());
        let request = Request {
            sender,
            kind,
            access,
            refresh,
            sent: self.now,
            process,
            incarnation: self.processes[process].incarnation,
        };
        let is_copied = self.rng.happens(20) && !matches!(kind, Kind::SignIn | Kind::SignOut);
        for _ in 0..=u8::from(is_copied) {
            if let Some(delay) = delay(&mut self.rng, sender) {
                self.after(delay, Event::Request(Box::new(request)));
            }
        }
    }

    /// Responds to a request. The delay of the response counts from `read`, when the
    /// server read its clock.
    pub(crate) fn respond(&mut self, request: &Request, content: Content, read: Ms) {
        let response = Response {
            to: request.sender,
            kind: request.kind,
            presented: request.refresh,
            content,
        };
        let is_copied = self.rng.happens(10);
        for _ in 0..=u8::from(is_copied) {
            let delay = delay(&mut self.rng, request.sender);
            if let Some(delay) = delay.filter(|delay| self.now + delay <= read + MAX_DELAY) {
                self.after(delay, Event::Response(Box::new(response)));
            }
        }
    }
}

/// Returns the delay of a message, or `None` if it is lost. Most messages are fast; some
/// have the longest delay. A thief has a fast connection that loses nothing.
fn delay(rng: &mut Rng, sender: Sender) -> Option<Ms> {
    if matches!(sender, Sender::Thief { .. }) {
        return Some(rng.between(1, 50));
    }
    match rng.between(0, 999) {
        0..30 => None,
        30..40 => Some(MAX_DELAY),
        40..100 => Some(rng.between(1_000, MAX_DELAY)),
        100..250 => Some(rng.between(200, 3_000)),
        _ => Some(rng.between(5, 200)),
    }
}
