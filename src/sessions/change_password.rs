//! Changing the password of an account, which ends its sessions.

use std::sync::Arc;

use super::{Device, Inner, IssuedTokens, SessionError, Sessions};
use crate::{accounts::PasswordChange, ids::SessionId, store::PasswordOutcome};

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
        self.inner
            .store
            .detached()
            .run(async move {
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
        let hash = Some(change.new_hash().clone());
        let (new, key) = self.new_session(device, change.row().id, hash)?;
        let outcome = self
            .store
            .change_password(&new, change.verified(), from, replaced)
            .await?;
        match outcome {
            PasswordOutcome::Changed(ended) => self.revocations.end(ended, new.now),
            PasswordOutcome::AccountChanged => return Err(SessionError::Inactive),
            PasswordOutcome::SessionEnded => return Err(SessionError::Ended),
        }
        self.issue_first(&new, &key, change.row())
    }
}
