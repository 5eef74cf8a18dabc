//! Accounts that the application authenticates: its own user table, LDAP, OAuth.

use thiserror::Error;

use super::{AccountError, Accounts, DisplayName, Email, SignedInAccount, StoredAccount};
use crate::{
    ids::AccountId,
    store::{AccountName, ExternalProfile},
    wire::Problem,
};

/// The maximum length of an external id, in characters.
const MAX_EXTERNAL_ID_CHARS: usize = 200;

/// A user of the application, who is signed in without a password of this library.
///
/// Portcullis keeps an account row under `id`. The same `id` is the same account, so an
/// id must never be given to another person. The e-mail address and the name are only
/// for display: another account may have the same address, and a password sign-in never
/// finds an external account by it.
///
/// ```
/// # #[cfg(feature = "axum")]
/// # {
/// use portcullis::ExternalAccount;
///
/// let ada = ExternalAccount::new("users:42", "ada@example.org", "Ada Lovelace")?;
/// assert_eq!(ada.id(), "users:42");
/// # }
/// # Ok::<(), portcullis::accounts::ExternalAccountError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalAccount {
    id: String,
    email: Option<Email>,
    name: DisplayName,
}

/// The reason why an [`ExternalAccount`] is not valid; the message is for the
/// application's developer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExternalAccountError {
    /// The id is empty, longer than 200 characters, or has a control character.
    #[error("the id of an external account has 1 to 200 characters and no control characters")]
    Id,
    /// The e-mail address is not valid.
    #[error("the e-mail address of an external account is not valid: {}", .0.message())]
    Email(Problem),
    /// The name is not valid.
    #[error("the name of an external account is not valid: {}", .0.message())]
    Name(Problem),
}

impl ExternalAccount {
    /// Creates an external account. `id` must have 1 to 200 characters and no control
    /// character; it is compared byte by byte. `email` and `name` may be empty.
    ///
    /// # Errors
    /// [`ExternalAccountError`] names the value that is not valid.
    pub fn new(id: &str, email: &str, name: &str) -> Result<Self, ExternalAccountError> {
        let is_valid = (1..=MAX_EXTERNAL_ID_CHARS).contains(&id.chars().count())
            && !id.chars().any(char::is_control);
        if !is_valid {
            return Err(ExternalAccountError::Id);
        }
        let email = match Email::parse(email) {
            Ok(email) => Some(email),
            Err(Problem::Missing) => None,
            Err(problem) => return Err(ExternalAccountError::Email(problem)),
        };
        Ok(Self {
            id: id.to_owned(),
            email,
            name: DisplayName::parse(name).map_err(ExternalAccountError::Name)?,
        })
    }

    /// Returns the application's id of the account.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the e-mail address, if there is one.
    pub fn email(&self) -> Option<&Email> {
        self.email.as_ref()
    }

    /// Returns the display name; it may be empty.
    pub fn name(&self) -> &DisplayName {
        &self.name
    }

    pub(super) fn profile(&self) -> ExternalProfile<'_> {
        ExternalProfile {
            external_id: &self.id,
            email: self.email.as_ref().map_or("", Email::as_str),
            name: self.name.as_str(),
        }
    }
}

impl Accounts {
    /// Returns the account of a user whom the application has authenticated, so that
    /// a session can begin. Creates the account on the first call, and updates its
    /// e-mail address and name on later calls; if neither changed, nothing is written.
    ///
    /// # Errors
    /// [`AccountError::Inactive`] if the account was deactivated, or
    /// [`AccountError::Store`] if the database fails.
    pub async fn external(
        &self,
        account: &ExternalAccount,
    ) -> Result<SignedInAccount, AccountError> {
        let profile = account.profile();
        let found = self.store.external_account(account.id()).await?;
        let is_current = |row: &StoredAccount| {
            !row.is_active || (row.email == profile.email && row.name == profile.name)
        };
        let row = if let Some(row) = found.filter(is_current) {
            row
        } else {
            let now = self.clock.now();
            let new = AccountId::new(now);
            let row = self.store.put_external_account(&profile, new, now).await?;
            self.shown.forget([row.id]);
            row
        };
        if !row.is_active {
            return Err(AccountError::Inactive);
        }
        Ok(SignedInAccount::external(row))
    }

    /// Returns the account with an external id.
    ///
    /// # Errors
    /// [`AccountError::NoSuchExternalAccount`] if no user has signed in with this id,
    /// or [`AccountError::Store`] if the database fails.
    pub async fn find_external(&self, id: &str) -> Result<StoredAccount, AccountError> {
        let found = self.store.external_account(id).await?;
        found.ok_or(AccountError::NoSuchExternalAccount)
    }

    /// Activates an external account, or deactivates it and ends all of its sessions.
    /// Returns whether that changed anything. Runs to completion even if the caller is
    /// dropped.
    ///
    /// # Errors
    /// [`AccountError::NoSuchExternalAccount`] if no user has signed in with this id,
    /// or [`AccountError::Store`] if the database fails; if an account acts, those of
    /// [`Accounts::set_active_by_id`] too.
    pub async fn set_external_active(
        &self,
        id: &str,
        is_active: bool,
    ) -> Result<bool, AccountError> {
        let (accounts, id) = (self.clone(), id.to_owned());
        let changed = self.store.detached().run(async move {
            let name = AccountName::External(&id);
            accounts.change_active(name, is_active).await
        });
        changed.await?.ok_or(AccountError::NoSuchExternalAccount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_values_are_accepted() {
        let long = "é".repeat(200);
        for id in ["users:42", "42", "cn=Ada Lovelace,dc=example", &long] {
            let account = ExternalAccount::new(id, " Ada@Example.org ", " Ada ").expect("valid");
            assert_eq!(account.id(), id);
            assert_eq!(account.email().map(Email::as_str), Some("Ada@Example.org"));
            assert_eq!(account.name().as_str(), "Ada");
        }
        let bare = ExternalAccount::new("42", "", "").expect("valid");
        assert_eq!((bare.email(), bare.name().as_str()), (None, ""));
    }

    #[test]
    fn invalid_values_are_rejected_by_field() {
        use ExternalAccountError as Error;
        let long = "é".repeat(201);
        for id in ["", "a\nb", "a\0", "\u{85}", &long] {
            assert_eq!(ExternalAccount::new(id, "", ""), Err(Error::Id), "{id:?}");
        }
        let email = ExternalAccount::new("42", "ada", "").err();
        assert_eq!(email, Some(Error::Email(Problem::InvalidEmail)));
        let name = ExternalAccount::new("42", "", "a\nb").err();
        assert_eq!(name, Some(Error::Name(Problem::Invalid)));
    }
}
