//! Ending sessions: by their owner, by an operator, by the application.

use std::sync::Arc;

use super::{Inner, SessionError, Sessions, detached};
use crate::{
    ids::{AccountId, SessionId},
    store::EndReason,
    token::TokenError,
};

/// What revoking a session did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It has ended now.
    Now,
    /// It had ended before.
    Before,
    /// There is no such session, or none any more.
    Unknown,
}

impl Sessions {
    /// Ends a session: its owner signs out. Its tokens are dead when this
    /// returns. Runs to its end even where the caller is dropped: whoever signs
    /// out and closes the page has signed out.
    ///
    /// # Errors
    /// Where the database fails; the session may go on then.
    pub async fn end(&self, session: SessionId) -> Result<(), SessionError> {
        self.end_for(session, EndReason::SignedOut).await.map(drop)
    }

    /// Ends a session as an operator. Every process refuses it within a second.
    ///
    /// # Errors
    /// Where the database fails; the session may go on then.
    pub async fn revoke(&self, session: SessionId) -> Result<Revoked, SessionError> {
        if self.end_for(session, EndReason::Revoked).await? {
            return Ok(Revoked::Now);
        }
        let row = self.0.store.session(session).await?;
        Ok(row.map_or(Revoked::Unknown, |_| Revoked::Before))
    }

    /// Ends all sessions of the account of an external id, as an operator, and returns
    /// how many there were; 0 if there is no such account. Runs to its end even where
    /// the caller is dropped.
    ///
    /// # Errors
    /// Where the database fails; the sessions may go on then.
    pub async fn end_external(&self, id: &str) -> Result<usize, SessionError> {
        match self.0.store.external_account(id).await? {
            Some(account) => self.end_all(account.id).await,
            None => Ok(0),
        }
    }

    /// Ends all sessions of an account as an operator, and says how many there
    /// were. Runs to its end even where the caller is dropped.
    ///
    /// # Errors
    /// Where the database fails; the sessions may go on then.
    pub async fn end_all(&self, account: AccountId) -> Result<usize, SessionError> {
        let sessions = Arc::clone(&self.0);
        detached(async move {
            let now = sessions.clock.now();
            let ended = sessions
                .store
                .end_sessions_of(account, EndReason::Revoked, now)
                .await?;
            let count = ended.len();
            sessions.revocations.end(ended, now);
            Ok(count)
        })
        .await
    }

    /// The sessions that a request belongs to, by its tokens: for signing out and
    /// for signing in over them. They are one, unless an answer that came late put
    /// one token beside the other's successor. A refresh token counts only with its
    /// session's key.
    ///
    /// # Errors
    /// Where the database fails, or has failed for so long that a token's key is
    /// not known: signing out must not pass for done.
    pub async fn of_request(
        &self,
        unverified_access: Option<&str>,
        unverified_refresh: Option<&str>,
    ) -> Result<Vec<SessionId>, SessionError> {
        let Inner { tokens, store, .. } = &*self.0;
        let now = self.0.clock.now();
        let access = unverified_access.map(|token| tokens.verify_access(token, now));
        let access = judged(access)?.map(|access| access.subject().session);
        let refresh = unverified_refresh.map(|token| tokens.verify_refresh(token, now));
        let refresh = judged(refresh)?.filter(|token| Some(token.subject().session) != access);
        let mut sessions = Vec::from_iter(access);
        if let Some(token) = refresh {
            let session = token.subject().session;
            let row = store.session(session).await?;
            sessions.extend(
                row.filter(|row| token.key().matches(&row.key_hash))
                    .map(|_| session),
            );
        }
        Ok(sessions)
    }

    /// Says whether the session had not ended before.
    async fn end_for(&self, session: SessionId, reason: EndReason) -> Result<bool, SessionError> {
        let sessions = Arc::clone(&self.0);
        detached(async move {
            let now = sessions.clock.now();
            let ended = sessions.store.end_session(session, reason, now).await?;
            sessions.revocations.end([session], now);
            Ok(ended)
        })
        .await
    }
}

/// What a token says, where it counts.
///
/// # Errors
/// Where that cannot be told.
fn judged<T>(token: Option<Result<T, TokenError>>) -> Result<Option<T>, TokenError> {
    match token {
        Some(Err(TokenError::UnknownKey)) => Err(TokenError::UnknownKey),
        other => Ok(other.and_then(Result::ok)),
    }
}
