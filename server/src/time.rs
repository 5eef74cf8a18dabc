//! Times for terminal output.

use portcullis::clock::Timestamp;

/// Returns the date and the time of day in UTC: `2026-03-01 09:30 UTC`. A time beyond
/// the range of the calendar is shown in seconds since 1970.
pub(crate) fn show(time: Timestamp) -> String {
    let seconds = time.as_seconds();
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_dates() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (-60, "1969-12-31 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_772_357_400, "2026-03-01 09:30 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
            (1 << 40, "1099511627776 s"),
        ] {
            assert_eq!(show(Timestamp::from_seconds(seconds)), text, "{seconds}");
        }
    }
}
