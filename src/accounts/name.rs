//! The name to greet by.

use super::email::is_format;
use crate::wire::Problem;

/// A name to greet by; it may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisplayName(String);

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 100;

impl DisplayName {
    /// Reads a name; white space around it is dropped.
    ///
    /// # Errors
    /// What is wrong with it, for the form.
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

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Format marks that can turn the text around them. Joiners stay: scripts and
/// emoji need them.
const fn is_direction(c: char) -> bool {
    is_format(c) && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_pass() {
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
    fn what_could_deceive_is_refused() {
        assert_eq!(DisplayName::parse("a\u{202e}b"), Err(Problem::Invalid));
        assert_eq!(DisplayName::parse("a\r\nb"), Err(Problem::Invalid));
        assert_eq!(DisplayName::parse(&"é".repeat(101)), Err(Problem::TooLong));
    }
}
