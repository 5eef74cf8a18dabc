//! Authenticating by e-mail address and password.

use super::{AccountError, Accounts, Email, SignedInAccount};
use crate::{ids::AccountId, store::PasswordHash};

impl Accounts {
    /// Authenticates by e-mail address and password. An unknown address, a wrong
    /// password and an inactive account cost the same work and return the same error. It does
    /// not limit attempts, as [`Caller::sign_in`](crate::http::Caller::sign_in) does.
    ///
    /// # Errors
    /// [`AccountError::InvalidCredentials`] in these three cases,
    /// [`AccountError::Password`] if the password could not be checked, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn check(
        &self,
        email: &str,
        password: &str,
    ) -> Result<SignedInAccount, AccountError> {
        let checked = self.check_or_name(email, password).await?;
        checked.map_err(|_account| AccountError::InvalidCredentials)
    }

    /// Authenticates as [`Accounts::check`] does. If that fails, returns the account with this
    /// e-mail address, if there is one, for the audit trail.
    pub(crate) async fn check_or_name(
        &self,
        email: &str,
        password: &str,
    ) -> Result<Result<SignedInAccount, Option<AccountId>>, AccountError> {
        // Before the database is read.
        let place = self.passwords.reserve(self.client)?;
        let found = match Email::parse(email) {
            Ok(email) => self.find_with_hash(&email).await?,
            Err(_) => None,
        };
        let hash = found.as_ref().map(|(_, hash)| hash);
        // The response to a right password of an inactive account must not take longer.
        let may_rehash = found.as_ref().is_some_and(|(row, _)| row.is_active);
        let verified = self.passwords.verify(place, password, hash, may_rehash);
        let verified = verified.await?;
        match found {
            Some((row, hash)) if verified.is_right && row.is_active => {
                let hash = self.upgrade(row.id, hash, verified.rehashed).await;
                Ok(Ok(SignedInAccount::with_password(row, hash)))
            }
            found => Ok(Err(found.map(|(row, _)| row.id))),
        }
    }

    /// Stores a new hash of the same password, whose parameters are those of today. Returns
    /// the hash that the account has then.
    async fn upgrade(
        &self,
        account: AccountId,
        hash: PasswordHash,
        rehashed: Option<PasswordHash>,
    ) -> PasswordHash {
        let Some(rehashed) = rehashed else {
            return hash;
        };
        match self.store.upgrade_hash(account, &hash, &rehashed).await {
            Ok(true) => rehashed,
            // Changed in the meantime: then no session begins with the former one.
            Ok(false) => hash,
            Err(error) => {
                tracing::warn!(%error, "the hash of a password could not be upgraded");
                hash
            }
        }
    }
}
