//! Refreshing a session: carries out the decision of [`judge`] on a refresh token.

use std::{sync::Arc, time::Duration};

use super::{Inner, IssuedTokens, SessionError, Sessions};
use crate::{
    clock::Timestamp,
    ids::SessionId,
    rotation::{Decision, Presented, Record, judge},
    statistics::Counter,
    store::{ClaimedState, EndReason, Holder, SessionRow},
    token::{Subject, TokenError, VerifiedRefresh},
};

/// The maximum number of times that a refresh is judged. Each time but the first, another
/// request has changed the session before this one could write.
const MAX_ROUNDS: usize = 20;

/// The tokens to issue for a refresh: an access token of `generation` and, if
/// `with_refresh`, the refresh token of the same generation.
#[derive(Clone, Copy)]
struct TokensToIssue {
    generation: u32,
    parent: Option<u32>,
    with_refresh: bool,
}

impl Sessions {
    /// Exchanges a refresh token for new tokens.
    ///
    /// Runs to completion even if the caller is dropped: a thief who presents a stolen
    /// token and disconnects must not prevent its detection.
    ///
    /// # Errors
    /// [`SessionError::Reuse`] if the token has been superseded, [`SessionError::Token`]
    /// if it is invalid or expired, [`SessionError::Ended`], [`SessionError::Revoked`],
    /// [`SessionError::EndedElsewhere`], [`SessionError::SessionLimit`], [`SessionError::PasswordChanged`],
    /// [`SessionError::Deleted`] or [`SessionError::Inactive`] if the session has ended or its
    /// account is deactivated,
    /// [`SessionError::Busy`] if the refresh could not be decided in time,
    /// [`SessionError::Key`] if no token could be signed, and [`SessionError::Store`] if
    /// the database fails. If the session has ended, that has been committed before the
    /// error is returned.
    pub async fn refresh(&self, unverified: &str) -> Result<IssuedTokens, SessionError> {
        let now = self.inner.clock.now();
        let counters = &self.inner.counters;
        let token = self.inner.tokens.verify_refresh(unverified, now);
        let token = token.inspect_err(|_| counters.count(Counter::RefreshRejected))?;
        let sessions = Arc::clone(&self.inner);
        self.inner
            .store
            .detached()
            .run(async move {
                let refreshed = sessions.refresh(&token).await;
                if let Err(error) = &refreshed {
                    let counter = Counter::of_failed_refresh(error);
                    sessions.counters.count(counter);
                }
                refreshed
            })
            .await
    }
}

impl Inner {
    async fn refresh(&self, token: &VerifiedRefresh) -> Result<IssuedTokens, SessionError> {
        let received_at = self.clock.now();
        if let Some(issued) = self.rotate_from_claims(token, received_at).await? {
            return Ok(issued);
        }
        let session = token.subject().session;
        let presented = token.presented();
        for _ in 0..MAX_ROUNDS {
            let now = self.clock.now();
            let row = self
                .store
                .session(session)
                .await?
                .ok_or(SessionError::Ended)?;
            // The database took so long that the browser has timed out. It may be two
            // generations ahead by now, and judging this token could falsely detect reuse.
            if self.clock.now().since(received_at) > self.policy.refresh_timeout() {
                return Err(SessionError::Busy);
            }
            if !token.key().matches(&row.key_hash) {
                return Err(TokenError::Invalid.into());
            }
            require_live(&row)?;
            if now >= row.holder.expires_at {
                return Err(TokenError::Expired.into());
            }
            if let Some(tokens) = self.decide(&row, session, presented, now).await? {
                return self.issue_tokens(token, &row.holder, tokens, now);
            }
        }
        Err(SessionError::Busy)
    }

