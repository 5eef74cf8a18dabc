//! Beginning sessions, by signing in.

use super::{Device, Inner, IssuedTokens, SessionError, Sessions};
use crate::{
    accounts::SignedInAccount,
    ids::SessionId,
    keys::KeyError,
    statistics::Counter,
    store::NewSession,
    token::{RefreshKey, Subject},
};

impl Sessions {
    /// Begins a session on an unknown device, and ends the sessions `replaced`, which the
    /// browser had before.
    ///
    /// # Errors
    /// As [`Sessions::begin_on`].
    pub async fn begin(
        &self,
        account: &SignedInAccount,
        replaced: &[SessionId],
    ) -> Result<IssuedTokens, SessionError> {
        self.begin_on(Device::default(), account, replaced).await
    }

    /// Begins a session on a device, and ends the sessions `replaced`, which the browser
    /// had before.
    ///
    /// # Errors
    /// [`SessionError::Inactive`] if the account has been deactivated, or its password
    /// changed, since it was authenticated, [`SessionError::Key`] if no token could be signed, or
    /// [`SessionError::Store`] if the database fails.
    pub async fn begin_on(
        &self,
        device: Device,
        account: &SignedInAccount,
        replaced: &[SessionId],
    ) -> Result<IssuedTokens, SessionError> {
        let Inner { store, policy, .. } = &*self.inner;
        let now = self.inner.clock.now();
        let key = RefreshKey::generate().ok_or(KeyError::Generation)?;
        let row = account.row();
        let subject = Subject {
            account: row.id,
            session: SessionId::new(now),
            generation: 0,
        };
        let expires_at = now + policy.session_lifetime();
        let new = NewSession {
            id: subject.session,
            account: row.id,
            password_hash: account.password_hash().cloned(),
            key_hash: key.hash(),
            now,
            expires_at,
            device,
        };
        if !store
            .begin_session(&new, replaced, self.inner.update_last_login)
            .await?
        {
            return Err(SessionError::Inactive);
        }
        self.inner.counters.count(Counter::SignedIn);
        self.inner.revocations.end(replaced.iter().copied(), now);
        let refresh = Some((None, &key));
        self.inner
            .issue(subject, row.into(), expires_at, refresh, now)
    }
}
