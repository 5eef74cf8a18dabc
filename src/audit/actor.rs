//! Who caused an event.

use std::fmt;

use crate::ids::AccountId;

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    /// The user of the account to which it happened; for a failed sign-in, a client that
    /// claims to be that user.
    Owner,
    /// The user of another account, such as an administrator.
    Account(AccountId),
    /// An operator at the command line, or the application itself.
    Operator,
    /// This program, by one of its rules.
    System,
}

impl Actor {
    /// Returns the name of the kind of actor in the database.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Account(_) => "account",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// Returns the account that acts on another one.
    pub(crate) const fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(id) => Some(id),
            Self::Owner | Self::Operator | Self::System => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => id.fmt(f),
            other => f.write_str(other.kind()),
        }
    }
}
