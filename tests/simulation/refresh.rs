//! A refresh on the server: it reads and judges, writes if the condition of the decision
//! still holds, and issues tokens.

use portcullis::{
    clock::Timestamp,
    rotation::{Decision, Presented, Record},
    wire::{Code, Timing},
};

use crate::{
    network::{Content, Kind, MAX_DELAY, Request, Token},
    server::party,
    store::{EndReason, Row, Write},
    world::{Event, Ms, World},
};

/// A refresh that was judged and has to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JudgedRefresh {
    request: Request,
    presented: Token,
    row: Row,
    decision: Decision,
    /// When the row was read.
    read: Ms,
    /// The time of the process's clock then.
    now: Timestamp,
}

impl Token {
    fn claims(self) -> Presented {
        Presented {
            generation: self.generation,
            parent: self.parent,
        }
    }
}

impl World {
    /// Reads the row and judges.
    pub(crate) fn reads(&mut self, request: Request) {
        let (presented, row, now) = match self.find_session(&request) {
            Ok(found) => found,
            Err(code) => return self.respond(&request, Content::Rejected(code), self.now),
        };
        let windows = self.plan.policy.windows();
        let decision = (self.plan.judge)(&row.record, presented.claims(), now, windows);
        self.watch.judged(
            presented.session,
            party(request.sender),
            presented.generation,
            decision,
        );
        let refresh = JudgedRefresh {
            request,
            presented,
            row,
            decision,
            read: self.now,
            now,
        };
        if decision == Decision::Keep {
            return self.issues(&refresh, row.record);
        }
        let work = match self.rng.between(0, 99) {
            0..2 => self.rng.between(100, 3_000),
            _ => self.rng.between(1, 30),
        };
        self.after(work, Event::Judged(Box::new(refresh)));
    }

    fn find_session(&self, request: &Request) -> Result<(Token, Row, Timestamp), Code> {
        let now = self.clock_of(request.process);
        let presented = request.refresh.ok_or(Code::NotSignedIn)?;
        if now >= presented.expires_at {
            return Err(Code::TokenExpired);
        }
        let row = self
            .store
            .read(presented.session)
            .ok_or(Code::SessionEnded)?;
        if row.ended.is_some() {
            return Err(Code::SessionEnded);
        }
        if now >= row.expires_at {
            return Err(Code::TokenExpired);
        }
        Ok((presented, row, now))
    }

    /// Writes the decision, if its condition still holds.
    pub(crate) fn writes_decision(&mut self, refresh: &JudgedRefresh) {
        let process = &self.processes[refresh.request.process];
        if !process.is_up || process.incarnation != refresh.request.incarnation {
            return;
        }
        let busy = Content::Rejected(Code::Busy);
        if self.now < self.store.unavailable_until || self.rng.happens(3) {
            return self.respond(&refresh.request, busy, self.now);
        }
        match self.writes(refresh) {
            // The sender no longer waits for the request.
            (Write::Unmatched, _) if self.now > refresh.request.sent + MAX_DELAY => {
                self.respond(&refresh.request, busy, self.now);
            }
            (Write::Unmatched, _) => self.reads(refresh.request),
            (Write::Done, _) if self.rng.happens(1) => self.crashes(refresh.request.process),
            // Committed, but the database's confirmation is lost.
            (Write::Done, _) if self.rng.happens(3) => {
                self.respond(&refresh.request, busy, self.now);
            }
            (Write::Done, Some(row)) => self.issues(refresh, row),
            (Write::Done, None) => {
                let rejected = Content::Rejected(Code::ReuseDetected);
                self.respond(&refresh.request, rejected, refresh.read);
            }
        }
    }

    /// Runs the store's conditional update. Returns its result, and the row whose generation
    /// is issued.
    fn writes(&mut self, refresh: &JudgedRefresh) -> (Write, Option<Record>) {
        let (session, judged) = (refresh.presented.session, &refresh.row.record);
        let moved = |generation, parent| Record {
            generation,
            parent,
            handed_at: refresh.now,
            confirmed_at: None,
        };
        match refresh.decision {
            Decision::Rotate { next } => {
                let after = moved(next, Some(refresh.presented.generation));
                let written = self.store.rotate(session, judged, after, self.now);
                (written, Some(after))
            }
            Decision::Heal => {
                let after = moved(refresh.presented.generation, refresh.presented.parent);
                let written = self.store.heal(session, judged, after, self.now);
                (written, Some(after))
            }
            Decision::Replay => {
                let written = self.store.replay(session, judged, refresh.now);
                (written, Some(*judged))
            }
            Decision::Reuse => {
                let reason = EndReason::Reuse;
                let written = self.store.end(session, Some(judged), reason, refresh.now);
                if written == Write::Done {
                    self.announces_end(refresh.request.process, session, reason);
                }
                (written, None)
            }
            Decision::Keep => (Write::Done, Some(*judged)),
        }
    }

    fn issues(&mut self, refresh: &JudgedRefresh, row: Record) {
        let generation = row.generation;
        let session = refresh.presented.session;
        self.watch.granted(
            session,
            party(refresh.request.sender),
            generation,
            refresh.read,
        );
        if self.plan.page_load_confirms && refresh.request.kind == Kind::Page {
            self.store
                .confirm(session, generation, refresh.now, self.now);
        }
        let with_refresh = !matches!(refresh.decision, Decision::Keep | Decision::Heal);
        let content = self.tokens(
            session,
            row,
            refresh.row.expires_at,
            refresh.now,
            with_refresh,
        );
        self.respond(&refresh.request, content, refresh.read);
    }

    pub(crate) fn tokens(
        &mut self,
        session: usize,
        row: Record,
        session_ends: Timestamp,
        now: Timestamp,
        with_refresh: bool,
    ) -> Content {
        let policy = self.plan.policy;
        let mut token = |lifetime| Token {
            session,
            generation: row.generation,
            parent: row.parent,
            expires_at: session_ends.min(now + lifetime),
            number: self.number(),
        };
        let access = token(policy.access_lifetime());
        let refresh = with_refresh.then(|| token(policy.refresh_lifetime()));
        Content::Tokens {
            access,
            refresh,
            timing: self.timing(access.expires_at, now),
        }
    }

    /// Returns the times for the keeper, in whole seconds as on the wire.
    pub(crate) fn timing(&self, expires_at: Timestamp, now: Timestamp) -> Timing {
        Timing {
            expires_in: std::time::Duration::from_secs(expires_at.since(now).as_secs()),
            lifetime: self.plan.policy.access_lifetime(),
            lead: self.plan.policy.refresh_lead(),
            timeout: self.plan.policy.refresh_timeout(),
        }
    }
}
