//! Ending sessions: by the user, by an operator, or by the application.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{Inner, SessionError, Sessions};
use crate::{
    audit::Actor,
    ids::{AccountId, SessionId},
    store::EndReason,
    token::TokenError,
};

/// The pause between two batches of [`Sessions::revoke_all`], in which other requests write.
const REVOKE_PAUSE: Duration = Duration::from_millis(5);

/// The result of [`Sessions::revoke`] and [`Sessions::end_elsewhere`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The session has ended now.
    Now,
    /// The session had ended before.
    Before,
    /// There is no such session, or it has been purged.
    Unknown,
}

impl Sessions {
    /// Ends a session because its user signs out. As soon as this returns, this process
    /// rejects its tokens; every other process does so within a second. Runs to completion
    /// even if the caller is dropped: a user who signs out and closes the page is signed
    /// out.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails; the session may then continue.
    pub async fn end(&self, session: SessionId) -> Result<(), SessionError> {
        self.end_one(session, None, EndReason::SignedOut)
            .await
            .map(drop)
    }

    /// Ends the session of a refresh token because its client signs out. As in
    /// [`Sessions::of_request`], the times in the token do not matter. Runs to completion even
    /// if the caller is dropped.
    ///
    /// # Errors
    /// [`SessionError::Token`] if this installation has not signed the token, the token has
    /// not the key of its session, or it cannot be verified yet; [`SessionError::Store`] if
    /// the database fails, and the session may then continue.
    pub(crate) async fn end_by_refresh_token(
        &self,
        unverified: &str,
    ) -> Result<Revoked, SessionError> {
        let now = self.inner.clock.now();
        let (session, key) = self.inner.tokens.session_of_refresh(unverified, now)?;
        let sessions = self.clone();
        self.inner
            .store
            .detached()
            .run(async move {
                let row = sessions.inner.store.session(session).await?;
                match row {
                    Some(row) if !key.matches(&row.key_hash) => Err(TokenError::Invalid.into()),
                    Some(_) => sessions.end_one(session, None, EndReason::SignedOut).await,
                    None => Ok(Revoked::Unknown),
                }
            })
            .await
    }

    /// Ends a session as an operator. Every process rejects its tokens within a second.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails; the session may then continue.
    pub async fn revoke(&self, session: SessionId) -> Result<Revoked, SessionError> {
        self.end_one(session, None, EndReason::Revoked).await
    }

    /// Ends all sessions of the account with an external id, as an operator. Returns the
    /// number of ended sessions; 0 if there is no such account. Runs to completion even
    /// if the caller is dropped.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails; the sessions may then continue.
    pub async fn end_external(&self, id: &str) -> Result<usize, SessionError> {
        match self.inner.store.external_account(id).await? {
            Some(account) => self.end_all(account.id).await,
            None => Ok(0),
        }
    }

    /// Ends all sessions of an account as an operator, and returns the number of ended
    /// sessions. Runs to completion even if the caller is dropped.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails; the sessions may then continue.
    pub async fn end_all(&self, account: AccountId) -> Result<usize, SessionError> {
        self.end_all_for(account, None, EndReason::Revoked).await
    }

    /// Ends a session of an account because its user does so from another session. Returns
    /// [`Revoked::Unknown`] for a session of another account. Every process rejects its
    /// tokens within a second. Runs to completion even if the caller is dropped.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails; the session may then continue.
    pub async fn end_elsewhere(
        &self,
        account: AccountId,
        session: SessionId,
    ) -> Result<Revoked, SessionError> {
        let reason = EndReason::EndedElsewhere;
        self.end_one(session, Some(account), reason).await
    }

    /// Ends all sessions of an account but `current`, because its user does so from that
    /// session. Returns the number of ended sessions. Runs to completion even if the caller
    /// is dropped.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails; the sessions may then continue.
    pub async fn end_others(
        &self,
        account: AccountId,
        current: SessionId,
    ) -> Result<usize, SessionError> {
        self.end_all_for(account, Some(current), EndReason::EndedElsewhere)
            .await
    }

