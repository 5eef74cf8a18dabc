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
    /// had before. If the account then has more live sessions than
    /// [`Builder::max_sessions`](crate::Builder::max_sessions), ends those that were refreshed
    /// longest ago.
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
            max_sessions: self.inner.sign_in.max_sessions,
        };
        let begun = store.begin_session(&new, replaced, self.inner.sign_in.update_last_login);
        let ended = begun.await?.ok_or(SessionError::Inactive)?;
        self.inner.counters.count(Counter::SignedIn);
        let ended = ended.into_iter().chain(replaced.iter().copied());
        self.inner.revocations.end(ended, now);
        let refresh = Some((None, &key));
        self.inner
            .issue(subject, row.into(), expires_at, refresh, now)
    }
}
