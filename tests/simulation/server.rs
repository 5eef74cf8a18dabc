//! The server's processes: they model `src/sessions`, around the real decision.

use std::collections::{BTreeMap, BTreeSet};

use portcullis::{
    clock::Timestamp,
    rotation::{Record, is_stray},
    wire::Code,
};

use testkit::rng::Rng;

use crate::{
    network::{Content, Kind, Request, SKEW, Sender, Token},
    store::{EndReason, Row, Write},
    watch::Party,
    world::{Event, Ms, World},
};

/// The longest time for which a process keeps a use in memory before it writes it.
const MAX_CONFIRMATION_DELAY: Ms = 1_000;
/// The longest time from a sign-in to a theft.
const MAX_TIME_TO_THEFT: Ms = 6 * 3_600_000;
/// The longest time until every process knows of a session that another process ended.
pub(crate) const MAX_FEED_DELAY: Ms = 1_000;

/// A process, with the state that it loses in a crash.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) is_up: bool,
    /// Counts the starts of the process. A connection belongs to one incarnation.
    pub(crate) incarnation: u64,
    /// How far the process's clock is ahead.
    ahead: Ms,
    /// Uses that are not written yet.
    pending_uses: BTreeMap<(usize, u32), PendingUse>,
    /// The tokens that the process has verified.
    verified: BTreeSet<u64>,
    /// The sessions of which the process knows that they have ended.
    ended: BTreeSet<usize>,
}

/// A use of an access token that is not written yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingUse {
    by: Party,
    at: Ms,
    /// The time of the process's clock.
    clock: Timestamp,
}

impl Process {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            is_up: true,
            incarnation: 0,
            ahead: rng.between(0, SKEW),
            pending_uses: BTreeMap::new(),
            verified: BTreeSet::new(),
            ended: BTreeSet::new(),
        }
    }

    pub(crate) fn learns(&mut self, session: usize) {
        self.ended.insert(session);
    }

    pub(crate) fn crashes(&mut self) {
        self.is_up = false;
        self.incarnation += 1;
        self.pending_uses.clear();
        self.verified.clear();
    }
}

impl World {
    pub(crate) fn arrives(&mut self, request: Request) {
        let process = &self.processes[request.process];
        if !process.is_up || process.incarnation != request.incarnation {
            return;
        }
        match request.kind {
            Kind::Call { .. } => {
                let content = match self.authenticates(&request) {
                    Ok(_) => Content::Done,
                    Err(code) => Content::Rejected(code),
                };
                self.respond(&request, content, self.now);
            }
            _ if self.now < self.store.unavailable_until => {
                self.respond(&request, Content::Rejected(Code::Busy), self.now);
            }
            Kind::SignIn => self.begins(&request),
            Kind::SignOut => self.signs_out(&request),
            Kind::Page => self.shows_page(request),
            Kind::Refresh(_) => self.reads(request),
        }
    }

    /// Verifies an access token without the database, and remembers its first use in this
    /// incarnation of the process.
    fn authenticates(&mut self, request: &Request) -> Result<Token, Code> {
        let access = request.access.ok_or(Code::NotSignedIn)?;
        let now = self.clock_of(request.process);
        if now >= access.expires_at {
            return Err(Code::TokenExpired);
        }
        let process = &mut self.processes[request.process];
        if process.ended.contains(&access.session) {
            return Err(Code::SessionEnded);
        }
        if process.verified.insert(access.number) {
            self.remembers_use(request, access);
        }
        self.watch.accepts(access.session);
        Ok(access)
    }

    fn remembers_use(&mut self, request: &Request, access: Token) {
        let pending = PendingUse {
            by: party(request.sender),
            at: self.now,
            clock: self.clock_of(request.process),
        };
        let pending_uses = &mut self.processes[request.process].pending_uses;
        let is_first = pending_uses.is_empty();
        pending_uses
            .entry((access.session, access.generation))
            .or_insert(pending);
        if is_first {
            let after = self.rng.between(1, MAX_CONFIRMATION_DELAY);
            self.after(after, Event::Flush(request.process));
        }
    }

