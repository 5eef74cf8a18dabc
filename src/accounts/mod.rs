//! Accounts: registration, password checks, changes by an operator, and external accounts.

mod blocklist;
mod change;
mod check;
mod email;
mod external;
mod hashing;
mod invitations;
mod name;
mod one_time_token;
mod operator;
mod password;
mod register;
mod registration;

pub use change::PasswordChange;
pub use email::Email;
pub(crate) use email::MAX_EMAIL_LEN;
pub use external::{ExternalAccount, ExternalAccountError};
pub use hashing::PasswordError;
pub(crate) use hashing::{HashingMetrics, Passwords};
pub(crate) use invitations::DEFAULT_INVITATION_LIFETIME;
pub use invitations::{Invitation, NewlyInvited};
pub use name::DisplayName;
pub(crate) use one_time_token::OneTimeToken;
pub use password::{NewPassword, PasswordContext};
pub(crate) use register::PreparedAccount;
pub use registration::Registration;

pub use crate::store::StoredAccount;

use std::{fmt, sync::Arc, time::Duration};

use thiserror::Error;

use crate::{
    attempts::Network,
    audit::Actor,
    clock::Clock,
    ids::AccountId,
    revocation::RevocationView,
    sessions::ShownCache,
    store::{PasswordHash, RecentEventRow, Store, StoreError},
};

/// The accounts of an installation: creates, authenticates, changes and deletes them.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    passwords: Passwords,
    /// The words of the site, which no password may be made of.
    site: Arc<PasswordContext>,
    revocations: Arc<RevocationView>,
    /// Forgets an account whose sessions go on when what they show of it has changed.
    shown: Arc<ShownCache>,
    clock: Arc<dyn Clock>,
    /// The account that acts, if it is not that of the change.
    actor: Actor,
    /// How long an invitation can be used.
    invitation_lifetime: Duration,
    /// The network of the client for which passwords are hashed; `None` if unknown.
    client: Option<Network>,
}

/// The reason why an operation on an account failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Another account has this e-mail address. This is shown to the user who registers;
    /// it could only be hidden by sending mail.
    #[error("there is an account with this e-mail address already")]
    EmailTaken,
    /// No account has this e-mail address or id. [`Accounts::check`] never returns this.
    #[error("there is no account with this e-mail address")]
    NoSuchAccount,
    /// No account has this external id.
    #[error("there is no account with this external id")]
    NoSuchExternalAccount,
    /// The external account has been deactivated.
    #[error("the account is not active")]
    Inactive,
    /// Unknown address, wrong password, or inactive account: the caller never
    /// learns which.
    #[error("the e-mail address or the password is not right")]
    InvalidCredentials,
    /// The account is external: it has no password.
    #[error("the account is external and has no password")]
    NoPassword,
    /// An administrator may neither deactivate the own account nor remove its rights, so
    /// that the last one stays.
    #[error("an administrator cannot do this to the own account")]
    OwnAccount,
    /// Only an active administrator may deactivate another one or remove its rights.
    #[error("only an active administrator can do this to an administrator")]
    NotAdministrator,
    /// The new password is made of the words of the account or of the site.
    #[error("the password is made of the name, the e-mail address or the site")]
    PersonalPassword,
    /// The new password is the current one.
    #[error("the new password is the same as the current one")]
    SamePassword,
    /// The machine's random source failed.
    #[error("the machine has no random bits for a link")]
    NoRandomness,
    /// A password could not be hashed or checked.
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
            StoreError::OwnAccount => Self::OwnAccount,
            StoreError::NotAdministrator => Self::NotAdministrator,
            other => Self::Store(other),
        }
    }
}

/// An active account that may be signed in, because its password was right, it has just
/// been registered, or the application has authenticated its user. Only
/// [`Accounts::check`], [`Accounts::register`] and [`Accounts::external`] create it.
#[derive(Clone, Debug)]
pub struct SignedInAccount {
    row: StoredAccount,
    /// The hash with which the password was verified. A session begins only if it is still
    /// that of the account.
    password_hash: Option<PasswordHash>,
}

impl SignedInAccount {
    /// Returns the account row.
    pub fn row(&self) -> &StoredAccount {
        &self.row
    }

    pub(crate) fn password_hash(&self) -> Option<&PasswordHash> {
        self.password_hash.as_ref()
    }

    fn with_password(row: StoredAccount, hash: PasswordHash) -> Self {
        Self {
            row,
            password_hash: Some(hash),
        }
    }

    fn external(row: StoredAccount) -> Self {
        Self {
            row,
            password_hash: None,
        }
    }
}

/// The properties of a new account that an operator may set.
#[derive(Clone, Copy, Debug)]
pub struct AccountFlags {
    /// Whether it may sign in.
    pub is_active: bool,
    /// Whether it has administrator rights.
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
        site: PasswordContext,
        revocations: Arc<RevocationView>,
        shown: Arc<ShownCache>,
        clock: Arc<dyn Clock>,
        invitation_lifetime: Duration,
    ) -> Self {
        Self {
            store,
            passwords,
            site: Arc::new(site),
            revocations,
            shown,
            clock,
            actor: Actor::Operator,
            invitation_lifetime,
            client: None,
        }
    }

    /// Returns these accounts for a client, which gets only its share of the hashing.
    pub(crate) fn for_client(&self, client: Option<Network>) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }

    /// Returns the account with an e-mail address, for an operator.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`] if there is none, or [`AccountError::Store`] if
    /// the database fails.
    pub async fn find(&self, email: &Email) -> Result<StoredAccount, AccountError> {
        let found = self.find_with_hash(email).await?;
        let (row, _password_hash) = found.ok_or(AccountError::NoSuchAccount)?;
        Ok(row)
    }

    async fn find_with_hash(
        &self,
        email: &Email,
    ) -> Result<Option<(StoredAccount, PasswordHash)>, StoreError> {
        let key = self.stored_key(email).await?;
        self.store.account_by_email(key).await
    }

    /// Returns the key by which the account of an address is stored, or would be. An account of
    /// an older version keeps the key that it has, and its address is not registered again.
    async fn stored_key<'e>(&self, email: &'e Email) -> Result<&'e str, StoreError> {
        match email.former_key() {
            Some(former) if self.store.account_by_email(former).await?.is_some() => Ok(former),
            _ => Ok(email.key()),
        }
    }

    /// Returns the account with an id, such as
    /// [`SignedIn::account_id`](crate::SignedIn::account_id).
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`] if there is none, or [`AccountError::Store`] if
    /// the database fails.
    pub async fn get(&self, id: AccountId) -> Result<StoredAccount, AccountError> {
        let found = self.store.account(id).await?;
        found.ok_or(AccountError::NoSuchAccount)
    }

    /// Returns the state of the queue of passwords to hash.
    pub(crate) fn hashing(&self) -> HashingMetrics {
        self.passwords.metrics()
    }

    /// Returns the last events of an account, newest first.
    pub(crate) async fn recent_events(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<RecentEventRow>, StoreError> {
        self.store.recent_events(account, limit).await
    }

    /// Returns all accounts, oldest first.
    ///
    /// # Errors
    /// [`AccountError::Store`] if the database fails.
    pub async fn list(&self) -> Result<Vec<StoredAccount>, AccountError> {
        Ok(self.store.accounts().await?)
    }
}
