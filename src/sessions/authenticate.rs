//! Checking an access token, which every request does without the database.

use super::{SessionError, Sessions, refresh::require_live};
use crate::{
    revocation::SessionStatus,
    token::{Subject, VerifiedAccess},
    wire::Snapshot,
};

impl Sessions {
    /// Vouches for an access token, without the database.
    ///
    /// # Errors
    /// Where the token does not count, or its session has ended.
    pub fn authenticate(&self, unverified: &str) -> Result<VerifiedAccess, SessionError> {
        let now = self.0.clock.now();
        let known = self.0.verified.get(unverified);
        let access = match known {
            Some(access) if self.0.tokens.still_vouches(&access, now) => access,
            _ => self.0.tokens.verify_access(unverified, now)?,
        };
        let Subject {
            session,
            generation,
            ..
        } = access.subject();
        match self.0.revocations.status(session) {
            SessionStatus::Ended => return Err(SessionError::Ended),
            SessionStatus::Unknown => return Err(SessionError::Busy),
            SessionStatus::Live => {}
        }
        if known.is_none() {
            self.0.confirmations.note(session, generation, now);
            self.0.verified.insert(unverified.to_owned(), access);
        }
        Ok(access)
    }

    /// Who is signed in by that token, read from the database.
    ///
    /// # Errors
    /// Where the session has ended, or its account is off.
    pub async fn snapshot(&self, access: &VerifiedAccess) -> Result<Snapshot, SessionError> {
        let session = access.subject().session;
        let row = self
            .0
            .store
            .session(session)
            .await?
            .ok_or(SessionError::Ended)?;
        require_live(&row)?;
        let now = self.0.clock.now();
        let renewals = row.record().generation;
        Ok(self.0.snapshot(
            session,
            renewals,
            (&row.holder).into(),
            access.expires_at(),
            row.holder.expires_at,
            now,
        ))
    }
}
