//! The policy: lifetimes and windows, checked against one another.

use std::time::Duration;

use thiserror::Error;

use crate::rotation::Windows;

/// Unvalidated lifetimes; [`Policy::new`] validates them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// How long an access token is valid. Default 25 minutes.
    pub access: Duration,
    /// How long a refresh token is valid from each rotation. Default 7 days.
    pub refresh: Duration,
    /// The maximum lifetime of a session, however often it is refreshed. Default
    /// 30 days.
    pub session: Duration,
    /// The lead: the browser refreshes at least this long before the access token
    /// expires. Default 5 minutes; see [`Policy::refresh_lead`].
    pub refresh_lead: Duration,
    /// The replay window W of the rotation. Default 30 seconds.
    pub replay_window: Duration,
    /// How long an ended session is kept, as evidence. Default 30 days.
    pub retention: Duration,
    /// How long an audit event is kept. Default 90 days, so that the event of a sign-in
    /// is kept longer than the row of its session.
    pub audit_retention: Duration,
    /// How long a signing key signs before the next one takes over. Default
    /// 90 days.
    pub key_age: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const DAY: u64 = 24 * 60 * MINUTE;
        Self {
            access: Duration::from_secs(25 * MINUTE),
            refresh: Duration::from_secs(7 * DAY),
            session: Duration::from_secs(30 * DAY),
            refresh_lead: Duration::from_secs(5 * MINUTE),
            replay_window: Duration::from_secs(30),
            retention: Duration::from_secs(30 * DAY),
            audit_retention: Duration::from_secs(90 * DAY),
            key_age: Duration::from_secs(90 * DAY),
        }
    }
}

/// Validated lifetimes and windows. The fields are private, so that every `Policy` has
/// been checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy(Lifetimes);

/// The reason why lifetimes contradict each other. The message is for the operator and
/// names the settings as in an application's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A lifetime is too short for the resolution of a token's times, or too long.
    #[error("{0} must be whole seconds, at least 4 s and at most 400 days")]
    OutOfRange(&'static str),
    /// The replay window is out of range. A thief can use stolen tokens undetected
    /// within it, so the access lifetime bounds it.
    #[error("replay_window must be at least 1 s and at most a quarter of access_lifetime")]
    Window,
    /// The lead would make the browser refresh without pause.
    #[error("refresh_lead must be at most half of access_lifetime")]
    Lead,
    /// A refresh token that expires before the access token is useless.
    #[error("refresh_lifetime must be longer than access_lifetime")]
    RefreshBelowAccess,
    /// The session would expire before its first refresh token.
    #[error("session_lifetime must be at least refresh_lifetime")]
    SessionBelowRefresh,
    /// On start-up a process could not read all ended sessions whose access tokens have
    /// not expired.
    #[error("retention must be at least 25 s longer than access_lifetime")]
    RetentionBelowAccess,
    /// The audit events of a session would be removed before the session.
    #[error("audit_retention must be at least retention")]
    AuditBelowRetention,
    /// A key verifies until its last refresh token has expired: with an age far below
    /// the refresh lifetime, the number of keys would grow.
    #[error("key_age must be between 1 h and 400 days and at least an eighth of refresh_lifetime")]
    KeyAge,
}

/// The access lifetime up to which the lead is a fifth of it instead of the setting.
const MAX_SHORT_ACCESS: Duration = Duration::from_secs(10 * 60);

/// The maximum difference between the clocks of two servers.
pub(crate) const MAX_CLOCK_SKEW: Duration = Duration::from_secs(10);

/// The maximum delay of a commit. A row stores the time at which its writer read the
/// clock, before the writer waited for the database. The row is committed within this
/// delay or never; but on `PostgreSQL` a commit may wait for a synchronous standby for
/// longer.
pub(crate) const MAX_COMMIT_DELAY: Duration = Duration::from_secs(15);

/// How much later than its `ended_at` an ended session may become readable.
pub(crate) const MAX_FEED_DELAY: Duration =
    Duration::from_secs(MAX_CLOCK_SKEW.as_secs() + MAX_COMMIT_DELAY.as_secs());

