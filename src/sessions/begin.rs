//! Beginning sessions, by signing in and by registering.

use super::{Device, Inner, IssuedTokens, SessionError, Sessions};
use crate::{
    accounts::{PreparedAccount, SignedInAccount, StoredAccount},
    ids::{AccountId, SessionId},
    keys::KeyError,
    statistics::Counter,
    store::{AcceptedInvitation, NewSession, PasswordHash},
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
        let Inner { store, sign_in, .. } = &*self.inner;
        let row = account.row();
        let hash = account.password_hash().cloned();
        let (new, key) = self.inner.new_session(device, row.id, hash)?;
        let begun = store.begin_session(&new, replaced, sign_in.update_last_login);
        let ended = begun.await?.ok_or(SessionError::Inactive)?;
        let ended = ended.into_iter().chain(replaced.iter().copied());
        self.inner.begun(&new, &key, row, ended)
    }

    /// Creates an account and begins its first session on a device, in one transaction, and
    /// uses its invitation up. Ends the
    /// sessions `replaced`, which the browser had before.
    ///
    /// # Errors
    /// [`SessionError::Store`] with [`StoreError::EmailTaken`](crate::store::StoreError) if
    /// another account has the address, with
    /// [`StoreError::InvalidInvitation`](crate::store::StoreError) if the invitation cannot be
    /// used any more, or if the database fails, and [`SessionError::Key`] if
    /// no token could be signed.
    pub(crate) async fn begin_registered(
        &self,
        device: Device,
        account: &PreparedAccount,
        invitation: Option<&AcceptedInvitation>,
        replaced: &[SessionId],
    ) -> Result<IssuedTokens, SessionError> {
        let Inner { store, sign_in, .. } = &*self.inner;
        let row = account.row();
        let hash = Some(account.password_hash().clone());
        let (new, key) = self.inner.new_session(device, row.id, hash)?;
        let account = account.new_account();
        let update_last_login = sign_in.update_last_login;
        let registered = store.register(&account, invitation, &new, replaced, update_last_login);
        registered.await?;
        self.inner.begun(&new, &key, row, replaced.iter().copied())
    }
}

impl Inner {
    /// Returns a session to begin now, and its `key`.
    pub(super) fn new_session(
        &self,
        device: Device,
        account: AccountId,
        password_hash: Option<PasswordHash>,
    ) -> Result<(NewSession, RefreshKey), SessionError> {
        let now = self.clock.now();
        let key = RefreshKey::generate().ok_or(KeyError::Generation)?;
        let new = NewSession {
            id: SessionId::new(now),
            account,
            password_hash,
            key_hash: key.hash(),
            now,
            expires_at: now + self.policy.session_lifetime(),
            device,
            max_sessions: self.sign_in.max_sessions,
        };
        Ok((new, key))
    }

    /// Counts a sign-in, revokes the sessions that it ended, and issues its tokens.
    fn begun(
        &self,
        new: &NewSession,
        key: &RefreshKey,
        row: &StoredAccount,
        ended: impl IntoIterator<Item = SessionId>,
    ) -> Result<IssuedTokens, SessionError> {
        self.counters.count(Counter::SignedIn);
        self.revocations.end(ended, new.now);
        self.issue_first(new, key, row)
    }

    /// Issues the first tokens of a session.
    pub(super) fn issue_first(
        &self,
        new: &NewSession,
        key: &RefreshKey,
        row: &StoredAccount,
    ) -> Result<IssuedTokens, SessionError> {
        let subject = Subject {
            account: new.account,
            session: new.id,
            generation: 0,
        };
        let refresh = Some((None, key));
        self.issue(subject, row.into(), new.expires_at, refresh, new.now)
    }
}
