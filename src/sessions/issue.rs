//! Issuing tokens and the snapshot, for signing in and refreshing alike.

use super::{Grant, Inner, SessionError};
use crate::{
    accounts::AccountRow,
    clock::Timestamp,
    ids::SessionId,
    store::Holder,
    token::{RefreshKey, Subject},
    wire::{Account, Session, Snapshot},
};

impl From<&AccountRow> for Account {
    fn from(row: &AccountRow) -> Self {
        Self {
            id: row.id.to_string(),
            email: row.email.clone(),
            name: row.name.clone(),
            is_admin: row.is_admin,
        }
    }
}

impl From<&Holder> for Account {
    fn from(holder: &Holder) -> Self {
        Self {
            id: holder.account_id.to_string(),
            email: holder.email.clone(),
            name: holder.name.clone(),
            is_admin: holder.is_admin,
        }
    }
}

impl Inner {
    /// Mints an access token and, if there is a parent and a key for it, a refresh
    /// token.
    pub(super) fn issue(
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
            refresh_timeout_ms: u64::try_from(self.policy.refresh_timeout().as_millis())
                .unwrap_or(u64::MAX),
        }
    }
}