    /// Rotates in one statement, which suffices for nearly all refreshes: judges the
    /// state that the token claims, and writes the rotation if the session is in that
    /// state. Returns `None` if it is not, or if the decision is not to rotate.
    async fn rotate_from_claims(
        &self,
        token: &VerifiedRefresh,
        now: Timestamp,
    ) -> Result<Option<IssuedTokens>, SessionError> {
        let presented = token.presented();
        let Presented { generation, parent } = presented;
        // The token has its time of issue in whole seconds. If rotation is due for a
        // token issued at the end of that second, it is due for any earlier one.
        let second = token.issued_at()..token.issued_at() + Duration::from_secs(1);
        let record = Record {
            generation,
            parent,
            handed_at: second.end,
            confirmed_at: None,
        };
        let Decision::Rotate { next } = judge(&record, presented, now, self.policy.windows())
        else {
            return Ok(None);
        };
        let claimed = ClaimedState {
            session: token.subject().session,
            key_hash: token.key().hash(),
            generation,
            handed_at: second,
            next,
            now,
        };
        let holder = self.store.rotate_from_claims(claimed).await?;
        let tokens = TokensToIssue {
            generation: next,
            parent: Some(generation),
            with_refresh: true,
        };
        let Some(holder) = holder else {
            return Ok(None);
        };
        self.counters.count(Counter::Rotated);
        self.issue_tokens(token, &holder, tokens, now).map(Some)
    }

    /// Judges the presented token and writes the decision. Returns the tokens to issue;
    /// `None` if another request changed the session first.
    async fn decide(
        &self,
        row: &SessionRow,
        session: SessionId,
        presented: Presented,
        now: Timestamp,
    ) -> Result<Option<TokensToIssue>, SessionError> {
        let Self { store, policy, .. } = self;
        let judged = row.record();
        let tokens = |generation, parent, with_refresh| TokensToIssue {
            generation,
            parent,
            with_refresh,
        };
        let decision = judge(&judged, presented, now, policy.windows());
        let (is_done, tokens) = match decision {
            Decision::Keep => (true, tokens(judged.generation, judged.parent, false)),
            Decision::Heal => (
                store.heal(session, &judged, presented, now).await?,
                tokens(presented.generation, presented.parent, false),
            ),
            Decision::Replay => (
                store.replay(session, &judged, now).await?,
                tokens(judged.generation, judged.parent, true),
            ),
            Decision::Rotate { next } => {
                let from = presented.generation;
                (
                    store.rotate(session, &judged, from, next, now).await?,
                    tokens(next, Some(from), true),
                )
            }
            Decision::Reuse => {
                if store.end_for_reuse(session, &judged, now).await? {
                    self.counters.count(Counter::TokenReuse);
                    self.revocations.end([session], now);
                    return Err(SessionError::Reuse);
                }
                return Ok(None);
            }
        };
        if is_done {
            self.counters.count(match decision {
                Decision::Rotate { .. } => Counter::Rotated,
                _ => Counter::Repeated,
            });
        }
        Ok(is_done.then_some(tokens))
    }

    fn issue_tokens(
        &self,
        token: &VerifiedRefresh,
        holder: &Holder,
        tokens: TokensToIssue,
        now: Timestamp,
    ) -> Result<IssuedTokens, SessionError> {
        let subject = Subject {
            account: holder.account_id,
            generation: tokens.generation,
            ..token.subject()
        };
        let refresh = tokens.with_refresh.then(|| (tokens.parent, token.key()));
        self.issue(subject, holder.into(), holder.expires_at, refresh, now)
    }
}

pub(super) fn require_live(row: &SessionRow) -> Result<(), SessionError> {
    if row.is_ended_by(EndReason::Deleted) {
        return Err(SessionError::Deleted);
    }
    if !row.is_active {
        return Err(SessionError::Inactive);
    }
    // Both parties of a theft get this error: the later one may be the owner.
    if row.is_ended_by(EndReason::Reuse) {
        return Err(SessionError::Reuse);
    }
    if row.is_ended_by(EndReason::Revoked) {
        return Err(SessionError::Revoked);
    }
    if row.is_ended_by(EndReason::EndedElsewhere) {
        return Err(SessionError::EndedElsewhere);
    }
    if row.is_ended_by(EndReason::SessionLimit) {
        return Err(SessionError::SessionLimit);
    }
    if row.is_ended_by(EndReason::PasswordChanged) {
        return Err(SessionError::PasswordChanged);
    }
    if row.is_ended() {
        return Err(SessionError::Ended);
    }
    Ok(())
}
