//! Whether users have passwords of this library, and whether visitors can register.

use std::sync::Once;

use super::Portcullis;
use crate::accounts::Registration;

impl Portcullis {
    /// Returns whether users can register and sign in with a password of this library.
    pub(crate) fn has_passwords(&self) -> bool {
        self.0.has_passwords
    }

    /// Returns whether visitors can register.
    pub(crate) fn can_register(&self) -> bool {
        self.has_passwords() && self.0.registration == Registration::Open
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
