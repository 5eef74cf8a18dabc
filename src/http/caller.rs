//! The caller of a request, and the operations that a caller can request.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use axum::http::{Extensions, HeaderMap};

use super::{
    Issued, SessionCookies,
    credentials::{Unverified, UnverifiedTokens},
    request_device::RequestDevice,
    same_origin::IsCrossSite,
};
use crate::{
    Portcullis,
    accounts::{ExternalAccount, SignedInAccount},
    attempts::Attempts,
    ids::SessionId,
    sessions::{IssuedTokens, SessionError},
    token::VerifiedAccess,
    wire::{ApiError, Code, ProtectedPages, Snapshot},
};

/// The caller of a request: the session service, and the tokens that the request presented.
///
/// A handler takes it as an argument; a server function calls `portcullis::leptos::caller`. As an
/// argument it rejects a request only if [`Portcullis::protect`] is missing: 500 `layer_missing`.
/// To require a session, take [`SignedIn`](super::SignedIn) or call [`Caller::authenticated`].
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

struct Inner {
    portcullis: Portcullis,
    unverified: UnverifiedTokens,
    /// The result of verifying the access token, once a handler has needed it. Most requests
    /// with cookies (files, a refresh) never need it, and verifying the signature costs more
    /// than the rest of such a request.
    access: OnceLock<Result<VerifiedAccess, ApiError>>,
    device: RequestDevice,
}

/// The `detail` of a refresh response. Existing clients expect this string.
const REFRESH_DETAIL: &str = "Token refreshed successfully";

impl Caller {
    /// Reads the tokens of a request; the access token from the cookie, then `Authorization`.
    pub(crate) fn of_request(
        portcullis: Portcullis,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Self {
        let unverified = match extensions.get::<IsCrossSite>() {
            Some(IsCrossSite) => UnverifiedTokens::default(),
            None => UnverifiedTokens::read(&portcullis, headers),
        };
        Self(Arc::new(Inner {
            unverified,
            access: OnceLock::new(),
            device: RequestDevice::read(headers, extensions, portcullis.trusted_proxies()),
            portcullis,
        }))
    }

    /// Returns the verified access token. The first call verifies it, without a database query,
    /// and counts as a use of the token.
    ///
    /// # Errors
    /// 401 `not_signed_in`, `token_expired`, `token_invalid` or `session_ended`; 503 `busy` or
    /// `tasks_missing` if it cannot be decided whether the caller is signed in.
    pub fn authenticated(&self) -> Result<&VerifiedAccess, ApiError> {
        let access = self.0.access.get_or_init(|| self.authenticate());
        access.as_ref().map_err(Clone::clone)
    }

    /// Returns whether a handler has called [`Caller::authenticated`].
    pub(super) fn device(&self) -> &RequestDevice {
        &self.0.device
    }

    pub(super) fn was_checked(&self) -> bool {
        self.0.access.get().is_some()
    }

    /// Returns whether a handler has called [`Caller::authenticated`] with success.
    pub(super) fn is_authenticated(&self) -> bool {
        matches!(self.0.access.get(), Some(Ok(_)))
    }

    fn authenticate(&self) -> Result<VerifiedAccess, ApiError> {
        match self.0.unverified.access.one() {
            Some(token) => self.0.portcullis.authenticate(token),
            None => Err(self.missing_token().into()),
        }
    }

    /// Returns the code for a request without a token that may be accepted.
    fn missing_token(&self) -> Code {
        if self.is_ambiguous() {
            Code::TokenInvalid
        } else {
            Code::NotSignedIn
        }
    }

    /// Returns the session service.
    pub(crate) fn service(&self) -> &Portcullis {
        &self.0.portcullis
    }

    /// Returns the protected pages, and the path of the sign-in page.
    pub fn pages(&self) -> &ProtectedPages {
        self.0.portcullis.pages()
    }

    /// Returns whether the request carries a refresh token. The token is not verified.
    pub fn has_refresh_token(&self) -> bool {
        self.0.unverified.refresh.one().is_some()
    }

    /// Returns whether the request carries several tokens of one kind that this installation
    /// has signed. None of them is accepted.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.0.unverified.are_ambiguous()
    }

    /// Reads from the database who is signed in, and until when.
    ///
    /// # Errors
    /// As [`Caller::authenticated`]; 401 `session_revoked`, `ended_elsewhere`, `password_changed`,
    /// `reuse_detected`, `account_inactive` or `account_deleted`; 503 `busy` if the database fails.
    pub async fn snapshot(&self) -> Result<Snapshot, ApiError> {
        let access = self.authenticated()?;
        Ok(self.0.portcullis.sessions().snapshot(access).await?)
    }

