//! Statistics for administrators: how often users signed in and refreshed, and how many
//! sessions there are, for each hour.
//!
//! A refresh adds no row to the database. So each process counts in memory, and a background
//! task adds the counts to those of the hour once a minute. The table is bounded: it has one
//! row for each hour and kind, for [`RETENTION`].

mod counters;
mod periods;
mod service;

pub(crate) use counters::{Counter, Counters};
pub(crate) use service::StatisticsService;

use std::time::Duration;

use crate::clock::Timestamp;

/// How long counts are kept: more than the month that is shown.
pub(crate) const RETENTION: Duration = Duration::from_secs(35 * 24 * 60 * 60);

/// The name of the samples of the number of live sessions.
pub(crate) const LIVE_SESSIONS: &str = "live_sessions";

const HOUR: i64 = 60 * 60;

/// Returns when the hour of a time begins.
fn hour_of(time: Timestamp) -> Timestamp {
    Timestamp::from_seconds(time.as_seconds().div_euclid(HOUR) * HOUR)
}
