//! Carries out what the rotation decides of a refresh token, and mints what goes
//! out.

use super::{Grant, Inner, SessionError};
use crate::{
    clock::Timestamp,
    ids::SessionId,
    rotation::{Decision, Presented, judge},
    store::{EndReason, SessionRow},
    token::{RefreshKey, Subject, TokenError, VerifiedRefresh},
    wire::{Account, Session, Snapshot},
};

/// How often a refresh is judged again after another request changed the
/// session in between. Each round means that somebody else got through.
const MOST_ROUNDS: usize = 20;

/// What a refresh hands out: an access token of that generation, and the refresh
/// token of the same or not.
#[derive(Clone, Copy)]
struct Granted {
    generation: u32,
    parent: Option<u32>,
    with_refresh: bool,
}

impl Inner {
    pub(super) async fn refresh(&self, token: &VerifiedRefresh) -> Result<Grant, SessionError> {
        let session = token.subject().session;
        let presented = token.presented();
        let came = self.clock.now();
        for _ in 0..MOST_ROUNDS {
            let now = self.clock.now();
            let row = self
                .store
                .session(session)
                .await?
                .ok_or(SessionError::Ended)?;
            // Waiting for the database took so long that nobody waits for this any
            // more. Its browser may be two generations on, and what is judged now
            // would be a reuse that is none.
            if self.clock.now().since(came) > self.policy.refresh_patience() {
                return Err(SessionError::Busy);
            }
            if !token.key().matches(&row.key_hash) {
                return Err(TokenError::Invalid.into());
            }
            require_live(&row)?;
            if now >= row.expires_at {
                return Err(TokenError::Expired.into());
            }
            if let Some(granted) = self.decide(&row, session, presented, now).await? {
                return self.hand_out(token, &row, granted, now);
            }
        }
        Err(SessionError::Busy)
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
        row: &SessionRow,
        granted: Granted,
        now: Timestamp,
    ) -> Result<Grant, SessionError> {
        let subject = Subject {
            account: row.account_id,
            generation: granted.generation,
            ..token.subject()
        };
        let refresh = granted.with_refresh.then(|| (granted.parent, token.key()));
        self.grant(subject, account(row), row.expires_at, refresh, now)
    }

    /// Mints what goes out: an access token, and with a parent and a key a refresh
    /// token.
    pub(super) fn grant(
        &self,
        subject: Subject,
        account: Account,
        session_ends: Timestamp,
        refresh: Option<(Option<u32>, &RefreshKey)>,
        now: Timestamp,
    ) -> Result<Grant, SessionError> {
        let access_ends = session_ends.min(now + self.policy.access_lifetime());
        let refresh_ends = session_ends
            .min(now + self.policy.refresh_lifetime())
            .min(self.tokens.latest_end(now)?);
        let access = self.tokens.mint_access(subject, now, access_ends)?;
        let mint = |(parent, key)| {
            let token = self
                .tokens
                .mint_refresh(subject, parent, key, now, refresh_ends)?;
            Ok::<_, SessionError>((token, refresh_ends))
        };
        let refresh = refresh.map(mint).transpose()?;
        let Subject {
            session,
            generation,
            ..
        } = subject;
        let snapshot = self.snapshot(session, generation, account, access_ends, session_ends, now);
        Ok(Grant {
            access,
            refresh,
            snapshot,
            granted_at: now,
        })
    }

    pub(super) fn snapshot(
        &self,
        session: SessionId,
        renewals: u32,
        account: Account,
        access_ends: Timestamp,
        session_ends: Timestamp,
        now: Timestamp,
    ) -> Snapshot {
        Snapshot {
            account,
            session: Session {
                id: session.to_string(),
                renewals,
                ends_in: session_ends.since(now).as_secs(),
            },
            expires_in: access_ends.since(now).as_secs(),
            access_lifetime: self.policy.access_lifetime().as_secs(),
            refresh_lead: self.policy.refresh_lead().as_secs(),
            refresh_patience_ms: u64::try_from(self.policy.refresh_patience().as_millis())
                .unwrap_or(u64::MAX),
        }
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

pub(super) fn account(row: &SessionRow) -> Account {
    Account {
        id: row.account_id.to_string(),
        email: row.email.clone(),
        name: row.name.clone(),
        is_admin: row.is_admin,
    }
}
