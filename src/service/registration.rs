//! Whether users have passwords of this library, and whether visitors can register.

use std::sync::Once;

use super::Portcullis;
use crate::{accounts::Registration, wire::Code};

impl Portcullis {
    /// Returns whether users can register and sign in with a password of this library.
    pub(crate) fn has_passwords(&self) -> bool {
        self.0.has_passwords
    }

    /// Returns whether visitors can register without an invitation.
    pub(crate) fn can_register(&self) -> bool {
        self.has_passwords() && self.0.registration == Registration::Open
    }

    /// Returns whether users can register by an invitation.
    fn has_invitations(&self) -> bool {
        self.has_passwords() && self.0.registration != Registration::Closed
    }

    /// # Errors
    /// 404 `not_found` if users have no passwords of this library, 403 `registration_closed` if
    /// users cannot register by an invitation.
    pub(crate) fn require_invitations(&self) -> Result<(), Code> {
        if self.has_invitations() {
            Ok(())
        } else if self.has_passwords() {
            Err(Code::RegistrationClosed)
        } else {
            Err(Code::NotFound)
        }
    }

    /// Logs a warning, once per process, if users can register with a password of this
    /// library beside the application's own users.
    pub(crate) fn warn_if_registration_is_open(&self) {
        static WARNED: Once = Once::new();
        if self.can_register() {
            WARNED.call_once(|| {
                tracing::warn!(
                    "the application signs users in with `sign_in_as`, and everyone can also \
                     register an account of this library: call `Builder::external_accounts_only`, \
                     or close registration with `Builder::registration`, unless you want both"
                );
            });
        }
    }
}
