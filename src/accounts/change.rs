//! Changing the password of an account, by its owner.

use super::{AccountError, Accounts, NewPassword, StoredAccount};
use crate::{ids::AccountId, store::PasswordHash};

/// A change of password that may be carried out, because the current password was right.
/// Only [`Accounts::check_change`] creates it; [`Sessions::change_password`] carries it out.
///
/// [`Sessions::change_password`]: crate::sessions::Sessions::change_password
#[derive(Clone, Debug)]
pub struct PasswordChange {
    row: StoredAccount,
    verified: PasswordHash,
    new: PasswordHash,
}

impl PasswordChange {
    /// Returns the account row.
    pub fn row(&self) -> &StoredAccount {
        &self.row
    }

    /// Returns the hash with which the current password was verified.
    pub(crate) fn verified(&self) -> &PasswordHash {
        &self.verified
    }

    /// Returns the hash of the new password.
    pub(crate) fn new_hash(&self) -> &PasswordHash {
        &self.new
    }
}

impl Accounts {
    /// Verifies the current password of an account and hashes a new one. Nothing is
    /// written.
    ///
    /// # Errors
    /// [`AccountError::InvalidCredentials`] if the current password is wrong or the account
    /// is not active, [`AccountError::NoPassword`] for an external account,
    /// [`AccountError::SamePassword`] if the new password is the current one,
    /// [`AccountError::PersonalPassword`] if it is made of words about the account or the site,
    /// [`AccountError::Password`] if a password could not be checked or hashed, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn check_change(
        &self,
        account: AccountId,
        current: &str,
        new: &NewPassword,
    ) -> Result<PasswordChange, AccountError> {
        let place = self.passwords.reserve(self.client)?;
        let found = self.store.account_with_password(account).await?;
        let (row, hash) = found.ok_or(AccountError::InvalidCredentials)?;
        let verified = hash.ok_or(AccountError::NoPassword)?;
        let checked = self
            .passwords
            .verify(place, current, Some(&verified), false);
        if !checked.await?.is_right || !row.is_active {
            return Err(AccountError::InvalidCredentials);
        }
        if new.is(current) {
            return Err(AccountError::SamePassword);
        }
        self.check_context(new, &row.email, &row.name)?;
        let place = self.passwords.reserve(self.client)?;
        let new = self.passwords.hash(place, new).await?;
        Ok(PasswordChange { row, verified, new })
    }
}
