//! The network: what is sent arrives late, twice or never.

use portcullis::wire::{Code, Timing};

use testkit::rng::Rng;

use crate::world::{Event, Ms, World};

/// The longest one-way delay D. With [`SKEW`], twice this is the window of 30 s
/// and not more.
pub(crate) const LONGEST: Ms = 14_000;
/// How far the clocks of two processes differ at most.
pub(crate) const SKEW: Ms = 2_000;

/// A token, access or refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) session: usize,
    pub(crate) generation: u32,
    /// Of a refresh token: the generation that it came of.
    pub(crate) parent: Option<u32>,
    /// By the clock of the process that signed it.
    pub(crate) expires_at: portcullis::clock::Timestamp,
    /// Tells two tokens of one generation apart.
    pub(crate) number: u64,
}

/// Who sent a request, and gets its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Tab { browser: usize, tab: usize },
    Thief { session: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    SignIn,
    SignOut,
    /// A refresh by a keeper, or a thief; the number of the fetch.
    Refresh(u64),
    /// A call; how many refreshes its tab had seen, none where it is repeated.
    Call {
        seen: Option<u64>,
    },
    /// A page load, which the server resumes where it must.
    Page,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) sender: Sender,
    pub(crate) kind: Kind,
    pub(crate) access: Option<Token>,
    pub(crate) refresh: Option<Token>,
    pub(crate) sent: Ms,
    /// The connection: to which process, in which of its lives.
    pub(crate) process: usize,
    pub(crate) life: u64,
}

/// What an answer says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// Tokens for the cookies, and what the keeper goes by.
    Tokens {
        access: Token,
        refresh: Option<Token>,
        timing: Timing,
    },
    /// A page for who is signed in already.
    Page {
        access: Token,
        timing: Timing,
    },
    Done,
    /// Both cookies are cleared.
    Cleared,
    Refused(Code),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
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
            life: self.processes[process].life,
        };
        let is_copied = self.rng.happens(20) && !matches!(kind, Kind::SignIn | Kind::SignOut);
        for _ in 0..=u8::from(is_copied) {
            if let Some(delay) = delay(&mut self.rng, sender) {
                self.after(delay, Event::Request(Box::new(request)));
            }
        }
    }

    /// Answers a request. The clock of its delay runs since `read`, when the
    /// server looked at the time.
    pub(crate) fn answer(&mut self, request: &Request, content: Content, read: Ms) {
        let answer = Answer {
            to: request.sender,
            kind: request.kind,
            presented: request.refresh,
            content,
        };
        let is_copied = self.rng.happens(10);
        for _ in 0..=u8::from(is_copied) {
            let delay = delay(&mut self.rng, request.sender);
            if let Some(delay) = delay.filter(|delay| self.now + delay <= read + LONGEST) {
                self.after(delay, Event::Answer(Box::new(answer)));
            }
        }
    }
}

/// How long a message is under way; none where it is lost. Most are fast, some
/// take as long as they may. A thief has a good line.
fn delay(rng: &mut Rng, sender: Sender) -> Option<Ms> {
    if matches!(sender, Sender::Thief { .. }) {
        return Some(rng.between(1, 50));
    }
    match rng.between(0, 999) {
        0..30 => None,
        30..40 => Some(LONGEST),
        40..100 => Some(rng.between(1_000, LONGEST)),
        100..250 => Some(rng.between(200, 3_000)),
        _ => Some(rng.between(5, 200)),
    }
}
