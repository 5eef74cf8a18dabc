//! A refresh on the server: read and judge, write where that holds still, and
//! hand out.

use portcullis::{
    clock::Timestamp,
    rotation::{Decision, Presented, Record},
    wire::{Code, Timing},
};

use crate::{
    network::{Content, Kind, LONGEST, Request, Token},
    server::party,
    store::{EndReason, Row, Write},
    world::{Event, Ms, World},
};

/// A refresh that was judged, and is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    request: Request,
    presented: Token,
    row: Row,
    decision: Decision,
    /// When the row was read, and what the process's clock said.
    read: Ms,
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
        let (presented, row, now) = match self.looks_up(&request) {
            Ok(found) => found,
            Err(code) => return self.answer(&request, Content::Refused(code), self.now),
        };
        let windows = self.plan.policy.windows();
        let decision = (self.plan.judge)(&row.record, presented.claims(), now, windows);
        self.watch.judged(
            presented.session,
            party(request.sender),
            presented.generation,
            decision,
        );
        let job = Job {
            request,
            presented,
            row,
            decision,
            read: self.now,
            now,
        };
        if decision == Decision::Renew {
            return self.hands_out(&job, row.record);
        }
        let work = match self.rng.between(0, 99) {
            0..2 => self.rng.between(100, 3_000),
            _ => self.rng.between(1, 30),
        };
        self.after(work, Event::Job(Box::new(job)));
    }

    fn looks_up(&self, request: &Request) -> Result<(Token, Row, Timestamp), Code> {
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

    /// Writes what was decided, where what it was judged by holds still.
    pub(crate) fn carries_out(&mut self, job: &Job) {
        let process = &self.processes[job.request.process];
        if !process.is_up || process.life != job.request.life {
            return;
        }
        let busy = Content::Refused(Code::Busy);
        if self.now < self.store.away_until || self.rng.happens(3) {
            return self.answer(&job.request, busy, self.now);
        }
        match self.writes(job) {
            // A request that has come too late for its sender is given up.
            (Write::Unmatched, _) if self.now > job.request.sent + LONGEST => {
                self.answer(&job.request, busy, self.now);
            }
            (Write::Unmatched, _) => self.reads(job.request),
            (Write::Done, _) if self.rng.happens(1) => self.crashes(job.request.process),
            // Written, and the database's word for it is lost.
            (Write::Done, _) if self.rng.happens(3) => self.answer(&job.request, busy, self.now),
            (Write::Done, Some(row)) => self.hands_out(job, row),
            (Write::Done, None) => {
                let refused = Content::Refused(Code::ReuseDetected);
                self.answer(&job.request, refused, job.read);
            }
        }
    }

    /// The store's conditional updates, and the row whose generation is handed
    /// out.
    fn writes(&mut self, job: &Job) -> (Write, Option<Record>) {
        let (session, judged) = (job.presented.session, &job.row.record);
        let moved = |generation, parent| Record {
            generation,
            parent,
            handed_at: job.now,
            confirmed_at: None,
        };
        match job.decision {
            Decision::Rotate { next } => {
                let after = moved(next, Some(job.presented.generation));
                let written = self.store.rotate(session, judged, after, self.now);
                (written, Some(after))
            }
            Decision::Heal => {
                let after = moved(job.presented.generation, job.presented.parent);
                let written = self.store.heal(session, judged, after, self.now);
                (written, Some(after))
            }
            Decision::Replay => {
                let written = self.store.replay(session, judged, job.now);
                (written, Some(*judged))
            }
            Decision::Reuse => {
                let reason = EndReason::Reuse;
                let written = self.store.end(session, Some(judged), reason, job.now);
                if written == Write::Done {
                    self.hears(job.request.process, session, reason);
                }
                (written, None)
            }
            Decision::Renew => (Write::Done, Some(*judged)),
        }
    }

    fn hands_out(&mut self, job: &Job, row: Record) {
        let generation = row.generation;
        let session = job.presented.session;
        self.watch
            .granted(session, party(job.request.sender), generation, job.read);
        if self.plan.page_load_confirms && job.request.kind == Kind::Page {
            self.store.confirm(session, generation, job.now, self.now);
        }
        let with_refresh = !matches!(job.decision, Decision::Renew | Decision::Heal);
        let content = self.tokens(session, row, job.row.expires_at, job.now, with_refresh);
        self.answer(&job.request, content, job.read);
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

    /// As the wire has it: in whole seconds.
    pub(crate) fn timing(&self, expires_at: Timestamp, now: Timestamp) -> Timing {
        Timing {
            expires_in: std::time::Duration::from_secs(expires_at.since(now).as_secs()),
            lifetime: self.plan.policy.access_lifetime(),
            lead: self.plan.policy.refresh_lead(),
            timeout: self.plan.policy.refresh_timeout(),
        }
    }
}
