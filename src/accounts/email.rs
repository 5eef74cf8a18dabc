//! E-mail addresses of accounts.

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
        // NFKC turns full-width letters and ligatures into plain letters, so that no
        // second account gets an address that looks the same.
        let key = entered.nfkc().collect::<String>().to_lowercase();
        // Again, because some letters have a composed form only in lower case, such as `ǰ`.
        let key: String = key.nfkc().collect();
        if entered.len() > MAX_EMAIL_LEN || key.len() > MAX_EMAIL_LEN {
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
}

/// Returns whether a character is visible. Zero-width and direction marks would make
/// two addresses look alike; no address has white space or control characters.
pub(super) fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !is_format(c) && !c.is_control()
}

/// Returns whether a character has no shape of its own: Unicode's general category
/// Cf, and the fillers and selectors that are not rendered.
pub(super) const fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
        ] {
            assert_eq!(key(text), plain, "{text}");
        }
        // The composed form of the second exists only in lower case.
        assert_eq!(key("\u{1f0}@example.org"), key("J\u{30c}@example.org"));
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
            ("a\r\nb@example.org", Problem::InvalidEmail),
            ("a@.example.org", Problem::InvalidEmail),
        ];
        for (text, problem) in cases {
            assert_eq!(Email::parse(text), Err(problem), "{text:?}");
        }
        let long = format!("{}@example.org", "a".repeat(MAX_EMAIL_LEN));
        assert_eq!(Email::parse(&long), Err(Problem::TooLong));
    }
}