impl Policy {
    /// Validates lifetimes.
    ///
    /// # Errors
    /// [`PolicyError`] with the first broken rule.
    pub fn new(lifetimes: Lifetimes) -> Result<Self, PolicyError> {
        let Lifetimes {
            access,
            refresh,
            session,
            refresh_lead,
            replay_window,
            retention,
            audit_retention,
            key_age,
        } = lifetimes;
        let bounds = Duration::from_secs(4)..=Duration::from_secs(400 * 24 * 60 * 60);
        for (name, value) in [
            ("access_lifetime", access),
            ("refresh_lifetime", refresh),
            ("session_lifetime", session),
        ] {
            if !bounds.contains(&value) || value.subsec_nanos() != 0 {
                return Err(PolicyError::OutOfRange(name));
            }
        }
        if replay_window < Duration::from_secs(1) || replay_window > access / 4 {
            return Err(PolicyError::Window);
        }
        if access > MAX_SHORT_ACCESS && refresh_lead > access / 2 {
            return Err(PolicyError::Lead);
        }
        if refresh <= access {
            return Err(PolicyError::RefreshBelowAccess);
        }
        if session < refresh {
            return Err(PolicyError::SessionBelowRefresh);
        }
        let policy = Self(lifetimes);
        if retention < policy.revocation_memory() {
            return Err(PolicyError::RetentionBelowAccess);
        }
        if audit_retention < retention {
            return Err(PolicyError::AuditBelowRetention);
        }
        let shortest = Duration::from_secs(60 * 60).max(refresh / 8);
        if key_age < shortest || key_age > *bounds.end() {
            return Err(PolicyError::KeyAge);
        }
        Ok(policy)
    }

    /// Returns the validated lifetimes.
    pub fn lifetimes(&self) -> Lifetimes {
        self.0
    }

    /// Returns how long an access token is valid.
    pub fn access_lifetime(&self) -> Duration {
        self.0.access
    }

    /// Returns how long a refresh token is valid from each rotation, unless the session
    /// ends before.
    pub fn refresh_lifetime(&self) -> Duration {
        self.0.refresh
    }

    /// Returns the maximum lifetime of a session.
    pub fn session_lifetime(&self) -> Duration {
        self.0.session
    }

    /// Returns the replay window W.
    pub fn replay_window(&self) -> Duration {
        self.0.replay_window
    }

    /// Returns the windows of the rotation. A response counts as lost after twice the
    /// replay window. This is longer than the longest expected delay, so that a browser on
    /// a stalling network is not affected. With the defaults it is shorter than the jitter
    /// of the refreshes (up to 5 % of the access lifetime). If it is longer, a thief who
    /// follows the browser's rhythm can stay just ahead of it.
    pub fn windows(&self) -> Windows {
        Windows {
            replay: self.0.replay_window,
            lost: self.0.replay_window * 2,
        }
    }

    /// Returns by how much the clocks of several servers may differ: what the replay window
    /// leaves after the delay of two requests, each of which is cancelled after a third of it
    /// (docs/protocol.md, the second assumption of HONEST).
    pub fn max_clock_difference(&self) -> Duration {
        self.0.replay_window / 3
    }

    /// Returns how long an ended session has to stay in the revocation view: one of its
    /// access tokens may be valid that long.
    pub fn revocation_memory(&self) -> Duration {
        self.0.access + MAX_FEED_DELAY
    }

    /// Returns how long an ended session is kept.
    pub fn retention(&self) -> Duration {
        self.0.retention
    }

    /// Returns how long an audit event is kept.
    pub fn audit_retention(&self) -> Duration {
        self.0.audit_retention
    }

    /// Returns how long a signing key signs.
    pub fn key_age(&self) -> Duration {
        self.0.key_age
    }

    /// Returns the browser's timeout of a refresh: a third of the replay window.
    pub fn refresh_timeout(&self) -> Duration {
        self.0.replay_window / 3
    }

    /// Returns the lead: the setting, or a fifth of the access lifetime if that lifetime is
    /// 10 minutes or less. The browser refreshes at least this long before the access token
    /// expires.
    pub fn refresh_lead(&self) -> Duration {
        if self.0.access <= MAX_SHORT_ACCESS {
            self.0.access / 5
        } else {
            self.0.refresh_lead
        }
    }
}

#[cfg(test)]
mod tests;
