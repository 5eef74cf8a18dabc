//! Invitations to register. Times are seconds since the Unix epoch.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The parameter of the registration page, and the field of its form, with the token of an
/// invitation.
pub const INVITATION_PARAMETER: &str = "invitation";

/// The invitations that can still be used, newest first: the response of `GET` to
/// [`paths::ADMIN_INVITATIONS`](super::paths::ADMIN_INVITATIONS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InvitationList {
    /// At most 1,000 invitations.
    pub invitations: Vec<ListedInvitation>,
}

/// An invitation, as shown to an administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedInvitation {
    /// The invitation's id, a UUID.
    pub id: String,
    /// The e-mail address that may register.
    pub email: String,
    /// When it was created.
    pub created_at: u64,
    /// When it expires.
    pub expires_at: u64,
    /// The e-mail address of the administrator who created it; empty for an operator.
    pub created_by: String,
}

/// A new invitation: the response of `POST` to
/// [`paths::ADMIN_INVITATIONS`](super::paths::ADMIN_INVITATIONS). `Debug` does not show the
/// token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreatedInvitation {
    /// A message.
    pub detail: String,
    /// The token of the link, such as `/register?invitation=…`. It is not shown again.
    pub token: String,
    /// The e-mail address that may register.
    pub email: String,
    /// When the invitation expires.
    pub expires_at: u64,
}

impl fmt::Debug for CreatedInvitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CreatedInvitation")
    }
}

/// The user who may register by an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invited {
    /// The e-mail address.
    pub email: String,
}

#[cfg(feature = "axum")]
impl Invited {
    pub(crate) fn new(email: String) -> Self {
        Self { email }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_token() {
        let created = CreatedInvitation {
            detail: String::new(),
            token: "open sesame".to_owned(),
            email: String::new(),
            expires_at: 0,
        };
        assert_eq!(format!("{created:?}"), "CreatedInvitation");
    }
}
