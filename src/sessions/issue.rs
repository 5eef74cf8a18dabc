//! Issuing tokens and the snapshot, for a sign-in and for a refresh.

use super::{Inner, IssuedTokens, SessionError};
use crate::{
    accounts::StoredAccount,
    clock::Timestamp,
    ids::SessionId,
    store::Holder,
    token::{RefreshKey, Subject},
    wire::{Account, SessionInfo, Snapshot},
};

impl From<&StoredAccount> for Account {
    fn from(row: &StoredAccount) -> Self {
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
    /// Issues an access token and, if `refresh` is given, a refresh token with this parent
    /// generation and this `key`.
    pub(super) fn issue(
        &self,
        subject: Subject,
        account: Account,
        session_ends: Timestamp,
        refresh: Option<(Option<u32>, &RefreshKey)>,
        now: Timestamp,
    ) -> Result<IssuedTokens, SessionError> {
        let session_ends = session_ends.min(self.tokens.latest_session_end(subject.session));
        let access_ends = session_ends.min(now + self.policy.access_lifetime());
        let refresh_ends = session_ends
            .min(now + self.policy.refresh_lifetime())
            .min(self.tokens.latest_expiry(now)?);
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
        Ok(IssuedTokens {
            access,
            refresh,
            snapshot,
            issued_at: now,
        })
    }

    pub(super) fn snapshot(
        &self,
        session: SessionId,
        rotations: u32,
        account: Account,
        access_ends: Timestamp,
        session_ends: Timestamp,
        now: Timestamp,
    ) -> Snapshot {
        Snapshot {
            account,
            session: SessionInfo {
                id: session.to_string(),
                rotations,
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
