//! Sessions: begin, refresh, end.

mod confirmations;
mod operator;
mod purge;
mod refresh;

pub(crate) use confirmations::{ConfirmationWriter, Confirmations};
pub use operator::{LiveSession, Revoked};
pub(crate) use purge::Purge;
pub use purge::Purged;

use std::sync::Arc;

use quick_cache::sync::Cache;
use thiserror::Error;
use tokio::task;

use crate::{
    accounts::SignedInAccount,
    clock::{Clock, Timestamp},
    ids::SessionId,
    keys::KeyError,
    policy::Policy,
    revocation::{RevocationView, SessionStatus},
    store::{EndReason, NewSession, Store, StoreError, with_timeout},
    token::{AccessToken, RefreshKey, RefreshToken, Subject, TokenError, Tokens, VerifiedAccess},
    wire::{Account, Snapshot},
};

/// How many verified access tokens are remembered: some 10 MB.
const MOST_VERIFIED: usize = 10_000;

/// Begins, renews and ends sessions.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    store: Store,
    tokens: Arc<Tokens>,
    revocations: Arc<RevocationView>,
    confirmations: Arc<Confirmations>,
    /// Access tokens whose signature and claims have passed. Keyed by the whole
    /// token: a part of it would let another signature through.
    verified: Cache<String, VerifiedAccess>,
    policy: Policy,
    update_last_login: bool,
    clock: Arc<dyn Clock>,
}

/// What signing in or refreshing hands out.
#[derive(Debug)]
pub struct Grant {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token with its end; `None` where the browser's is the right
    /// one already and must stay untouched.
    pub refresh: Option<(RefreshToken, Timestamp)>,
    /// Who is signed in now.
    pub snapshot: Snapshot,
    /// When it was granted; lifetimes count from here.
    pub granted_at: Timestamp,
}

/// Why a session was not begun, renewed or vouched for.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The token does not count.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// The session was ended by an administrator.
    #[error("the session was ended by an administrator")]
    Revoked,
    /// A superseded refresh token came back, now or before; the session has
    /// been ended.
    #[error("a superseded refresh token was presented")]
    Reuse,
    /// The account is switched off.
    #[error("the account is not active")]
    Inactive,
    /// Too many requests for one session at once, or a view too old to vouch
    /// for anybody.
    #[error("the session cannot be judged right now")]
    Busy,
    /// No token could be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sessions {
    pub(crate) fn new(
        store: Store,
        tokens: Arc<Tokens>,
        revocations: Arc<RevocationView>,
        confirmations: Arc<Confirmations>,
        policy: Policy,
        update_last_login: bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            tokens,
            revocations,
            confirmations,
            verified: Cache::new(MOST_VERIFIED),
            policy,
            update_last_login,
            clock,
        }))
    }

    /// Begins a session, and ends those that the browser had before.
    ///
    /// # Errors
    /// [`SessionError::Inactive`] where the account was switched off since its
    /// password was checked.
    pub async fn begin(
        &self,
        account: &SignedInAccount,
        replaced: &[SessionId],
    ) -> Result<Grant, SessionError> {
        let Inner { store, policy, .. } = &*self.0;
        let now = self.0.clock.now();
        let key = RefreshKey::generate().ok_or(KeyError::Generation)?;
        let row = account.row();
        let subject = Subject {
            account: row.id,
            session: SessionId::new(now),
            generation: 0,
        };
        let expires_at = now + policy.session_lifetime();
        let new = NewSession {
            id: subject.session,
            account: row.id,
            key_hash: key.hash(),
            now,
            expires_at,
        };
        if !store
            .begin_session(&new, replaced, self.0.update_last_login)
            .await?
        {
            return Err(SessionError::Inactive);
        }
        self.0.revocations.end(replaced.iter().copied(), now);
        let account = Account {
            id: row.id.to_string(),
            email: row.email.clone(),
            name: row.name.clone(),
            is_admin: row.is_admin,
        };
        let refresh = Some((None, &key));
        self.0.grant(subject, account, expires_at, refresh, now)
    }

    /// Renews a session by its refresh token.
    ///
    /// Runs to its end even where the caller is dropped: whoever presents a
    /// stolen token and hangs up must not undo its finding.
    ///
    /// # Errors
    /// Every refusal has been committed when it is returned.
    pub async fn refresh(&self, unverified: &str) -> Result<Grant, SessionError> {
        let token = self
            .0
            .tokens
            .verify_refresh(unverified, self.0.clock.now())?;
        let sessions = Arc::clone(&self.0);
        to_its_end(async move { sessions.refresh(&token).await }).await
    }

    /// Vouches for an access token, without the database.
    ///
    /// # Errors
    /// Where the token does not count, or its session has ended.
    pub fn authenticate(&self, unverified: &str) -> Result<VerifiedAccess, SessionError> {
        let now = self.0.clock.now();
        let known = self.0.verified.get(unverified);
        let access = match known {
            Some(access) if self.0.tokens.still_vouches(&access, now) => access,
            _ => self.0.tokens.verify_access(unverified, now)?,
        };
        let Subject {
            session,
            generation,
            ..
        } = access.subject();
        match self.0.revocations.status(session) {
            SessionStatus::Ended => return Err(SessionError::Ended),
            SessionStatus::Unknown => return Err(SessionError::Busy),
            SessionStatus::Live => {}
        }
        if known.is_none() {
            self.0.confirmations.note(session, generation, now);
            self.0.verified.insert(unverified.to_owned(), access);
        }
        Ok(access)
    }

    /// Who is signed in by that token, read from the database.
    ///
    /// # Errors
    /// Where the session has ended, or its account is off.
    pub async fn snapshot(&self, access: &VerifiedAccess) -> Result<Snapshot, SessionError> {
        let session = access.subject().session;
        let row = self
            .0
            .store
            .session(session)
            .await?
            .ok_or(SessionError::Ended)?;
        refresh::require_live(&row)?;
        let now = self.0.clock.now();
        let renewals = row.record().generation;
        let (account, expires_at) = (refresh::account(&row.holder), row.holder.expires_at);
        Ok(self.0.snapshot(
            session,
            renewals,
            account,
            access.expires_at(),
            expires_at,
            now,
        ))
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

    /// Ends a session: its owner signs out. Its tokens are dead when this
    /// returns. Runs to its end even where the caller is dropped: whoever signs
    /// out and closes the page has signed out.
    ///
    /// # Errors
    /// Where the database fails; the session may go on then.
    pub async fn end(&self, session: SessionId) -> Result<(), SessionError> {
        self.end_for(session, EndReason::SignedOut).await.map(drop)
    }

    /// Says whether the session had not ended before.
    async fn end_for(&self, session: SessionId, reason: EndReason) -> Result<bool, SessionError> {
        let sessions = Arc::clone(&self.0);
        to_its_end(async move {
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

/// Goes on where the caller is dropped, as long as anybody waits for the database.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, SessionError>> + Send + 'static,
) -> Result<T, SessionError> {
    // On the heap at once: it is some kilobytes, which would be moved on each step.
    let work = Box::pin(work);
    task::spawn(with_timeout(work))
        .await
        .map_err(|_| SessionError::Busy)?
}
