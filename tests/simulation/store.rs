//! The database that all processes share: the conditional updates of the store, and the
//! failures of a real database.

use std::collections::{BTreeSet, VecDeque};

use portcullis::{clock::Timestamp, rotation::Record};

use testkit::rng::Rng;

use crate::world::Ms;

/// The time after which a relaxed commit is durable.
const SYNCED_AFTER: Ms = 30_000;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndReason {
    SignedOut,
    Replaced,
    Reuse,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) record: Record,
    pub(crate) expires_at: Timestamp,
    pub(crate) ended: Option<(Timestamp, EndReason)>,
}

/// The result of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Done,
    /// The row no longer met the condition of the write.
    Unmatched,
}

/// A relaxed commit, with the state before it.
#[derive(Debug)]
struct Commit {
    at: Ms,
    session: usize,
    before: Record,
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    /// The rows by session; `None` once purged.
    rows: Vec<Option<Row>>,
    /// The commits that a power loss may revert, the newest last.
    relaxed_commits: VecDeque<Commit>,
    pub(crate) unavailable_until: Ms,
    purged: usize,
}

impl Store {
    pub(crate) fn read(&self, session: usize) -> Option<Row> {
        self.rows[session]
    }

    /// Adds a row. Only a sign-in does this.
    pub(crate) fn begin(&mut self, row: Row) -> usize {
        self.rows.push(Some(row));
        self.relaxed_commits.clear();
        self.rows.len() - 1
    }

    pub(crate) fn begun(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn count(&self) -> usize {
        self.rows.len() - self.purged
    }

    pub(crate) fn rotate(
        &mut self,
        session: usize,
        judged: &Record,
        next: Record,
        at: Ms,
    ) -> Write {
        let written = self.update(session, at, |record| {
            let is_current = next.parent == Some(judged.generation);
            let holds = record.generation == judged.generation
                && record.handed_at == judged.handed_at
                && (is_current || record.confirmed_at.is_none());
            holds.then_some(next)
        });
        if next.parent != Some(judged.generation) {
            self.relaxed_commits.clear();
        }
        written
    }

    pub(crate) fn heal(&mut self, session: usize, judged: &Record, next: Record, at: Ms) -> Write {
        self.update(session, at, |record| {
            (record.generation == judged.generation).then_some(next)
        })
    }

    /// This commit is durable, like the rotation from a parent whose successor was lost.
    /// All earlier commits become durable with it.
    pub(crate) fn replay(&mut self, session: usize, judged: &Record, now: Timestamp) -> Write {
        let written = self.update(session, 0, |record| {
            let holds = record.generation == judged.generation
                && record.confirmed_at == judged.confirmed_at;
            let handed_at = record.handed_at.max(now);
            holds.then_some(Record {
                handed_at,
                ..*record
            })
        });
        self.relaxed_commits.clear();
        written
    }

    pub(crate) fn confirm(&mut self, session: usize, generation: u32, now: Timestamp, at: Ms) {
        self.update(session, at, |record| {
            let holds = record.generation == generation && record.confirmed_at.is_none();
            let confirmed_at = Some(now);
            holds.then_some(Record {
                confirmed_at,
                ..*record
            })
        });
    }

    /// Ends a session. If `judged` is given, the session ends only if its generation and its
    /// confirmation are still the judged ones. The commit is durable, and so are all earlier
    /// commits.
    pub(crate) fn end(
        &mut self,
        session: usize,
        judged: Option<&Record>,
        reason: EndReason,
        now: Timestamp,
    ) -> Write {
        let Some(row) = &mut self.rows[session] else {
            return Write::Unmatched;
        };
        let holds = judged.is_none_or(|judged| {
            row.record.generation == judged.generation
                && row.record.confirmed_at == judged.confirmed_at
        });
        if !holds || row.ended.is_some() {
            return Write::Unmatched;
        }
        row.ended = Some((now, reason));
        self.relaxed_commits.clear();
        Write::Done
    }

    fn update(
        &mut self,
        session: usize,
        at: Ms,
        change: impl FnOnce(&Record) -> Option<Record>,
    ) -> Write {
        let row = self.rows[session]
            .as_mut()
            .filter(|row| row.ended.is_none());
        let Some(row) = row else {
            return Write::Unmatched;
        };
        let before = row.record;
        let Some(after) = change(&before) else {
            return Write::Unmatched;
        };
        row.record = after;
        self.forget_synced(at);
        self.relaxed_commits.push_back(Commit {
            at,
            session,
            before,
        });
        Write::Done
    }

    /// Reverts any number of the last relaxed commits. Returns the sessions that this
    /// changed.
    pub(crate) fn lose_power(&mut self, at: Ms, rng: &mut Rng) -> Vec<usize> {
        self.forget_synced(at);
        let kept = rng.index(self.relaxed_commits.len() + 1);
        let lost = self.relaxed_commits.split_off(kept);
        self.relaxed_commits.clear();
        let mut sessions = Vec::new();
        for commit in lost.into_iter().rev() {
            if let Some(row) = &mut self.rows[commit.session] {
                row.record = commit.before;
                sessions.push(commit.session);
            }
        }
        sessions
    }

    fn forget_synced(&mut self, at: Ms) {
        while self
            .relaxed_commits
            .front()
            .is_some_and(|commit| commit.at + SYNCED_AFTER <= at)
        {
            self.relaxed_commits.pop_front();
        }
    }

    /// Returns the sessions that have ended.
    pub(crate) fn ended(&self) -> BTreeSet<usize> {
        let ended = |row: &Option<Row>| row.is_some_and(|row| row.ended.is_some());
        (0..self.rows.len())
            .filter(|session| ended(&self.rows[*session]))
            .collect()
    }

    /// Removes the sessions that ended or expired before `horizon`.
    pub(crate) fn purge(&mut self, horizon: Timestamp) {
        for row in &mut self.rows {
            let is_purgeable = row.is_some_and(|row| {
                row.expires_at < horizon || row.ended.is_some_and(|(at, _)| at < horizon)
            });
            if is_purgeable {
                *row = None;
                self.purged += 1;
            }
        }
        self.relaxed_commits
            .retain(|commit| self.rows[commit.session].is_some());
    }
}
