//! Accounts: who may sign in.

mod email;
mod external;
mod name;
mod password;

pub use email::Email;
pub use external::{ExternalAccount, ExternalAccountError};
pub use name::DisplayName;
pub(crate) use password::Passwords;
pub use password::{NewPassword, PasswordError};

pub use crate::store::AccountRow;

use std::{fmt, sync::Arc};

use thiserror::Error;

use crate::{
    clock::Clock,
    ids::AccountId,
    revocation::RevocationView,
    store::{AccountName, NewAccount, Store, StoreError},
};

/// Opens, checks and switches accounts.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    passwords: Passwords,
    revocations: Arc<RevocationView>,
    clock: Arc<dyn Clock>,
}

/// Why something could not be done with an account.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Another account has this e-mail address. Whoever registers learns it;
    /// nothing hides it without sending mail.
    #[error("there is an account with this e-mail address already")]
    EmailTaken,
    /// For operators.
    #[error("there is no account with this e-mail address")]
    NoSuchAccount,
    /// For the application.
    #[error("there is no account with this external id")]
    NoSuchExternalAccount,
    /// The external account has been deactivated.
    #[error("the account is not active")]
    Inactive,
    /// Unknown address, wrong password, or inactive account: whoever tries
    /// never learns which.
    #[error("the e-mail address or the password is not right")]
    InvalidCredentials,
    /// Too many passwords are being checked already.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::EmailTaken => Self::EmailTaken,
            other => Self::Store(other),
        }
    }
}

/// An active account that may be signed in: its password was right, or the application
/// vouches for it. Made by [`Accounts::check`], [`Accounts::register`] and
/// [`Accounts::external`] alone.
#[derive(Clone, Debug)]
pub struct SignedInAccount(AccountRow);

impl SignedInAccount {
    /// The account.
    pub fn row(&self) -> &AccountRow {
        &self.0
    }
}

/// What an operator may choose of a new account.
#[derive(Clone, Copy, Debug)]
pub struct AccountFlags {
    /// Whether it may sign in.
    pub is_active: bool,
    /// Whether it may use the administration.
    pub is_admin: bool,
}

impl Default for AccountFlags {
    fn default() -> Self {
        Self {
            is_active: true,
            is_admin: false,
        }
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accounts")
    }
}

impl Accounts {
    pub(crate) fn new(
        store: Store,
        passwords: Passwords,
        revocations: Arc<RevocationView>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            passwords,
            revocations,
            clock,
        }
    }

    /// Opens an account of one's own: active, without rights.
    ///
    /// # Errors
    /// [`AccountError::EmailTaken`], or what kept it from being done.
    pub async fn register(
        &self,
        email: &Email,
        name: &DisplayName,
        password: &NewPassword,
    ) -> Result<SignedInAccount, AccountError> {
        self.create(email, name, password, AccountFlags::default())
            .await
            .map(SignedInAccount)
    }

    /// Opens an account as an operator.
    ///
    /// # Errors
    /// [`AccountError::EmailTaken`], or what kept it from being done.
    pub async fn create(
        &self,
        email: &Email,
        name: &DisplayName,
        password: &NewPassword,
        standing: AccountFlags,
    ) -> Result<AccountRow, AccountError> {
        let password_hash = self.passwords.hash(password).await?;
        let created_at = self.clock.now();
        let row = AccountRow {
            id: AccountId::new(created_at),
            external_id: None,
            email: email.as_str().to_owned(),
            name: name.as_str().to_owned(),
            is_active: standing.is_active,
            is_admin: standing.is_admin,
            created_at,
            last_login_at: None,
        };
        let new = NewAccount {
            id: row.id,
            email: &row.email,
            email_key: email.key(),
            name: &row.name,
            password_hash: &password_hash,
            is_active: row.is_active,
            is_admin: row.is_admin,
            created_at,
        };
        self.store.insert_account(&new).await?;
        Ok(row)
    }

    /// Checks an address and a password. Unknown, wrong and inactive cost the
    /// same work and give the same answer.
    ///
    /// # Errors
    /// [`AccountError::InvalidCredentials`], or what kept it from being checked.
    pub async fn check(
        &self,
        email: &str,
        password: &str,
    ) -> Result<SignedInAccount, AccountError> {
        let found = match Email::parse(email) {
            Ok(email) => self.store.account_by_email(email.key()).await?,
            Err(_) => None,
        };
        let hash = found.as_ref().map(|(_, hash)| hash.as_str());
        let is_right = self.passwords.verify(password, hash).await?;
        match found {
            Some((row, _)) if is_right && row.is_active => Ok(SignedInAccount(row)),
            _ => Err(AccountError::InvalidCredentials),
        }
    }

    /// The account of that address, for an operator.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or where the database fails.
    pub async fn find(&self, email: &Email) -> Result<AccountRow, AccountError> {
        let found = self.store.account_by_email(email.key()).await?;
        let (row, _password_hash) = found.ok_or(AccountError::NoSuchAccount)?;
        Ok(row)
    }

    /// Returns the account of an id, such as
    /// [`SignedIn::account_id`](crate::SignedIn::account_id).
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or [`AccountError::Store`] where the database
    /// fails.
    pub async fn get(&self, id: AccountId) -> Result<AccountRow, AccountError> {
        let found = self.store.account(id).await?;
        found.ok_or(AccountError::NoSuchAccount)
    }

    /// All accounts, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self) -> Result<Vec<AccountRow>, AccountError> {
        Ok(self.store.accounts().await?)
    }

    /// Switches an account on, or off with all of its sessions. Says whether
    /// that changed anything.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or where the database fails.
    pub async fn set_active(&self, email: &Email, is_active: bool) -> Result<bool, AccountError> {
        let name = AccountName::Email(email.key());
        let changed = self.switch(name, is_active).await?;
        changed.ok_or(AccountError::NoSuchAccount)
    }

    /// Returns whether it changed anything; `None` if there is no such account.
    async fn switch(
        &self,
        name: AccountName<'_>,
        is_active: bool,
    ) -> Result<Option<bool>, AccountError> {
        let now = self.clock.now();
        let change = self.store.set_account_active(name, is_active, now).await?;
        Ok(change.map(|change| {
            self.revocations.end(change.ended, now);
            change.changed
        }))
    }
}
