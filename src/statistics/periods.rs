//! The counts of hours as those of the periods that are shown: the last hours, and the last
//! days in UTC.

use super::{Counter, HOUR, LIVE_SESSIONS};
use crate::{
    clock::Timestamp,
    store::HourlyCount,
    wire::{PeriodStatistics, Statistics},
};

const DAY: i64 = 24 * HOUR;

/// The number of hours that are shown.
const HOURS: i64 = 24;
/// The number of days that are shown.
const DAYS: i64 = 30;

/// Returns the beginning of the first period that is shown.
pub(super) fn since(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(first(now, DAY, DAYS))
}

/// Returns the statistics of the counts. The last hour and the last day are those of `now`.
pub(super) fn statistics(counts: &[HourlyCount], now: Timestamp) -> Statistics {
    Statistics {
        hours: periods(counts, now, HOUR, HOURS),
        days: periods(counts, now, DAY, DAYS),
    }
}

/// Returns the second at which the first of some periods begins.
fn first(now: Timestamp, len: i64, number: i64) -> i64 {
    let last = now.as_seconds().div_euclid(len);
    (last - number + 1) * len
}

fn periods(counts: &[HourlyCount], now: Timestamp, len: i64, number: i64) -> Vec<PeriodStatistics> {
    let first = first(now, len, number);
    let period = |n: i64| PeriodStatistics {
        from: (first + n * len).max(0).unsigned_abs(),
        ..PeriodStatistics::default()
    };
    let mut periods: Vec<_> = (0..number).map(period).collect();
    for count in counts {
        let n = (count.hour.as_seconds() - first).div_euclid(len);
        let period = usize::try_from(n).ok().and_then(|n| periods.get_mut(n));
        if let Some(period) = period {
            add(period, &count.kind, count.count.max(0).unsigned_abs());
        }
    }
    periods
}

/// Adds a count to its period. A kind of a newer version is ignored.
fn add(period: &mut PeriodStatistics, kind: &str, count: u64) {
    if kind == LIVE_SESSIONS {
        period.live_sessions = period.live_sessions.max(Some(count));
        return;
    }
    let counter = Counter::ALL.into_iter().find(|c| c.name() == kind);
    let sum = match counter {
        None => return,
        Some(Counter::SignedIn) => &mut period.sign_ins,
        Some(Counter::SignInFailed) => &mut period.failed_sign_ins,
        Some(Counter::Rotated) => &mut period.rotated,
        Some(Counter::Repeated) => &mut period.repeated,
        Some(Counter::RefreshRejected) => &mut period.rejected,
        Some(Counter::RefreshFailed) => &mut period.failed,
        Some(Counter::TokenReuse) => &mut period.token_reuse,
    };
    *sum = sum.saturating_add(count);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 28 November 2026, 13:54:53 UTC.
    const NOW: Timestamp = Timestamp::from_seconds(1_795_874_093);
    const THIS_HOUR: i64 = 1_795_870_800;
    const TODAY: i64 = 1_795_824_000;

    fn count(hour: i64, kind: &str, count: i64) -> HourlyCount {
        HourlyCount {
            hour: Timestamp::from_seconds(hour),
            kind: kind.to_owned(),
            count,
        }
    }

    #[test]
    fn periods_end_with_the_current_one() {
        let Statistics { hours, days } = statistics(&[], NOW);
        assert_eq!((hours.len(), days.len()), (24, 30));
        let seconds = |time: i64| time.unsigned_abs();
        assert_eq!(hours[23].from, seconds(THIS_HOUR));
        assert_eq!(hours[0].from, seconds(THIS_HOUR - 23 * HOUR));
        assert_eq!(days[29].from, seconds(TODAY));
        assert_eq!(days[0].from, seconds(TODAY - 29 * DAY));
        assert_eq!(since(NOW), Timestamp::from_seconds(TODAY - 29 * DAY));
        assert_eq!(hours[5].live_sessions, None);
    }

    #[test]
    fn counts_of_hours_are_summed_by_day() {
        let counts = [
            count(TODAY - 30 * DAY, "rotated", 100),
            count(TODAY - HOUR, "rotated", 7),
            count(TODAY, "rotated", 1),
            count(THIS_HOUR, "rotated", 2),
            count(THIS_HOUR, "signed_in", 3),
            count(THIS_HOUR, "of a newer version", 4),
            count(THIS_HOUR + HOUR, "rotated", 5),
        ];
        let Statistics { hours, days } = statistics(&counts, NOW);
        assert_eq!(hours[23].rotated, 2);
        assert_eq!(hours[23].sign_ins, 3);
        assert_eq!(hours[23 - 13].rotated, 1);
        assert_eq!(days[29].rotated, 8, "an hour ahead is on the same day");
        assert_eq!(days[28].rotated, 7);
        assert_eq!(days.iter().map(|day| day.rotated).sum::<u64>(), 15);
    }

    #[test]
    fn every_counter_is_shown() {
        let counts = Counter::ALL.map(|counter| count(THIS_HOUR, counter.name(), 1));
        let hour = &statistics(&counts, NOW).hours[23];
        let shown = [
            hour.sign_ins,
            hour.failed_sign_ins,
            hour.rotated,
            hour.repeated,
            hour.rejected,
            hour.failed,
            hour.token_reuse,
        ];
        assert_eq!(shown, [1; Counter::ALL.len()]);
    }

    #[test]
    fn live_sessions_of_a_day_are_the_most_of_its_samples() {
        let samples = [3, 9, 4].map(|sample| count(TODAY + sample * HOUR, LIVE_SESSIONS, sample));
        let Statistics { hours, days } = statistics(&samples, NOW);
        assert_eq!(days[29].live_sessions, Some(9));
        assert_eq!(days[28].live_sessions, None);
        assert_eq!(hours[23 - 13 + 4].live_sessions, Some(4));
    }
}
