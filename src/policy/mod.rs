//! How long things live: lifetimes and windows, checked against one another.

use std::time::Duration;

use thiserror::Error;

use crate::rotation::Windows;

/// The lifetimes that are asked for, not yet checked. [`Policy::new`] checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// How long an access token lives. Default 25 minutes.
    pub access: Duration,
    /// How long a refresh token lives from each rotation. Default 7 days.
    pub refresh: Duration,
    /// How long a session lives at most, however often it is renewed. Default
    /// 30 days.
    pub session: Duration,
    /// How long before the access token's end the browser renews it. Default
    /// 5 minutes; see [`Policy::refresh_lead`].
    pub refresh_lead: Duration,
    /// The replay window W of the rotation. Default 30 seconds.
    pub replay_window: Duration,
    /// How long a session is kept after its end, as evidence. Default 30 days.
    pub retention: Duration,
    /// How long an event of the audit trail is kept. Default 90 days: as long
    /// as anything is kept of the session that a sign-in began.
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

/// Lifetimes and windows that fit together. The fields are private, so that a
/// `Policy` in hand is one that was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy(Lifetimes);

/// Why lifetimes do not fit together. The text is for the operator and names
/// settings as an application's configuration knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A lifetime below the resolution of a token's times, or past a year.
    #[error("{0} must be whole seconds, at least 4 s and at most 400 days")]
    OutOfRange(&'static str),
    /// The replay window is what a thief may use unseen: bound to the access
    /// lifetime, or it outlives the evidence.
    #[error("replay_window must be at least 1 s and at most a quarter of access_lifetime")]
    Window,
    /// The lead would have the browser renew without pause.
    #[error("refresh_lead must be at most half of access_lifetime")]
    Lead,
    /// A refresh token that dies before the access token renews nothing.
    #[error("refresh_lifetime must be longer than access_lifetime")]
    RefreshBelowAccess,
    /// The absolute end would come before the first refresh token's.
    #[error("session_lifetime must be at least refresh_lifetime")]
    SessionBelowRefresh,
    /// A process that starts could not find out what has ended while tokens of
    /// it are still about.
    #[error("retention must be at least 25 s longer than access_lifetime")]
    RetentionBelowAccess,
    /// The record of a session would go before the session.
    #[error("audit_retention must be at least retention")]
    AuditBelowRetention,
    /// A key verifies until its last refresh token has died: with an age far
    /// below that, ever more keys would be about.
    #[error("key_age must be between 1 h and 400 days and at least an eighth of refresh_lifetime")]
    KeyAge,
}

/// Lifetimes up to this long get a lead of a fifth instead of a fixed one.
const SHORT: Duration = Duration::from_secs(10 * 60);

/// How far the clocks of two servers may be apart.
pub(crate) const CLOCKS_DIFFER: Duration = Duration::from_secs(10);

/// What is written says when, by a clock that was read before the database was
/// waited for. It is there no later than this after, or never.
pub(crate) const COMMITTED_WITHIN: Duration = Duration::from_secs(15);

/// By how much an ended session may become known later than it says that it ended.
pub(crate) const FEED_OVERLAP: Duration =
    Duration::from_secs(CLOCKS_DIFFER.as_secs() + COMMITTED_WITHIN.as_secs());

impl Policy {
    /// Checks that the lifetimes fit together.
    ///
    /// # Errors
    /// The first rule that is broken, as a sentence for the operator.
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
        if access > SHORT && refresh_lead > access / 2 {
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

    /// Returns the lifetimes that were checked.
    pub fn lifetimes(&self) -> Lifetimes {
        self.0
    }

    /// How long an access token lives.
    pub fn access_lifetime(&self) -> Duration {
        self.0.access
    }

    /// How long a refresh token lives from each rotation, unless the session
    /// ends before.
    pub fn refresh_lifetime(&self) -> Duration {
        self.0.refresh
    }

    /// How long a session lives at most.
    pub fn session_lifetime(&self) -> Duration {
        self.0.session
    }

    /// The replay window W.
    pub fn replay_window(&self) -> Duration {
        self.0.replay_window
    }

    /// The windows of the rotation. An answer counts as lost after twice the
    /// replay window: beyond what is thought to be the longest delay, so that a
    /// browser behind a network that stalls is none the worse; and within the
    /// jitter of renewals (5 % of the access lifetime, at the defaults), or a thief
    /// that follows the browser's rhythm could stay just ahead of it.
    pub fn windows(&self) -> Windows {
        Windows {
            replay: self.0.replay_window,
            lost: self.0.replay_window * 2,
        }
    }

    /// How long after its end a session has to be known as ended: an access
    /// token of it may live that long.
    pub fn revocation_memory(&self) -> Duration {
        self.0.access + FEED_OVERLAP
    }

    /// How long a session is kept after its end.
    pub fn retention(&self) -> Duration {
        self.0.retention
    }

    /// How long an event of the audit trail is kept.
    pub fn audit_retention(&self) -> Duration {
        self.0.audit_retention
    }

    /// How long a signing key signs.
    pub fn key_age(&self) -> Duration {
        self.0.key_age
    }

    /// After how long the browser gives a refresh up: a third of the replay
    /// window.
    pub fn refresh_timeout(&self) -> Duration {
        self.0.replay_window / 3
    }

    /// How long before the access token's end the browser renews it: the
    /// setting, or a fifth of the lifetime where that is 10 minutes or less.
    pub fn refresh_lead(&self) -> Duration {
        if self.0.access <= SHORT {
            self.0.access / 5
        } else {
            self.0.refresh_lead
        }
    }
}

#[cfg(test)]
mod tests;
