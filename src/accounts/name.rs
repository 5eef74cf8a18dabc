//! Display names of accounts.

use super::email::is_format;
use crate::wire::Problem;

/// The display name of an account; it may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayName(String);

/// The maximum length of a name, in characters.
const MAX_NAME_CHARS: usize = 100;

impl DisplayName {
    /// Parses a name. White space around it is trimmed.
    ///
    /// # Errors
    /// [`Problem::TooLong`] if it has more than 100 characters, and
    /// [`Problem::Invalid`] if it has a control character or a direction mark.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.chars().count() > MAX_NAME_CHARS {
            return Err(Problem::TooLong);
        }
        if text.chars().any(|c| c.is_control() || is_direction(c)) {
            return Err(Problem::Invalid);
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a character is a format mark that can change the direction of the
/// text around it. Joiners are allowed: scripts and emoji need them.
fn is_direction(c: char) -> bool {
    is_format(c) && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_script_are_accepted() {
        for name in [
            "",
            "Ada Lovelace",
            "Søren",
            "李小龍",
            "نور",
            "O’Brien-Smith 👩\u{200d}🔬",
        ] {
            assert_eq!(DisplayName::parse(name), Ok(DisplayName(name.into())));
        }
        assert_eq!(DisplayName::parse("  Ada "), Ok(DisplayName("Ada".into())));
    }

    #[test]
    fn deceptive_and_long_names_are_rejected() {
        assert_eq!(DisplayName::parse("a\u{202e}b"), Err(Problem::Invalid));
        assert_eq!(DisplayName::parse("a\r\nb"), Err(Problem::Invalid));
        assert_eq!(DisplayName::parse(&"é".repeat(101)), Err(Problem::TooLong));
    }
}
