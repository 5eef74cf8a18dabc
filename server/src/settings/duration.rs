//! Durations as operators write them: `90s`, `25m`, `12h`, `7d`.

use std::time::Duration;

/// Parses a duration: a whole number and one unit.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let invalid = || format!("`{text}` is not a duration; write it like 90s, 25m, 12h or 7d");
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(invalid)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(invalid()),
    };
    let number = number.parse::<u64>().map_err(|_| invalid())?;
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_with_unit_is_accepted() {
        for (text, seconds) in [
            ("90s", 90),
            ("25m", 1500),
            ("12h", 43_200),
            ("7d", 604_800),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn other_input_is_rejected_with_examples() {
        let invalid = [
            "",
            "s",
            "25",
            "25 m",
            "25min",
            "-5m",
            "+5m",
            "1.5h",
            "5M",
            "٥m",
            "5µ",
            "99999999999999999999s",
            "999999999999999999d",
        ];
        for text in invalid {
            let problem = parse(text).expect_err(text);
            assert!(
                problem.ends_with("write it like 90s, 25m, 12h or 7d"),
                "{problem}"
            );
        }
    }
}
