//! Passwords as users choose and enter them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use super::{
    DisplayName, Email,
    blocklist::{is_predictable, words_of},
};
use crate::{origin::PublicOrigin, wire::Problem};

/// NIST SP 800-63B-4, section 3.1.1.2: at least 15 characters where the
/// password is the only factor.
const MIN_PASSWORD_CHARS: usize = 15;
/// The maximum length of a password, in characters.
const MAX_PASSWORD_CHARS: usize = 1000;
/// The maximum length of a password, in bytes: four for each character.
pub(super) const MAX_PASSWORD_LEN: usize = 4 * MAX_PASSWORD_CHARS;

/// A validated new password: its length is checked, it is not a common one, and it is
/// normalised to NFC, so
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
    /// fewer than 15 characters, [`Problem::PasswordTooLong`] if it has more than 1000, and
    /// [`Problem::PasswordCommon`] if it is a common one, or made of common ones, repetitions
    /// and sequences.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::Missing);
        }
        if text.len() > MAX_PASSWORD_LEN {
            return Err(Problem::PasswordTooLong);
        }
        let normal = normalize(text);
        match normal.expose_secret().chars().count() {
            ..MIN_PASSWORD_CHARS => return Err(Problem::PasswordTooShort),
            MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS => {}
            _ => return Err(Problem::PasswordTooLong),
        }
        if is_predictable(normal.expose_secret(), &[]) {
            return Err(Problem::PasswordCommon);
        }
        Ok(Self(normal))
    }

    /// Checks that the password is not made of the words of its context.
    ///
    /// # Errors
    /// [`Problem::PasswordPersonal`] if it is.
    pub fn check(&self, context: &PasswordContext) -> Result<(), Problem> {
        if is_predictable(self.0.expose_secret(), &context.0) {
            return Err(Problem::PasswordPersonal);
        }
        Ok(())
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

/// The words that a password must not be made of: those of the site and of its account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordContext(Vec<String>);

impl PasswordContext {
    /// Returns the words of a site: the parts of its host, and the name of this library.
    pub fn of_site(origin: &PublicOrigin) -> Self {
        let origin = origin.as_str();
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let mut words = words_of(host);
        words.push("portcullis".to_owned());
        Self(words)
    }

    /// Adds the words of an e-mail address.
    #[must_use]
    pub fn with_email(self, email: &Email) -> Self {
        self.with(email.key())
    }

    /// Adds the words of a display name.
    #[must_use]
    pub fn with_name(self, name: &DisplayName) -> Self {
        self.with(name.as_str())
    }

    pub(super) fn with(mut self, text: &str) -> Self {
        self.0.extend(words_of(text));
        self
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
            ("aaaaaaaaaaaaaaa", Some(Problem::PasswordCommon)),
            ("étés à la mer !", None),
        ];
        for (text, problem) in cases {
            assert_eq!(NewPassword::parse(text).err(), problem, "{text}");
        }
        assert!(NewPassword::parse(&"👩 à vélo ".repeat(111)).is_ok());
        let long = NewPassword::parse(&"a".repeat(1001));
        assert_eq!(long.err(), Some(Problem::PasswordTooLong));
        assert_eq!(format!("{:?}", password("a secret of mine")), "NewPassword");
    }

    #[test]
    fn password_of_its_context_is_rejected() {
        let origin = PublicOrigin::parse("https://app.example.org").expect("an origin");
        let email = Email::parse("Grace.Hopper@navy.example").expect("an address");
        let name = DisplayName::parse("Grace Brewster Murray").expect("a name");
        let site = PasswordContext::of_site(&origin);
        let account = site.clone().with_email(&email).with_name(&name);
        for text in [
            "grace.hopper@navy.example",
            "MurrayBrewster!",
            "grace-hopper-1906",
        ] {
            let password = password(text);
            assert_eq!(
                password.check(&account),
                Err(Problem::PasswordPersonal),
                "{text}"
            );
            assert_eq!(password.check(&site), Ok(()), "{text}");
        }
        for text in ["portcullis-2027", "app.example.org!"] {
            assert_eq!(
                password(text).check(&site),
                Err(Problem::PasswordPersonal),
                "{text}"
            );
        }
        let unrelated = password("an engine of brass");
        assert_eq!(unrelated.check(&account), Ok(()));
    }
}
