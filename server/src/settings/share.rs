//! The share of the connections that one address may hold.

/// A limit: a number, or a share of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// No limit.
    Unlimited,
    /// A number of connections.
    Number(usize),
    /// A percentage of all connections, from 1 to 100.
    Percent(usize),
}

impl Share {
    /// Parses `none`, a number or a percentage.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let number = |digits: &str| {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            let number: Option<usize> = digits.parse().ok();
            number.filter(|number| is_number && *number > 0)
        };
        let share = match (text, text.strip_suffix('%')) {
            ("none", _) => Some(Self::Unlimited),
            (_, Some(percent)) => number(percent)
                .filter(|percent| *percent <= 100)
                .map(Self::Percent),
            (_, None) => number(text).map(Self::Number),
        };
        share.ok_or_else(|| {
            format!("`{text}` is not a number of connections; write it like 200, 25% or none")
        })
    }

    /// Returns how many of `all` it is, at least one; `None` without a limit.
    pub(crate) fn of(self, all: usize) -> Option<usize> {
        match self {
            Self::Unlimited => None,
            Self::Number(number) => Some(number),
            Self::Percent(percent) => Some((all.saturating_mul(percent) / 100).max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_a_number_a_percentage_or_none() {
        for (text, limit) in [
            ("none", None),
            ("1", Some(1)),
            ("200", Some(200)),
            ("25%", Some(192)),
            ("1%", Some(7)),
            ("100%", Some(768)),
        ] {
            let share = Share::parse(text).expect(text);
            assert_eq!(share.of(768), limit, "{text}");
        }
        assert_eq!(Share::Percent(1).of(10), Some(1), "never none at all");
    }

    #[test]
    fn other_values_are_rejected_with_examples() {
        for text in ["", "0", "0%", "101%", "-1", "+5", "%", "25 %", "a quarter"] {
            let problem = Share::parse(text).expect_err(text);
            assert!(problem.ends_with("like 200, 25% or none"), "{problem}");
        }
    }
}
