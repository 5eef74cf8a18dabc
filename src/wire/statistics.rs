//! Statistics of an installation, as shown to an administrator.

use serde::{Deserialize, Serialize};

/// The statistics of the last day and of the last month: the response of
/// [`paths::ADMIN_STATISTICS`](super::paths::ADMIN_STATISTICS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statistics {
    /// The last 24 hours, oldest first; the last one is the current hour.
    pub hours: Vec<PeriodStatistics>,
    /// The last 30 days in UTC, oldest first; the last one is today.
    pub days: Vec<PeriodStatistics>,
}

/// What happened in an hour or on a day. The figures of other processes than the one that
/// responds may be a minute old.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodStatistics {
    /// When the period begins, in seconds since the Unix epoch.
    pub from: u64,
    /// The number of live sessions, which is counted once an hour, among the newest million
    /// sessions; the most of a day. `None` if it was not counted.
    pub live_sessions: Option<u64>,
    /// How many times users signed in.
    pub sign_ins: u64,
    /// How many sign-ins failed, because the e-mail address or the password was wrong.
    pub failed_sign_ins: u64,
    /// How many refreshes rotated their session.
    pub rotated: u64,
    /// How many refreshes returned tokens of a generation that was issued before: another tab
    /// was faster, or a response was lost.
    pub repeated: u64,
    /// How many refreshes were rejected.
    pub rejected: u64,
    /// How many refreshes could not be decided, for example because the database was not
    /// available.
    pub failed: u64,
    /// How many sessions a superseded refresh token ended.
    pub token_reuse: u64,
}
