//! Dates in UTC, of the proleptic Gregorian calendar.

/// The seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Returns a time as a date and the time of day (RFC 3339). The year may have more than four
/// digits.
pub(super) fn time(seconds: i64) -> String {
    let time = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
    let date = date(seconds.div_euclid(DAY));
    format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Returns the date of a day, counted from the Unix epoch.
fn date(day: i64) -> String {
    // In cycles of 400 years that begin on 1 March:
    // https://howardhinnant.github.io/date_algorithms.html#civil_from_days
    let days = day + 719_468;
    let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + cycle * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns the seconds at which a day begins, such as `2026-11-28`; `None` if there is no such
/// day.
pub(super) fn day(text: &str) -> Option<i64> {
    let is_digit = |(n, c): (usize, u8)| matches!((n, c), (4 | 7, b'-') | (_, b'0'..=b'9'));
    if text.len() != 10 || !text.bytes().enumerate().all(is_digit) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    // https://howardhinnant.github.io/date_algorithms.html#days_from_civil
    let year = year - i64::from(month <= 2);
    let month = (month + 9) % 12;
    let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * month + 2) / 5 + day - 1;
    let day = cycle * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468;
    // A month or a day that does not exist would be another date.
    (date(day) == text).then_some(day * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_in_utc() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_772_357_405, "2026-03-01T09:30:05Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(time(seconds), expected);
            let midnight = seconds.div_euclid(DAY) * DAY;
            assert_eq!(day(&expected[..10]), Some(midnight));
        }
    }

    #[test]
    fn other_strings_are_no_days() {
        for text in [
            "",
            "2026-11-31",
            "2026-02-29",
            "2026-00-01",
            "2026-13-01",
            "2026-01-00",
            "2026-1-1",
            "2026-11-28T00:00",
            "-026-11-28",
            "2026/11/28",
            "2026-11-2\u{e9}",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
