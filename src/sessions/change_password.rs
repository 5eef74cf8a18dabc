//! Changing the password of an account, which ends its sessions.

use std::sync::Arc;

use super::{Device, Inner, IssuedTokens, SessionError, Sessions};
use crate::{
    accounts::PasswordChange,
    detached::detached,
    ids::SessionId,
    keys::KeyError,
    store::{NewSession, PasswordOutcome},
    token::{RefreshKey, Subject},
};

impl Sessions {
    /// Changes the password, ends all sessions of the account, and begins a new session on
    /// `device` in place of `from`, the one from which the password is changed. Tokens that
    /// were stolen from `from` itself therefore become invalid too. Also ends the sessions
    /// `replaced`, which the browser had before. Runs to completion even if the caller is
    /// dropped.
    ///
    /// # Errors
    /// [`SessionError::Inactive`] if the account has been deactivated, or its password
    /// changed, since the current password was verified; [`SessionError::Ended`] if `from`
    /// has ended; [`SessionError::Key`] if no token could be signed; or
    /// [`SessionError::Store`] if the database fails.
    pub async fn change_password(
        &self,
        change: PasswordChange,
        from: SessionId,
        replaced: Vec<SessionId>,
        device: Device,
    ) -> Result<IssuedTokens, SessionError> {
        let sessions = Arc::clone(&self.inner);
        detached(async move {
            sessions
                .change_password(&change, from, &replaced, device)
                .await
        })
        .await
    }
}

impl Inner {
    async fn change_password(
        &self,
        change: &PasswordChange,
        from: SessionId,
        replaced: &[SessionId],
        device: Device,
    ) -> Result<IssuedTokens, SessionError> {
        let now = self.clock.now();
        let key = RefreshKey::generate().ok_or(KeyError::Generation)?;
        let subject = Subject {
            account: change.row().id,
            session: SessionId::new(now),
            generation: 0,
        };
        let new = NewSession {
            id: subject.session,
            account: subject.account,
            password_hash: Some(change.new_hash().clone()),
            key_hash: key.hash(),
            now,
            expires_at: now + self.policy.session_lifetime(),
            device,
            max_sessions: self.sign_in.max_sessions,
        };
        let outcome = self
            .store
            .change_password(&new, change.verified(), from, replaced)
            .await?;
        match outcome {
            PasswordOutcome::Changed(ended) => self.revocations.end(ended, now),
            PasswordOutcome::AccountChanged => return Err(SessionError::Inactive),
            PasswordOutcome::SessionEnded => return Err(SessionError::Ended),
        }
        let refresh = Some((None, &key));
        self.issue(subject, change.row().into(), new.expires_at, refresh, now)
    }
}
