//! The reasons for the end of a session, and the event that is recorded for each.

use crate::audit::AuditEvent;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndReason {
    /// Its user signed out.
    SignedOut,
    /// A sign-in in the same browser replaced it.
    Replaced,
    /// An operator ended it.
    Revoked,
    /// Its user ended it from another session.
    EndedElsewhere,
    /// A sign-in above the limit of live sessions of its account ended it.
    SessionLimit,
    /// The password of its account was changed.
    PasswordChanged,
    /// Its account was deactivated.
    Deactivated,
    /// Its account was deleted.
    Deleted,
    /// A superseded refresh token was presented, or a stray was detected.
    Reuse,
}

impl EndReason {
    /// Returns the value in the database. The schema lists all of them.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::EndedElsewhere => "ended_elsewhere",
            Self::SessionLimit => "session_limit",
            Self::PasswordChanged => "password",
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
            Self::Reuse => "reuse",
        }
    }

    /// Returns the event that is recorded for it.
    pub(super) const fn event(self) -> AuditEvent {
        match self {
            Self::SignedOut | Self::Replaced | Self::EndedElsewhere => AuditEvent::SignedOut,
            Self::SessionLimit => AuditEvent::SessionLimit,
            Self::PasswordChanged => AuditEvent::PasswordChanged,
            Self::Revoked => AuditEvent::SessionRevoked,
            Self::Deactivated => AuditEvent::Deactivated,
            Self::Deleted => AuditEvent::Deleted,
            Self::Reuse => AuditEvent::TokenReuse,
        }
    }
}
