//! E-mail addresses, as they name accounts.

use unicode_normalization::UnicodeNormalization;

use crate::wire::Problem;

/// An e-mail address: what was entered, and the form in which two are compared.
///
/// No more is checked than protects the accounts. Whether mail arrives, only
/// mail can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    entered: String,
    key: String,
}

/// The longest address, in bytes: RFC 5321, section 4.5.3.1.3.
const MAX_EMAIL_LEN: usize = 254;

impl Email {
    /// Reads an address; white space around it is dropped.
    ///
    /// # Errors
    /// What is wrong with it, for the form.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let entered = text.trim();
        if entered.is_empty() {
            return Err(Problem::Missing);
        }
        // NFKC makes full-width letters and ligatures into plain ones, so that
        // no account is opened beside one that looks the same.
        let key: String = entered.nfkc().collect::<String>().to_lowercase();
        if entered.len() > MAX_EMAIL_LEN || key.len() > MAX_EMAIL_LEN {
            return Err(Problem::TooLong);
        }
        let (local, domain) = key.rsplit_once('@').ok_or(Problem::InvalidEmail)?;
        let is_sound = !local.is_empty()
            && !local.contains('@')
            && !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && key.chars().all(is_visible);
        if !is_sound {
            return Err(Problem::InvalidEmail);
        }
        Ok(Self {
            entered: entered.to_owned(),
            key,
        })
    }

    /// As it was entered.
    pub fn as_str(&self) -> &str {
        &self.entered
    }

    /// The form in which two addresses are compared.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Whether a character shows. Zero-width and direction marks would make two
/// addresses look alike; white space and controls are in no address.
pub(super) fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !is_format(c) && !c.is_control()
}

/// Marks without a shape of their own: Unicode's general category Cf, and the
/// fillers and selectors that are ignored when a text is shown.
pub(super) const fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_look_alike_are_one() {
        let key = |text| Email::parse(text).map(|email| email.key);
        let plain = Ok("admin@example.org".to_owned());
        for text in [
            "admin@example.org",
            " Admin@Example.ORG ",
            "ａｄｍｉｎ@example.org",
        ] {
            assert_eq!(key(text), plain, "{text}");
        }
        assert_ne!(
            key("adm\u{131}n@example.org"),
            plain,
            "a dotless i is another letter"
        );
        assert_ne!(
            key("ADM\u{130}N@example.org"),
            plain,
            "so is a dotted capital"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let cases = [
            ("", Problem::Missing),
            ("  ", Problem::Missing),
            ("name", Problem::InvalidEmail),
            ("@example.org", Problem::InvalidEmail),
            ("name@", Problem::InvalidEmail),
            ("a@b@example.org", Problem::InvalidEmail),
            ("a b@example.org", Problem::InvalidEmail),
            ("ad\u{200b}min@example.org", Problem::InvalidEmail),
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
