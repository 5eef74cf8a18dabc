//! Passwords as users choose and enter them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use crate::wire::Problem;

/// NIST SP 800-63B-4, section 3.1.1.2: at least 15 characters where the
/// password is the only factor.
const MIN_PASSWORD_CHARS: usize = 15;
/// The maximum length of a password, in characters.
const MAX_PASSWORD_CHARS: usize = 1000;
/// The maximum length of a password, in bytes: four for each character.
pub(super) const MAX_PASSWORD_LEN: usize = 4 * MAX_PASSWORD_CHARS;

/// A validated new password: its length is checked, and it is normalised to NFC, so
/// that a letter with an accent is the same however a keyboard composes it (NIST SP
/// 800-63B-4, section 3.1.1.2). It is never truncated.
#[derive(Clone)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Validates a password. Every character is allowed, and there are no composition
    /// rules.
    ///
    /// # Errors
    /// [`Problem::Missing`] if it is empty, [`Problem::PasswordTooShort`] if it has
    /// fewer than 15 characters, and [`Problem::PasswordTooLong`] if it has more than
    /// 1000.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::Missing);
        }
        if text.len() > MAX_PASSWORD_LEN {
            return Err(Problem::PasswordTooLong);
        }
        let normal = normalize(text);
        match normal.expose_secret().chars().count() {
            ..MIN_PASSWORD_CHARS => Err(Problem::PasswordTooShort),
            MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS => Ok(Self(normal)),
            _ => Err(Problem::PasswordTooLong),
        }
    }

    /// Returns the password, to hash it.
    pub(super) fn secret(&self) -> &SecretString {
        &self.0
    }

    /// Returns whether `entered` is the same password.
    pub(super) fn is(&self, entered: &str) -> bool {
        // A longer string is none, and need not be normalised.
        entered.len() <= MAX_PASSWORD_LEN
            && self.0.expose_secret() == normalize(entered).expose_secret()
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword")
    }
}

/// Normalises a password to NFC.
pub(super) fn normalize(text: &str) -> SecretString {
    text.nfc().collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> NewPassword {
        NewPassword::parse(text).expect("a valid password")
    }

    #[test]
    fn new_password_length_is_checked() {
        let cases = [
            ("", Some(Problem::Missing)),
            ("14 characters!", Some(Problem::PasswordTooShort)),
            ("15 characters!!", None),
            ("aaaaaaaaaaaaaaa", None),
            ("ééééééééééééééé", None),
        ];
        for (text, problem) in cases {
            assert_eq!(NewPassword::parse(text).err(), problem, "{text}");
        }
        assert!(NewPassword::parse(&"👩".repeat(1000)).is_ok());
        let long = NewPassword::parse(&"a".repeat(1001));
        assert_eq!(long.err(), Some(Problem::PasswordTooLong));
        assert_eq!(format!("{:?}", password("a secret of mine")), "NewPassword");
    }
}
