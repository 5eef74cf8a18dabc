//! A point in time: in UTC on the server, and in the user's language and time zone once the
//! page is hydrated.

use leptos::prelude::*;
use portcullis::leptos::use_session;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Renders a time in seconds since the Unix epoch.
#[component]
pub(crate) fn Moment(seconds: u64) -> impl IntoView {
    let session = use_session();
    let utc = Utc::at(seconds);
    let iso = utc.iso();
    let text = Signal::derive(move || {
        let local = session.is_hydrated().then(|| local(seconds)).flatten();
        local.unwrap_or_else(|| utc.words())
    });
    view! { <time datetime=iso>{text}</time> }.into_any()
}

/// Returns the date of a time in UTC: `28 Nov 2026`.
pub(crate) fn utc_date(seconds: u64) -> String {
    Utc::at(seconds).date()
}

/// Returns the date and the hour of a time in UTC: `28 Nov 2026, 13:00`.
pub(crate) fn utc_hour(seconds: u64) -> String {
    let utc = Utc::at(seconds);
    format!("{}, {:02}:00", utc.date(), utc.second / 3_600)
}

/// Returns a time in the language and time zone of the browser.
fn local(seconds: u64) -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        let _ = seconds;
        None
    }
    #[cfg(not(feature = "ssr"))]
    {
        use js_sys::{Date, Function, Object, Reflect};
        use leptos::wasm_bindgen::{JsCast, JsValue};

        #[expect(clippy::cast_precision_loss)]
        let milliseconds = seconds as f64 * 1_000.0;
        let date = Date::new(&JsValue::from_f64(milliseconds));
        let style = Object::new();
        for (name, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
            Reflect::set(&style, &name.into(), &value.into()).ok()?;
        }
        // Not `Date::to_locale_string`, which requires the name of a language.
        let format = Reflect::get(&date, &"toLocaleString".into()).ok()?;
        let format: Function = format.dyn_into().ok()?;
        let text = format.call2(&date, &JsValue::UNDEFINED, &style).ok()?;
        text.as_string()
    }
}

/// A date of the Gregorian calendar with a time of day, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Utc {
    year: u64,
    month: u64,
    day: u64,
    second: u64,
}

impl Utc {
    /// Converts a time in seconds since the Unix epoch, by the algorithm `civil_from_days`
    /// of Howard Hinnant, for years that begin in March.
    fn at(seconds: u64) -> Self {
        // Days since 1 March of the year 0.
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months_since_march = (5 * day_of_year + 2) / 153;
        let month = (months_since_march + 2) % 12 + 1;
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * months_since_march + 2) / 5 + 1,
            second: seconds % 86_400,
        }
    }

    /// Returns the time as ISO 8601: `2026-11-28T13:54:53Z`.
    fn iso(self) -> String {
        let Self {
            year,
            month,
            day,
            second,
        } = self;
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        let second = second % 60;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// Returns the time in words: `28 Nov 2026, 13:54 UTC`.
    fn words(self) -> String {
        let (hour, minute) = (self.second / 3_600, self.second / 60 % 60);
        format!("{}, {hour:02}:{minute:02} UTC", self.date())
    }

    fn date(self) -> String {
        let month = usize::try_from(self.month - 1).ok();
        let month = month.and_then(|month| MONTHS.get(month)).unwrap_or(&"");
        format!("{} {month} {}", self.day, self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_of_the_calendar() {
        for (seconds, iso, words) in [
            (0, "1970-01-01T00:00:00Z", "1 Jan 1970, 00:00 UTC"),
            (
                951_782_400,
                "2000-02-29T00:00:00Z",
                "29 Feb 2000, 00:00 UTC",
            ),
            (951_868_800, "2000-03-01T00:00:00Z", "1 Mar 2000, 00:00 UTC"),
            (
                1_735_689_599,
                "2024-12-31T23:59:59Z",
                "31 Dec 2024, 23:59 UTC",
            ),
            (
                1_795_874_093,
                "2026-11-28T13:54:53Z",
                "28 Nov 2026, 13:54 UTC",
            ),
            (
                4_107_542_400,
                "2100-03-01T00:00:00Z",
                "1 Mar 2100, 00:00 UTC",
            ),
        ] {
            let time = Utc::at(seconds);
            assert_eq!((time.iso().as_str(), time.words().as_str()), (iso, words));
            assert_eq!(utc_date(seconds), words.split(',').next().unwrap_or(""));
            assert!(words.starts_with(utc_hour(seconds).trim_end_matches(":00")));
        }
    }
}
