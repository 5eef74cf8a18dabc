//! E-mail addresses of accounts.

use icu_casemap::CaseMapper;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};
use unicode_normalization::UnicodeNormalization;

use crate::wire::Problem;

/// An e-mail address: the string as entered, and the normalised key by which
/// addresses are compared.
///
/// Only what protects accounts is checked. Whether the address receives mail can only
/// be found by sending one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    entered: String,
    key: String,
    /// The key that the address had before version 0.1.0 folded the case; `None` if it is the
    /// same.
    former_key: Option<String>,
}

/// The maximum length of an address, in bytes: RFC 5321, section 4.5.3.1.3.
pub(crate) const MAX_EMAIL_LEN: usize = 254;

impl Email {
    /// Parses an address. White space around it is trimmed.
    ///
    /// # Errors
    /// [`Problem::Missing`] if it is empty, [`Problem::TooLong`] if it is longer than
    /// 254 bytes, and [`Problem::InvalidEmail`] if it is not an address.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let entered = text.trim();
        if entered.is_empty() {
            return Err(Problem::Missing);
        }
        if entered.len() > MAX_EMAIL_LEN {
            return Err(Problem::TooLong);
        }
        let key = folded(entered);
        if key.len() > MAX_EMAIL_LEN {
            return Err(Problem::TooLong);
        }
        let (local, domain) = key.rsplit_once('@').ok_or(Problem::InvalidEmail)?;
        let is_valid = !local.is_empty()
            && !local.contains('@')
            && !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && key.chars().all(is_visible);
        if !is_valid {
            return Err(Problem::InvalidEmail);
        }
        Ok(Self {
            entered: entered.to_owned(),
            former_key: Some(former_key(entered)).filter(|former| *former != key),
            key,
        })
    }

    /// Returns the address as entered, without white space around it.
    pub fn as_str(&self) -> &str {
        &self.entered
    }

    /// Returns the normalised key by which addresses are compared.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the key under which an older version stored the address, if it differs.
    pub(super) fn former_key(&self) -> Option<&str> {
        self.former_key.as_deref()
    }
}

/// Folds the case and the compatibility characters of an address: the compatibility caseless
/// match of Unicode (section 3.13, D146). It turns full-width letters and ligatures into plain
/// letters, `ß` into `ss`, and both forms of the small sigma into one, so that no second account
/// gets an address that looks the same.
fn folded(address: &str) -> String {
    let mapper = CaseMapper::new();
    let decomposed: String = address.nfd().collect();
    let once: String = mapper.fold_string(&decomposed).nfkd().collect();
    mapper.fold_string(&once).nfkc().collect()
}

/// Returns the key of an address by the rule of older versions.
fn former_key(address: &str) -> String {
    address.nfkc().collect::<String>().to_lowercase()
}

/// Returns whether a character is visible. Zero-width and direction marks would make
/// two addresses look alike; no address has white space or control characters.
pub(super) fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !is_format(c) && !c.is_control()
}

/// Returns whether a character has no shape of its own: Unicode's general category Cf, and the
/// characters that are not rendered unless a font supports them.
pub(super) fn is_format(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::Format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalike_addresses_have_the_same_key() {
        let key = |text| Email::parse(text).map(|email| email.key);
        let plain = Ok("admin@example.org".to_owned());
        for text in [
            "admin@example.org",
            " Admin@Example.ORG ",
            "ａｄｍｉｎ@example.org",
            "admin@Ｅxample.org",
        ] {
            assert_eq!(key(text), plain, "{text}");
        }
        // The composed form of the second exists only in lower case.
        assert_eq!(key("\u{1f0}@example.org"), key("J\u{30c}@example.org"));
        for (text, same) in [
            ("straße@example.org", "STRASSE@example.org"),
            ("stra\u{1e9e}e@example.org", "strasse@example.org"),
            (
                "\u{3a3}\u{3bf}\u{3c6}\u{3cc}\u{3c2}@example.org",
                "\u{3c3}\u{3bf}\u{3c6}\u{3cc}\u{3c3}@example.org",
            ),
            ("\u{fb01}nn@example.org", "finn@example.org"),
            ("re\u{301}my@example.org", "R\u{c9}MY@example.org"),
            ("\u{212a}arl@example.org", "karl@example.org"),
            ("\u{13a0}@example.org", "\u{ab70}@example.org"),
        ] {
            assert_eq!(key(text), key(same), "{text}");
        }
        assert_ne!(
            key("adm\u{131}n@example.org"),
            plain,
            "a dotless i is another letter"
        );
        assert_ne!(
            key("ADM\u{130}N@example.org"),
            plain,
            "a dotted capital is another letter"
        );
    }

    #[test]
    fn invalid_addresses_are_rejected() {
        let cases = [
            ("", Problem::Missing),
            ("  ", Problem::Missing),
            ("name", Problem::InvalidEmail),
            ("@example.org", Problem::InvalidEmail),
            ("name@", Problem::InvalidEmail),
            ("a@b@example.org", Problem::InvalidEmail),
            ("a b@example.org", Problem::InvalidEmail),
            ("ad\u{200b}min@example.org", Problem::InvalidEmail),
            ("adm\u{1d173}in@example.org", Problem::InvalidEmail),
            ("ad\u{1bca0}min@example.org", Problem::InvalidEmail),
            ("ad\u{115f}min@example.org", Problem::InvalidEmail),
            ("admin\u{fe0f}@example.org", Problem::InvalidEmail),
            ("admin\u{e0041}@example.org", Problem::InvalidEmail),
            ("a\r\nb@example.org", Problem::InvalidEmail),
            ("a@.example.org", Problem::InvalidEmail),
        ];
        for (text, problem) in cases {
            assert_eq!(Email::parse(text), Err(problem), "{text:?}");
        }
        let long = format!("{}@example.org", "a".repeat(MAX_EMAIL_LEN));
        assert_eq!(Email::parse(&long), Err(Problem::TooLong));
    }

    /// A key must have no other key, or an account could not be found by its address.
    #[test]
    fn key_of_a_key_is_the_same() {
        // Without the syllables and ideographs, which have no case.
        let letters = ('\0'..'\u{3400}').chain('\u{a640}'..'\u{ac00}');
        let letters = letters.chain('\u{f900}'..'\u{10000}');
        let letters = letters
            .chain('\u{10400}'..'\u{10600}')
            .chain('\u{1d400}'..'\u{1d800}');
        for c in letters.filter(|c| is_visible(*c) && *c != '@') {
            let Ok(email) = Email::parse(&format!("{c}x{c}@example.org")) else {
                continue;
            };
            let again = Email::parse(email.key()).expect("a valid address");
            assert_eq!(again.key(), email.key(), "{c:?}");
            let former = Email::parse(&former_key(email.as_str()));
            assert_eq!(former.expect("valid").key(), email.key(), "{c:?}");
        }
    }

    #[test]
    fn key_of_an_older_version_is_known_if_it_differs() {
        let former = |text| {
            let email = Email::parse(text).expect("an address");
            email.former_key().map(str::to_owned)
        };
        for text in [
            "Ada@example.org",
            "ａｄａ@example.org",
            "r\u{e9}my@example.org",
        ] {
            assert_eq!(former(text), None, "{text}");
        }
        let address = "straße@example.org".to_owned();
        assert_eq!(former("Straße@example.org"), Some(address));
        // The older rule did not compose the letter again.
        let decomposed = "j\u{30c}@example.org".to_owned();
        assert_eq!(former("J\u{30c}@example.org"), Some(decomposed));
    }
}