    /// Writes the pending uses of a process, or tries again later if that fails.
    pub(crate) fn flushes(&mut self, process: usize) {
        if !self.processes[process].is_up {
            return;
        }
        if self.now < self.store.unavailable_until || self.rng.happens(10) {
            return self.after(MAX_CONFIRMATION_DELAY, Event::Flush(process));
        }
        let pending_uses = std::mem::take(&mut self.processes[process].pending_uses);
        for ((session, generation), pending) in pending_uses {
            self.store
                .confirm(session, generation, pending.clock, self.now);
            let row = self.store.read(session);
            if row.is_some_and(|row| is_stray(&row.record, generation)) {
                self.ends(process, session, EndReason::Reuse);
            } else if row.is_some_and(|row| row.record.generation >= generation) {
                self.watch.used(session, pending.by, generation, pending.at);
            }
        }
    }

    fn begins(&mut self, request: &Request) {
        let Sender::Tab { browser, .. } = request.sender else {
            return;
        };
        let now = self.clock_of(request.process);
        let expires_at = now + self.plan.policy.session_lifetime();
        let record = Record {
            generation: 0,
            parent: None,
            handed_at: now,
            confirmed_at: None,
        };
        let row = Row {
            record,
            expires_at,
            ended: None,
        };
        let session = self.store.begin(row);
        self.watch.begins(session, browser);
        self.ends_all(request, EndReason::Replaced);
        if self.rng.happens(self.plan.stolen_per_mille) {
            let after = self.rng.between(0, MAX_TIME_TO_THEFT);
            self.after(after, Event::Theft(session));
        }
        let content = self.tokens(session, record, expires_at, now, true);
        self.respond(request, content, self.now);
    }

    fn signs_out(&mut self, request: &Request) {
        self.ends_all(request, EndReason::SignedOut);
        self.respond(request, Content::Cleared, self.now);
    }

    /// Ends the sessions of a request's tokens. Normally it is one session; after a late
    /// response it may be two.
    fn ends_all(&mut self, request: &Request, reason: EndReason) {
        for token in [request.access, request.refresh].into_iter().flatten() {
            self.ends(request.process, token.session, reason);
        }
    }

    /// Ends a session. Every other process learns of it within a second.
    pub(crate) fn ends(&mut self, process: usize, session: usize, reason: EndReason) {
        let now = self.clock_of(process);
        if self.store.end(session, None, reason, now) == Write::Done {
            self.announces_end(process, session, reason);
        }
    }

    pub(crate) fn announces_end(&mut self, process: usize, session: usize, reason: EndReason) {
        self.watch.ended(session, reason);
        self.processes[process].learns(session);
        for other in (0..self.processes.len()).filter(|other| *other != process) {
            let after = self.rng.between(1, MAX_FEED_DELAY);
            self.after(
                after,
                Event::Learns {
                    process: other,
                    session,
                },
            );
        }
    }

    /// Responds to a page load: signed in if the access token is valid and its session is
    /// live, after a refresh if there is a refresh token, and signed out otherwise.
    fn shows_page(&mut self, request: Request) {
        let shown = self.authenticates(&request).ok().and_then(|access| {
            let row = self.store.read(access.session)?;
            row.ended.is_none().then_some(access)
        });
        match shown {
            Some(access) => {
                let now = self.clock_of(request.process);
                let timing = self.timing(access.expires_at, now);
                self.respond(&request, Content::Page { access, timing }, self.now);
            }
            None => self.reads(request),
        }
    }

    pub(crate) fn clock_of(&self, process: usize) -> Timestamp {
        self.clock(self.processes[process].ahead)
    }

    /// Starts a process again, and loads the ended sessions from the database.
    pub(crate) fn starts(&mut self, process: usize) {
        let ended = self.store.ended();
        let process = &mut self.processes[process];
        process.is_up = true;
        process.ended = ended;
    }
}

pub(crate) fn party(sender: Sender) -> Party {
    match sender {
        Sender::Tab { .. } => Party::Browser,
        Sender::Thief { .. } => Party::Thief,
    }
}
