//! The server's processes: what `sessions.rs` does, around the real decision.

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

/// How long a process keeps a use before it writes it.
const LONGEST_NOTE: Ms = 1_000;
/// How soon after signing in a thief comes.
const STOLEN_WITHIN: Ms = 6 * 3_600_000;
/// How soon every process knows of a session that another one ended.
pub(crate) const HEARD_WITHIN: Ms = 1_000;

/// One process, and what is gone with it.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) is_up: bool,
    /// Counts its starts: a connection belongs to one.
    pub(crate) life: u64,
    /// How far its clock is ahead.
    ahead: Ms,
    /// Uses that are not written yet.
    notes: BTreeMap<(usize, u32), Note>,
    /// The tokens that it has verified.
    verified: BTreeSet<u64>,
    /// The sessions that it knows to have ended.
    ended: BTreeSet<usize>,
}

/// A use of an access token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    by: Party,
    at: Ms,
    /// What the process's clock said.
    clock: Timestamp,
}

impl Process {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            is_up: true,
            life: 0,
            ahead: rng.between(0, SKEW),
            notes: BTreeMap::new(),
            verified: BTreeSet::new(),
            ended: BTreeSet::new(),
        }
    }

    pub(crate) fn learns(&mut self, session: usize) {
        self.ended.insert(session);
    }

    pub(crate) fn crashes(&mut self) {
        self.is_up = false;
        self.life += 1;
        self.notes.clear();
        self.verified.clear();
    }
}

impl World {
    pub(crate) fn arrives(&mut self, request: Request) {
        let process = &self.processes[request.process];
        if !process.is_up || process.life != request.life {
            return;
        }
        match request.kind {
            Kind::Call { .. } => {
                let answer = match self.authenticates(&request) {
                    Ok(_) => Content::Done,
                    Err(code) => Content::Refused(code),
                };
                self.answer(&request, answer, self.now);
            }
            _ if self.now < self.store.away_until => {
                self.answer(&request, Content::Refused(Code::Busy), self.now);
            }
            Kind::SignIn => self.begins(&request),
            Kind::SignOut => self.signs_out(&request),
            Kind::Page => self.shows_page(request),
            Kind::Refresh(_) => self.reads(request),
        }
    }

    /// Checks an access token without the database, and remembers its use: once
    /// for each token, as long as the process lives.
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
            self.notes_use(request, access);
        }
        self.watch.accepts(access.session);
        Ok(access)
    }

    fn notes_use(&mut self, request: &Request, access: Token) {
        let note = Note {
            by: party(request.sender),
            at: self.now,
            clock: self.clock_of(request.process),
        };
        let notes = &mut self.processes[request.process].notes;
        let is_first = notes.is_empty();
        notes
            .entry((access.session, access.generation))
            .or_insert(note);
        if is_first {
            let after = self.rng.between(1, LONGEST_NOTE);
            self.after(after, Event::Flush(request.process));
        }
    }

    /// Writes the uses that a process remembers; where that fails, later.
    pub(crate) fn flushes(&mut self, process: usize) {
        if !self.processes[process].is_up {
            return;
        }
        if self.now < self.store.away_until || self.rng.happens(10) {
            return self.after(LONGEST_NOTE, Event::Flush(process));
        }
        let notes = std::mem::take(&mut self.processes[process].notes);
        for ((session, generation), note) in notes {
            self.store
                .confirm(session, generation, note.clock, self.now);
            let row = self.store.read(session);
            if row.is_some_and(|row| is_stray(&row.record, generation)) {
                self.ends(process, session, EndReason::Reuse);
            } else if row.is_some_and(|row| row.record.generation >= generation) {
                self.watch.used(session, note.by, generation, note.at);
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
        if self.rng.happens(self.plan.stolen) {
            let after = self.rng.between(0, STOLEN_WITHIN);
            self.after(after, Event::Steals(session));
        }
        let content = self.tokens(session, record, expires_at, now, true);
        self.answer(request, content, self.now);
    }

    fn signs_out(&mut self, request: &Request) {
        self.ends_all(request, EndReason::SignedOut);
        self.answer(request, Content::Cleared, self.now);
    }

    /// The sessions of its tokens, which are one but for answers that came late.
    fn ends_all(&mut self, request: &Request, reason: EndReason) {
        for token in [request.access, request.refresh].into_iter().flatten() {
            self.ends(request.process, token.session, reason);
        }
    }

    /// Ends a session; every other process hears of it within a second.
    pub(crate) fn ends(&mut self, process: usize, session: usize, reason: EndReason) {
        let now = self.clock_of(process);
        if self.store.end(session, None, reason, now) == Write::Done {
            self.hears(process, session, reason);
        }
    }

    pub(crate) fn hears(&mut self, process: usize, session: usize, reason: EndReason) {
        self.watch.ended(session, reason);
        self.processes[process].learns(session);
        for other in (0..self.processes.len()).filter(|other| *other != process) {
            let after = self.rng.between(1, HEARD_WITHIN);
            self.after(
                after,
                Event::Learns {
                    process: other,
                    session,
                },
            );
        }
    }

    /// A page load: as it is where the access token counts and its session
    /// lives, resumed where there is a refresh token, and signed out otherwise.
    fn shows_page(&mut self, request: Request) {
        let shown = self.authenticates(&request).ok().and_then(|access| {
            let row = self.store.read(access.session)?;
            row.ended.is_none().then_some(access)
        });
        match shown {
            Some(access) => {
                let now = self.clock_of(request.process);
                let timing = self.timing(access.expires_at, now);
                self.answer(&request, Content::Page { access, timing }, self.now);
            }
            None => self.reads(request),
        }
    }

    pub(crate) fn clock_of(&self, process: usize) -> Timestamp {
        self.clock(self.processes[process].ahead)
    }

    /// Starts again, with what the database says has ended.
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
