//! Refreshing a session: carries out what the rotation decides of a refresh token.

use std::{sync::Arc, time::Duration};

use super::{Grant, Inner, SessionError, Sessions, detached};
use crate::{
    clock::Timestamp,
    ids::SessionId,
    rotation::{Decision, Presented, Record, judge},
    store::{ClaimedState, EndReason, Holder, SessionRow},
    token::{Subject, TokenError, VerifiedRefresh},
};

/// How often a refresh is judged again after another request changed the
/// session in between. Each round means that somebody else got through.
const MAX_ROUNDS: usize = 20;

/// What a refresh hands out: an access token of that generation, and the refresh
/// token of the same or not.
#[derive(Clone, Copy)]
struct Granted {
    generation: u32,
    parent: Option<u32>,
    with_refresh: bool,
}

impl Sessions {
    /// Renews a session by its refresh token.
    ///
    /// Runs to its end even where the caller is dropped: whoever presents a
    /// stolen token and hangs up must not undo its finding.
    ///
    /// # Errors
    /// Every refusal has been committed when it is returned.
    pub async fn refresh(&self, unverified: &str) -> Result<Grant, SessionError> {
        let token = self
            .0
            .tokens
            .verify_refresh(unverified, self.0.clock.now())?;
        let sessions = Arc::clone(&self.0);
        detached(async move { sessions.refresh(&token).await }).await
    }
}

impl Inner {
    async fn refresh(&self, token: &VerifiedRefresh) -> Result<Grant, SessionError> {
        let came = self.clock.now();
        if let Some(grant) = self.rotate_from_claims(token, came).await? {
            return Ok(grant);
        }
        let session = token.subject().session;
        let presented = token.presented();
        for _ in 0..MAX_ROUNDS {
            let now = self.clock.now();
            let row = self
                .store
                .session(session)
                .await?
                .ok_or(SessionError::Ended)?;
            // Waiting for the database took so long that nobody waits for this any
            // more. Its browser may be two generations on, and what is judged now
            // would be a reuse that is none.
            if self.clock.now().since(came) > self.policy.refresh_timeout() {
                return Err(SessionError::Busy);
            }
            if !token.key().matches(&row.key_hash) {
                return Err(TokenError::Invalid.into());
            }
            require_live(&row)?;
            if now >= row.holder.expires_at {
                return Err(TokenError::Expired.into());
            }
            if let Some(granted) = self.decide(&row, session, presented, now).await? {
                return self.hand_out(token, &row.holder, granted, now);
            }
        }
        Err(SessionError::Busy)
    }

    /// What nearly always happens, in one statement: the session is as its token
    /// tells, and due. Judged is what the token tells, and it is written where that
    /// is so; `None` where it is not, or means anything else.
    async fn rotate_from_claims(
        &self,
        token: &VerifiedRefresh,
        now: Timestamp,
    ) -> Result<Option<Grant>, SessionError> {
        let presented = token.presented();
        let Presented { generation, parent } = presented;
        // The token knows the second. If it is due after its last moment, it is so
        // after all of it.
        let second = token.issued_at()..token.issued_at() + Duration::from_secs(1);
        let record = Record {
            generation,
            parent,
            handed_at: second.end,
            confirmed_at: None,
        };
        let Decision::Rotate { next } = judge(&record, presented, now, self.policy.windows())
        else {
            return Ok(None);
        };
        let claimed = ClaimedState {
            session: token.subject().session,
            key_hash: token.key().hash(),
            generation,
            handed_at: second,
            next,
            now,
        };
        let holder = self.store.rotate_from_claims(claimed).await?;
        let granted = Granted {
            generation: next,
            parent: Some(generation),
            with_refresh: true,
        };
        let grant = holder.map(|holder| self.hand_out(token, &holder, granted, now));
        grant.transpose()
    }

    /// Judges what is presented and writes what was decided. `None` where another
    /// request was faster.
    async fn decide(
        &self,
        row: &SessionRow,
        session: SessionId,
        presented: Presented,
        now: Timestamp,
    ) -> Result<Option<Granted>, SessionError> {
        let Self { store, policy, .. } = self;
        let judged = row.record();
        let granted = |generation, parent, with_refresh| Granted {
            generation,
            parent,
            with_refresh,
        };
        let (is_done, granted) = match judge(&judged, presented, now, policy.windows()) {
            Decision::Renew => (true, granted(judged.generation, judged.parent, false)),
            Decision::Heal => (
                store.heal(session, &judged, presented, now).await?,
                granted(presented.generation, presented.parent, false),
            ),
            Decision::Replay => (
                store.replay(session, &judged, now).await?,
                granted(judged.generation, judged.parent, true),
            ),
            Decision::Rotate { next } => {
                let from = presented.generation;
                (
                    store.rotate(session, &judged, from, next, now).await?,
                    granted(next, Some(from), true),
                )
            }
            Decision::Reuse => {
                if store.end_for_reuse(session, &judged, now).await? {
                    self.revocations.end([session], now);
                    return Err(SessionError::Reuse);
                }
                return Ok(None);
            }
        };
        Ok(is_done.then_some(granted))
    }

    fn hand_out(
        &self,
        token: &VerifiedRefresh,
        holder: &Holder,
        granted: Granted,
        now: Timestamp,
    ) -> Result<Grant, SessionError> {
        let subject = Subject {
            account: holder.account_id,
            generation: granted.generation,
            ..token.subject()
        };
        let refresh = granted.with_refresh.then(|| (granted.parent, token.key()));
        self.issue(subject, holder.into(), holder.expires_at, refresh, now)
    }
}

pub(super) fn require_live(row: &SessionRow) -> Result<(), SessionError> {
    if !row.is_active {
        return Err(SessionError::Inactive);
    }
    // Both parties of a theft are told: whoever comes second may be the owner.
    if row.is_ended_by(EndReason::Reuse) {
        return Err(SessionError::Reuse);
    }
    if row.is_ended_by(EndReason::Revoked) {
        return Err(SessionError::Revoked);
    }
    if row.is_ended() {
        return Err(SessionError::Ended);
    }
    Ok(())
}