    /// Ends every session of the installation as an operator, and returns the number of ended
    /// sessions. It ends them in batches, so that other requests need not wait. A session that
    /// begins in the meantime may continue.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails; some sessions may then continue.
    pub async fn revoke_all(&self) -> Result<usize, SessionError> {
        let mut count = 0;
        loop {
            let (sessions, actor) = (Arc::clone(&self.inner), self.actor);
            let batch = self.inner.store.detached().run(async move {
                let now = sessions.clock.now();
                let ended = sessions.store.revoke_some_sessions(now, actor).await?;
                let count = ended.len();
                sessions.revocations.end(ended, now);
                Ok::<_, SessionError>(count)
            });
            let ended = batch.await?;
            count += ended;
            // An empty batch may be one that another process has just ended.
            let now = self.inner.clock.now();
            if ended == 0 && !self.inner.store.has_live_sessions(now).await? {
                return Ok(count);
            }
            sleep(REVOKE_PAUSE).await;
        }
    }

    /// Returns the sessions to which the tokens of a request belong. A sign-out ends
    /// them, and a new sign-in replaces them. There is normally at most one; there are
    /// two if a late response mixed the cookies of two sessions, and more if another party
    /// has planted cookies. The times in a token do not matter: neither an expired token nor
    /// one from a clock that was ahead prevents a sign-out. A refresh token is only accepted
    /// with the key of its session.
    ///
    /// # Errors
    /// [`SessionError::Store`] if the database fails, and [`SessionError::Token`] with
    /// [`TokenError::UnknownKey`] if a token cannot be verified yet, for example because
    /// the signing keys could not be read from the database: a sign-out must not be
    /// reported as done.
    pub async fn of_request(
        &self,
        unverified_access: &[&str],
        unverified_refresh: &[&str],
    ) -> Result<Vec<SessionId>, SessionError> {
        let Inner { tokens, store, .. } = &*self.inner;
        let now = self.inner.clock.now();
        let mut sessions = Vec::new();
        for token in unverified_access {
            let session = valid_or_none(tokens.session_of_access(token, now))?;
            sessions.extend(session.filter(|session| !sessions.contains(session)));
        }
        let mut with_keys = Vec::new();
        for token in unverified_refresh {
            with_keys.extend(valid_or_none(tokens.session_of_refresh(token, now))?);
        }
        for (session, key) in with_keys {
            if sessions.contains(&session) {
                continue;
            }
            let row = store.session(session).await?;
            if row.is_some_and(|row| key.matches(&row.key_hash)) {
                sessions.push(session);
            }
        }
        Ok(sessions)
    }

    /// Returns who ends a session for a reason: its user, or who acts on these sessions.
    fn actor_of(&self, reason: EndReason) -> Actor {
        match reason {
            EndReason::SignedOut | EndReason::EndedElsewhere => Actor::Owner,
            _ => self.actor,
        }
    }

    /// Ends all sessions of an account, except possibly one.
    async fn end_all_for(
        &self,
        account: AccountId,
        except: Option<SessionId>,
        reason: EndReason,
    ) -> Result<usize, SessionError> {
        let (sessions, actor) = (Arc::clone(&self.inner), self.actor_of(reason));
        self.inner
            .store
            .detached()
            .run(async move {
                let now = sessions.clock.now();
                let ended = sessions
                    .store
                    .end_sessions_of(account, except, reason, now, actor)
                    .await?;
                let count = ended.len();
                sessions.revocations.end(ended, now);
                Ok(count)
            })
            .await
    }

    /// Ends a session, of any account or only of the account `of`.
    async fn end_one(
        &self,
        session: SessionId,
        of: Option<AccountId>,
        reason: EndReason,
    ) -> Result<Revoked, SessionError> {
        let (sessions, actor) = (Arc::clone(&self.inner), self.actor_of(reason));
        self.inner
            .store
            .detached()
            .run(async move {
                let now = sessions.clock.now();
                let ended = sessions
                    .store
                    .end_session(session, of, reason, now, actor)
                    .await?;
                // Also if the database has lost the row of the session: a token of it may be valid.
                if ended.is_some() || of.is_none() {
                    sessions.revocations.end([session], now);
                }
                Ok(match ended {
                    Some(true) => Revoked::Now,
                    Some(false) => Revoked::Before,
                    None => Revoked::Unknown,
                })
            })
            .await
    }
}

/// Returns what was read from a token, or `None` if the token is not valid.
///
/// # Errors
/// [`TokenError::UnknownKey`] if the token cannot be verified yet.
fn valid_or_none<T>(token: Result<T, TokenError>) -> Result<Option<T>, TokenError> {
    match token {
        Err(TokenError::UnknownKey) => Err(TokenError::UnknownKey),
        other => Ok(other.ok()),
    }
}
