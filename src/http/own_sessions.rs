//! The caller's own sessions: listing them, and ending one or all others.

use super::{Caller, SessionCookies};
use crate::{
    SessionId,
    clock::Timestamp,
    sessions::{LiveSession, Revoked},
    wire::{ApiError, Code, Done, ListedSession, SessionList},
};

/// The largest number of sessions in a response.
const MAX_LISTED: u32 = 1_000;

impl Caller {
    /// Returns the live sessions of the caller's account, newest first and at most 1000.
    ///
    /// # Errors
    /// As [`Caller::authenticated`]; 503 `busy` if the database does not respond.
    pub async fn list_sessions(&self) -> Result<SessionList, ApiError> {
        let subject = self.authenticated()?.subject();
        let sessions = self.service().sessions();
        let live = sessions.list(Some(subject.account), MAX_LISTED).await?;
        let listed = live.iter().map(|live| listed(live, subject.session));
        Ok(SessionList {
            sessions: listed.collect(),
        })
    }

    /// Ends a session of the caller's account. It is no error if the session had ended
    /// before. To end the session of this request is to sign out, and only then the
    /// returned headers remove the cookies.
    ///
    /// # Errors
    /// As [`Caller::authenticated`]; 404 `not_found` if the account has no such session;
    /// 503 `busy` if the database does not respond, and the session may continue.
    pub async fn end_session(&self, id: &str) -> Result<(SessionCookies, Done), ApiError> {
        let subject = self.authenticated()?.subject();
        let session: SessionId = id.parse().map_err(|_| Code::NotFound)?;
        if session == subject.session {
            return Ok((self.sign_out().await?, Done::signed_out()));
        }
        let sessions = self.service().sessions();
        match sessions.end_elsewhere(subject.account, session).await? {
            Revoked::Now | Revoked::Before => {
                Ok((SessionCookies::set(Vec::new()), Done::session_ended()))
            }
            Revoked::Unknown => Err(Code::NotFound.into()),
        }
    }

    /// Ends all other sessions of the caller's account.
    ///
    /// # Errors
    /// As [`Caller::authenticated`]; 503 `busy` if the database does not respond, and the
    /// sessions may continue.
    pub async fn end_other_sessions(&self) -> Result<Done, ApiError> {
        let subject = self.authenticated()?.subject();
        let sessions = self.service().sessions();
        sessions
            .end_others(subject.account, subject.session)
            .await?;
        Ok(Done::others_ended())
    }
}

fn listed(live: &LiveSession, current: SessionId) -> ListedSession {
    let seconds = |time: Timestamp| time.as_seconds().max(0).unsigned_abs();
    let device = &live.device;
    let address = device.address().map(|address| address.to_string());
    ListedSession {
        id: live.id.to_string(),
        is_current: live.id == current,
        browser: device.browser().unwrap_or_default().to_owned(),
        system: device.system().unwrap_or_default().to_owned(),
        address: address.unwrap_or_default(),
        created_at: seconds(live.created_at),
        last_seen_at: seconds(live.refreshed_at),
        expires_at: seconds(live.expires_at),
    }
}
