//! Carries out what the rotation decides of a refresh token, and mints what goes
//! out.

use super::{Grant, Inner, SessionError};
use crate::{
    clock::Timestamp,
    ids::SessionId,
    rotation::{Decision, judge},
    store::SessionRow,
    token::{RefreshKey, Subject, TokenError, VerifiedRefresh},
    wire::{Account, Session, Snapshot},
};

/// How often a refresh is judged again after another request changed the
/// session in between. Each round means that somebody else got through.
const MOST_ROUNDS: usize = 20;

impl Inner {
    pub(super) async fn refresh(&self, token: &VerifiedRefresh) -> Result<Grant, SessionError> {
        let Subject {
            session,
            generation: presented,
            ..
        } = token.subject();
        for _ in 0..MOST_ROUNDS {
            let now = self.clock.now();
            let row = self
                .store
                .session(session)
                .await?
                .ok_or(SessionError::Ended)?;
            if !token.key().matches(&row.key_hash) {
                return Err(TokenError::Invalid.into());
            }
            require_live(&row)?;
            if now >= row.expires_at {
                return Err(TokenError::Expired.into());
            }
            let judged = row.record();
            let granted = match judge(&judged, presented, now, self.policy.replay_window()) {
                Decision::Renew => {
                    return self.hand_out(token, &row, judged.generation, false, now);
                }
                Decision::Replay => {
                    let is_done = self.store.replay(session, &judged, now).await?;
                    is_done.then_some(judged.generation)
                }
                Decision::Rotate { next } | Decision::Heal { next } => self
                    .store
                    .rotate(session, &judged, next, now)
                    .await?
                    .then_some(next),
                Decision::Reuse => {
                    let account = row.account_id;
                    if self
                        .store
                        .end_for_reuse(session, account, &judged, now)
                        .await?
                    {
                        self.revocations.end([session], now);
                        return Err(SessionError::Reuse);
                    }
                    None
                }
            };
            if let Some(generation) = granted {
                return self.hand_out(token, &row, generation, true, now);
            }
        }
        Err(SessionError::Busy)
    }

    fn hand_out(
        &self,
        token: &VerifiedRefresh,
        row: &SessionRow,
        generation: u32,
        with_refresh: bool,
        now: Timestamp,
    ) -> Result<Grant, SessionError> {
        let subject = Subject {
            account: row.account_id,
            generation,
            ..token.subject()
        };
        let key = with_refresh.then(|| token.key());
        self.grant(subject, account(row), row.expires_at, key, now)
    }

    /// Mints what goes out. With a key there is a refresh token.
    pub(super) fn grant(
        &self,
        subject: Subject,
        account: Account,
        session_ends: Timestamp,
        key: Option<&RefreshKey>,
        now: Timestamp,
    ) -> Result<Grant, SessionError> {
        let access_ends = session_ends.min(now + self.policy.access_lifetime());
        let refresh_ends = session_ends.min(now + self.policy.refresh_lifetime());
        let access = self.tokens.mint_access(subject, now, access_ends)?;
        let refresh = match key {
            None => None,
            Some(key) => {
                let token = self.tokens.mint_refresh(subject, key, now, refresh_ends)?;
                Some((token, refresh_ends))
            }
        };
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
    if row.is_ended {
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
