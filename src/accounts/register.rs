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

/// An account that can be created: its values are valid, and its password is hashed. Only
/// [`Accounts`] creates it.
pub(crate) struct PreparedAccount {
    row: StoredAccount,
    email_key: String,
    password_hash: PasswordHash,
    actor: Actor,
}

impl PreparedAccount {
    /// Returns the row to create.
    pub(crate) fn row(&self) -> &StoredAccount {
        &self.row
    }

    /// Returns the hash of the password.
    pub(crate) fn password_hash(&self) -> &PasswordHash {
        &self.password_hash
    }

    /// Returns the values for the database.
    pub(crate) fn new_account(&self) -> NewAccount<'_> {
        let Self {
            row,
            email_key,
            password_hash,
            actor,
        } = self;
        NewAccount {
            id: row.id,
            email: &row.email,
            email_key,
            name: &row.name,
            password_hash: password_hash.clone(),
            is_active: row.is_active,
            is_admin: row.is_admin,
            created_at: row.created_at,
            actor: *actor,
        }
    }
}

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
        let new = self.prepare_own(email, name, password).await?;
        self.store.insert_account(&new.new_account()).await?;
        Ok(SignedInAccount::with_password(new.row, new.password_hash))
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
        let new = self.prepare(email, name, password, flags, self.actor);
        let new = new.await?;
        self.store.insert_account(&new.new_account()).await?;
        Ok(new.row)
    }

    /// Checks and hashes the password of an account that its user registers.
    ///
    /// # Errors
    /// As [`Accounts::register`]; the address may be taken even if there is no error.
    pub(crate) async fn prepare_own(
        &self,
        email: &Email,
        name: &DisplayName,
        password: &NewPassword,
    ) -> Result<PreparedAccount, AccountError> {
        let flags = AccountFlags::default();
        let prepared = self.prepare(email, name, password, flags, Actor::Owner);
        prepared.await
    }

    async fn prepare(
        &self,
        email: &Email,
        name: &DisplayName,
        password: &NewPassword,
        flags: AccountFlags,
        actor: Actor,
    ) -> Result<PreparedAccount, AccountError> {
        self.check_context(password, email.key(), name.as_str())?;
        if self.stored_key(email).await? != email.key() {
            return Err(AccountError::EmailTaken);
        }
        let password_hash = self.hash(password).await?;
        let created_at = self.clock.now();
        Ok(PreparedAccount {
            row: StoredAccount {
                id: AccountId::new(created_at),
                external_id: None,
                email: email.as_str().to_owned(),
                name: name.as_str().to_owned(),
                is_active: flags.is_active,
                is_admin: flags.is_admin,
                created_at,
                last_login_at: None,
            },
            email_key: email.key().to_owned(),
            password_hash,
            actor,
        })
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
}
