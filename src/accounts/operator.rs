//! What an operator may do to an account.

use super::{AccountError, Accounts, DisplayName, Email, NewPassword};
use crate::{audit::Actor, ids::AccountId, store::AccountName};

impl Accounts {
    /// Returns these accounts for an account that acts on others, such as an administrator.
    /// The audit trail records it as the actor of each change.
    #[must_use]
    pub fn by(&self, actor: AccountId) -> Self {
        Self {
            actor: Actor::Account(actor),
            ..self.clone()
        }
    }

    /// Activates an account, or deactivates it and ends all of its sessions. Returns
    /// whether that changed anything. Runs to completion even if the caller is dropped, as
    /// all methods do that end sessions.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`] if there is none with this address, or
    /// [`AccountError::Store`] if the database fails; if an account acts, those of
    /// [`Accounts::set_active_by_id`] too.
    pub async fn set_active(&self, email: &Email, is_active: bool) -> Result<bool, AccountError> {
        let (accounts, email) = (self.clone(), email.clone());
        let changed = self.store.detached().run(async move {
            let name = AccountName::Email(accounts.stored_key(&email).await?);
            accounts.change_active(name, is_active).await
        });
        changed.await?.ok_or(AccountError::NoSuchAccount)
    }

    /// Activates or deactivates the account of an id, as [`Accounts::set_active`] does. If
    /// an account acts ([`Accounts::by`]), only an active administrator can deactivate an
    /// administrator, and not the own account, so that the last one stays.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], [`AccountError::OwnAccount`],
    /// [`AccountError::NotAdministrator`], or [`AccountError::Store`] if the database fails.
    pub async fn set_active_by_id(
        &self,
        id: AccountId,
        is_active: bool,
    ) -> Result<bool, AccountError> {
        let accounts = self.clone();
        let changed = self.store.detached().run(async move {
            let name = AccountName::Id(id);
            accounts.change_active(name, is_active).await
        });
        changed.await?.ok_or(AccountError::NoSuchAccount)
    }

    /// Makes an account an administrator, or removes that right. Returns whether that
    /// changed anything. Runs to completion even if the caller is dropped. If an account acts
    /// ([`Accounts::by`]), it must be an active administrator, and it cannot remove its own
    /// right, so that the last one stays.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], [`AccountError::OwnAccount`],
    /// [`AccountError::NotAdministrator`], or [`AccountError::Store`] if the database fails.
    pub async fn set_admin(&self, id: AccountId, is_admin: bool) -> Result<bool, AccountError> {
        let accounts = self.clone();
        let changed = self.store.detached().run(async move {
            let (now, actor) = (accounts.clock.now(), accounts.actor);
            let changed = accounts.store.set_account_admin(id, is_admin, now, actor);
            let changed = changed.await?;
            accounts.shown.forget([id]);
            Ok::<_, AccountError>(changed)
        });
        changed.await?.ok_or(AccountError::NoSuchAccount)
    }

    /// Activates or deactivates an account. Returns whether that changed anything;
    /// `None` if there is no such account.
    pub(super) async fn change_active(
        &self,
        name: AccountName<'_>,
        is_active: bool,
    ) -> Result<Option<bool>, AccountError> {
        let now = self.clock.now();
        let change = self
            .store
            .set_account_active(name, is_active, now, self.actor)
            .await?;
        Ok(change.map(|change| {
            self.revocations.end(change.ended, now);
            change.changed
        }))
    }

    /// Sets the password of an account without the current one, and ends all of its
    /// sessions. Returns their number.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`] if there is none with this address,
    /// [`AccountError::PersonalPassword`] if the password is made of words of the address or the
    /// site, [`AccountError::Password`] if the password could not be hashed, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn set_password(
        &self,
        email: &Email,
        password: &NewPassword,
    ) -> Result<usize, AccountError> {
        self.check_context(password, email.key(), "")?;
        let hash = self.hash(password).await?;
        let key = self.stored_key(email).await?.to_owned();
        let accounts = self.clone();
        self.store
            .detached()
            .run(async move {
                let now = accounts.clock.now();
                let ended = accounts
                    .store
                    .reset_password(&key, &hash, now, accounts.actor)
                    .await?
                    .ok_or(AccountError::NoSuchAccount)?;
                let count = ended.len();
                accounts.revocations.end(ended, now);
                Ok(count)
            })
            .await
    }

    /// Changes the display name of an account. Returns whether that changed anything.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`] if there is none with this address, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn rename(&self, email: &Email, name: &DisplayName) -> Result<bool, AccountError> {
        let account = AccountName::Email(self.stored_key(email).await?);
        let now = self.clock.now();
        let renamed = self
            .store
            .rename_account(account, name.as_str(), now, self.actor)
            .await?;
        let (id, is_changed) = renamed.ok_or(AccountError::NoSuchAccount)?;
        self.shown.forget([id]);
        Ok(is_changed)
    }

    /// Deletes an account: ends all of its sessions, and removes its e-mail address, its
    /// name, its password and the devices of its sessions. The address may then be
    /// registered again. The ended sessions and the audit events stay for as long as those
    /// of other accounts. Returns the number of ended sessions.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`] if there is none with this address, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn delete(&self, email: &Email) -> Result<usize, AccountError> {
        let (accounts, email) = (self.clone(), email.clone());
        let deleted = self.store.detached().run(async move {
            let name = AccountName::Email(accounts.stored_key(&email).await?);
            accounts.delete_named(name).await
        });
        deleted.await?.ok_or(AccountError::NoSuchAccount)
    }

    /// Deletes an external account as [`Accounts::delete`] does. If its user signs in again
    /// with this id, that is another account. Returns the number of ended sessions.
    ///
    /// # Errors
    /// [`AccountError::NoSuchExternalAccount`] if no user has signed in with this id, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn delete_external(&self, id: &str) -> Result<usize, AccountError> {
        let (accounts, id) = (self.clone(), id.to_owned());
        let deleted = self
            .store
            .detached()
            .run(async move { accounts.delete_named(AccountName::External(&id)).await });
        deleted.await?.ok_or(AccountError::NoSuchExternalAccount)
    }

    async fn delete_named(&self, name: AccountName<'_>) -> Result<Option<usize>, AccountError> {
        let now = self.clock.now();
        let deleted = self.store.delete_account(name, now, self.actor).await?;
        Ok(deleted.map(|ended| {
            let count = ended.len();
            self.revocations.end(ended, now);
            count
        }))
    }
}