    /// Signs in a user whom the application has authenticated, by its own user table, LDAP or
    /// OAuth. Ends the session that the browser had before. Every call begins a session: call it
    /// when a user signs in, not on each request.
    ///
    /// # Errors
    /// 401 `account_inactive` if the account was deactivated in Portcullis; 503 `busy`.
    pub async fn sign_in_as(&self, account: &ExternalAccount) -> Result<Issued, ApiError> {
        self.0.portcullis.warn_if_registration_is_open();
        let account = self.0.portcullis.accounts().external(account).await?;
        Ok(self.begin(&account, "Signed in.").await?)
    }

    /// Exchanges the refresh token in the cookie for new tokens.
    ///
    /// An error clears no cookie: the browser may have received newer cookies in the meantime,
    /// by signing in again, and a late error response would remove them.
    ///
    /// # Errors
    /// 401 with a code about the session ([`Code::is_about_session`]); 503 `busy`, and the
    /// session continues.
    pub async fn refresh(&self) -> Result<Issued, ApiError> {
        let tokens = self.exchange().await?;
        Ok(self.issue(tokens, REFRESH_DETAIL))
    }

    /// Refreshes for a page load. Also returns the caller with its new access token.
    pub(super) async fn resume(&self) -> Result<(Self, Issued), ApiError> {
        let tokens = self.exchange().await?;
        let refreshed = self.refreshed(&tokens);
        Ok((refreshed, self.issue(tokens, REFRESH_DETAIL)))
    }

    pub(super) async fn exchange(&self) -> Result<IssuedTokens, ApiError> {
        match self.0.unverified.refresh.one() {
            Some(token) => Ok(self.0.portcullis.sessions().refresh(token).await?),
            None => Err(self.missing_token().into()),
        }
    }

    /// Signs out: ends the session of the tokens, or both sessions if the tokens belong to two,
    /// and returns the headers that remove both cookies. Also succeeds if there is no session.
    /// Runs to completion even if the client disconnects.
    ///
    /// # Errors
    /// 503 `busy` if the database is not available: the session continues and the cookies stay,
    /// so that the user can try again.
    pub async fn sign_out(&self) -> Result<SessionCookies, ApiError> {
        let caller = self.clone();
        let detached = self.0.portcullis.store().detached();
        let ended = detached.run(async move {
            for session in caller.sessions_of_tokens().await? {
                caller.0.portcullis.sessions().end(session).await?;
            }
            Ok::<_, SessionError>(())
        });
        ended.await?;
        Ok(SessionCookies::clear(self.0.portcullis.cookies()))
    }

    /// Returns the caller with the new access token. This does not count as a use of the token:
    /// if the response of the page load is lost, its tokens must not be confirmed.
    fn refreshed(&self, tokens: &IssuedTokens) -> Self {
        let refresh = self.0.unverified.refresh.one();
        let unverified = UnverifiedTokens {
            access: Unverified::One(tokens.access.expose().into()),
            refresh: refresh.map_or(Unverified::None, |token| Unverified::One(token.into())),
        };
        Self(Arc::new(Inner {
            access: OnceLock::from(Ok(tokens.access.verified())),
            portcullis: self.0.portcullis.clone(),
            unverified,
            device: self.0.device.clone(),
        }))
    }

    /// # Errors
    /// 404 `not_found` if the application has external accounts only.
    pub(super) fn require_passwords(&self) -> Result<(), ApiError> {
        if self.0.portcullis.has_passwords() {
            Ok(())
        } else {
            Err(Code::NotFound.into())
        }
    }

    pub(super) fn attempts(&self) -> &Attempts {
        self.0.portcullis.attempts()
    }

    pub(super) async fn begin(
        &self,
        account: &SignedInAccount,
        detail: &str,
    ) -> Result<Issued, SessionError> {
        let replaced = self.sessions_of_tokens().await?;
        let (sessions, device) = (self.0.portcullis.sessions(), self.0.device.stored());
        let tokens = sessions.begin_on(device, account, &replaced).await?;
        Ok(self.issue(tokens, detail))
    }

    pub(super) async fn sessions_of_tokens(&self) -> Result<Vec<SessionId>, SessionError> {
        let UnverifiedTokens { access, refresh } = &self.0.unverified;
        let sessions = self.0.portcullis.sessions();
        sessions.of_request(&access.all(), &refresh.all()).await
    }

    pub(super) fn issue(&self, tokens: IssuedTokens, detail: &str) -> Issued {
        Issued::new(self.0.portcullis.cookies(), tokens, detail)
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("access", &self.0.access.get())
            .finish_non_exhaustive()
    }
}
