//! Verifies access tokens, for each request and without a database query.

use super::{Inner, SessionError, Sessions, refresh::require_live, shown::Shown};
use crate::{
    ids::SessionId,
    revocation::SessionStatus,
    token::{Subject, TokenError, VerifiedAccess},
    wire::Snapshot,
};

impl Sessions {
    /// Verifies an access token without a database query. Counts as a use of the token.
    ///
    /// # Errors
    /// [`SessionError::Token`] if the token is invalid, has expired or cannot be verified
    /// yet, [`SessionError::Ended`] if its session has ended, or [`SessionError::Busy`] if
    /// the revocation view is stale.
    pub fn authenticate(&self, unverified: &str) -> Result<VerifiedAccess, SessionError> {
        let now = self.inner.clock.now();
        let cached = self.inner.verified.get(unverified);
        let access = match cached {
            Some(access) if self.inner.tokens.is_still_valid(&access, now) => access,
            _ => self.inner.tokens.verify_access(unverified, now)?,
        };
        let Subject {
            session,
            generation,
            ..
        } = access.subject();
        match self.inner.revocations.status(session) {
            SessionStatus::Ended => return Err(SessionError::Ended),
            SessionStatus::Unknown => return Err(SessionError::Busy),
            SessionStatus::Live => {}
        }
        if cached.is_none() {
            self.inner.confirmations.record(session, generation, now);
            self.inner.verified.insert(unverified.to_owned(), access);
        }
        Ok(access)
    }

    /// Returns the session that an access token names, if this installation has signed it.
    /// The token may have expired, and the session may have ended.
    ///
    /// # Errors
    /// [`TokenError::Invalid`], [`TokenError::Expired`] if its key is revoked, or
    /// [`TokenError::UnknownKey`].
    pub(crate) fn session_of_access(&self, unverified: &str) -> Result<SessionId, TokenError> {
        let now = self.inner.clock.now();
        self.inner.tokens.session_of_access(unverified, now)
    }

    /// Returns the session that a refresh token names, if this installation has signed it.
    /// The token may have expired, and the session may have ended.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] or [`TokenError::UnknownKey`].
    pub(crate) fn session_of_refresh(&self, unverified: &str) -> Result<SessionId, TokenError> {
        let now = self.inner.clock.now();
        let (session, _) = self.inner.tokens.session_of_refresh(unverified, now)?;
        Ok(session)
    }

    /// Returns the snapshot of the token's session. A session that was shown before is not read
    /// from the database again, until its account changes.
    ///
    /// # Errors
    /// [`SessionError::Ended`], [`SessionError::Revoked`], [`SessionError::EndedElsewhere`],
    /// [`SessionError::SessionLimit`], [`SessionError::PasswordChanged`], [`SessionError::Reuse`] or
    /// [`SessionError::Deleted`] if the session has ended, [`SessionError::Inactive`] if its
    /// account is deactivated, or [`SessionError::Store`] if the database fails.
    pub async fn snapshot(&self, access: &VerifiedAccess) -> Result<Snapshot, SessionError> {
        let Subject {
            session,
            generation,
            ..
        } = access.subject();
        let shown = match self.inner.shown.get(session) {
            Some(shown) => shown,
            // On the heap, and so not a part of the future of every request.
            None => Box::pin(self.read_shown(session)).await?,
        };
        let latest = self.inner.tokens.latest_session_end(session);
        Ok(self.inner.snapshot(
            session,
            generation,
            shown.account,
            access.expires_at(),
            shown.expires_at.min(latest),
            self.inner.clock.now(),
        ))
    }

    async fn read_shown(&self, session: SessionId) -> Result<Shown, SessionError> {
        let Inner { store, shown, .. } = &*self.inner;
        let before = shown.before_read();
        let row = store.session(session).await?.ok_or(SessionError::Ended)?;
        require_live(&row)?;
        Ok(shown.keep(before, session, &row.holder))
    }
}
