//! The settings of the limits on attempts, written like `10 then 1 per 5m`.

use portcullis::attempts::{Limit, Limits};

use super::{
    SettingError, Values, duration,
    table::{self, Setting},
};

/// Reads the limits.
pub(super) fn read(values: &Values) -> Result<Limits, SettingError> {
    let read = |setting: &Setting| values.parse(setting, limit);
    let mut limits = Limits::default();
    limits.address = read(&table::ADDRESS_LIMIT)?;
    limits.account = read(&table::ACCOUNT_LIMIT)?;
    limits.unknown_addresses = read(&table::UNKNOWN_ADDRESSES_LIMIT)?;
    limits.registration = read(&table::REGISTRATION_LIMIT)?;
    Ok(limits)
}

/// Parses a limit: the number at once, and the time in which one more is allowed.
fn limit(text: &str) -> Result<Limit, String> {
    let invalid = || format!("`{text}` is not a limit; write it like 10 then 1 per 5m");
    let (burst, interval) = text.split_once(" then 1 per ").ok_or_else(invalid)?;
    let is_number = burst.bytes().all(|byte| byte.is_ascii_digit());
    let burst = burst.parse().ok().filter(|_| is_number);
    let limit = Limit::new(burst.ok_or_else(invalid)?, duration::parse(interval)?);
    limit.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn limit_is_a_number_at_once_and_an_interval() {
        let parsed = limit("10 then 1 per 5m").expect("a limit");
        assert_eq!(
            (parsed.burst(), parsed.interval()),
            (10, Duration::from_secs(300))
        );
    }

    #[test]
    fn other_input_is_rejected_with_an_example() {
        for text in [
            "",
            "10",
            "10/5m",
            "-1 then 1 per 5m",
            "+1 then 1 per 5m",
            "x then 1 per 5m",
        ] {
            let problem = limit(text).expect_err(text);
            assert!(
                problem.ends_with("write it like 10 then 1 per 5m"),
                "{problem}"
            );
        }
        for text in [
            "0 then 1 per 5m",
            "10 then 1 per 0s",
            "10 then 1 per 2d",
            "1 then 1 per 5",
        ] {
            assert!(limit(text).is_err(), "{text}");
        }
    }

    /// The defaults of the program are those of the library.
    #[test]
    fn default_limits_are_those_of_the_library() {
        let environment = super::super::Environment::default();
        let values = Values::collect(environment).expect("defaults");
        assert_eq!(read(&values).expect("valid"), Limits::default());
    }
}
