//! Creating accounts: by registration, or as an operator.

use super::{
    AccountError, AccountFlags, Accounts, DisplayName, Email, NewPassword, PasswordContext,
    SignedInAccount, StoredAccount,
};
use crate::{
    audit::Actor,
    ids::AccountId,
    store::{NewAccount, PasswordHash},
};

impl Accounts {
    /// Registers an active account without privileges.
    ///
    /// # Errors
    /// [`AccountError::EmailTaken`] if another account has the address,
    /// [`AccountError::PersonalPassword`] if the password is made of words about the account or
    /// the site,
    /// [`AccountError::Password`] if the password could not be hashed, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn register(
        &self,
        email: &Email,
        name: &DisplayName,
        password: &NewPassword,
    ) -> Result<SignedInAccount, AccountError> {
        self.check_context(password, email.key(), name.as_str())?;
        let hash = self.hash(password).await?;
        let row = self
            .insert(
                email,
                name,
                hash.clone(),
                AccountFlags::default(),
                Actor::Owner,
            )
            .await?;
        Ok(SignedInAccount::with_password(row, hash))
    }

    /// Creates an account as an operator.
    ///
    /// # Errors
    /// As [`Accounts::register`].
    pub async fn create(
        &self,
        email: &Email,
        name: &DisplayName,
        password: &NewPassword,
        flags: AccountFlags,
    ) -> Result<StoredAccount, AccountError> {
        self.check_context(password, email.key(), name.as_str())?;
        let hash = self.hash(password).await?;
        self.insert(email, name, hash, flags, self.actor).await
    }

    /// # Errors
    /// [`AccountError::PersonalPassword`] if the password is made of words about the account or
    /// the site.
    pub(crate) fn check_context(
        &self,
        password: &NewPassword,
        email: &str,
        name: &str,
    ) -> Result<(), AccountError> {
        let context = PasswordContext::clone(&self.site).with(email).with(name);
        let checked = password.check(&context);
        checked.map_err(|_| AccountError::PersonalPassword)
    }

    pub(super) async fn hash(&self, password: &NewPassword) -> Result<PasswordHash, AccountError> {
        let place = self.passwords.reserve(self.client)?;
        Ok(self.passwords.hash(place, password).await?)
    }

    async fn insert(
        &self,
        email: &Email,
        name: &DisplayName,
        password_hash: PasswordHash,
        flags: AccountFlags,
        actor: Actor,
    ) -> Result<StoredAccount, AccountError> {
        let created_at = self.clock.now();
        let row = StoredAccount {
            id: AccountId::new(created_at),
            external_id: None,
            email: email.as_str().to_owned(),
            name: name.as_str().to_owned(),
            is_active: flags.is_active,
            is_admin: flags.is_admin,
            created_at,
            last_login_at: None,
        };
        let new = NewAccount {
            id: row.id,
            email: &row.email,
            email_key: email.key(),
            name: &row.name,
            password_hash,
            is_active: row.is_active,
            is_admin: row.is_admin,
            created_at,
            actor,
        };
        self.store.insert_account(&new).await?;
        Ok(row)
    }
}
