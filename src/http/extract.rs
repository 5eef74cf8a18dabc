//! The extractors [`SignedIn`] and [`Caller`]: who sent a request, as an argument of a
//! handler.
//!
//! ```
//! use portcullis::{SignedIn, http::Caller};
//!
//! async fn me(user: SignedIn) -> String {
//!     format!("account {}", user.account_id())
//! }
//!
//! async fn greeting(user: Option<SignedIn>) -> &'static str {
//!     if user.is_some() { "welcome back" } else { "welcome" }
//! }
//! # use axum::{Router, routing::get};
//! # let _: Router = Router::new().route("/me", get(me)).route("/", get(greeting));
//! ```

use std::fmt;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};

use super::Caller;
use crate::{
    accounts::StoredAccount,
    clock::Timestamp,
    ids::{AccountId, SessionId},
    token::VerifiedAccess,
    wire::{ApiError, Code, Snapshot},
};

/// The signed-in user who sent a request.
///
/// As an argument it protects a handler. A request without a valid access token is
/// rejected with 401 and the code of the reason, and the handler is not called. If it
/// cannot be decided whether the request is signed in, it is rejected with 503.
///
/// `Option<SignedIn>` is `None` for a request that is not signed in. If that cannot be
/// decided, the request is rejected with 503 here too, because it may be signed in.
///
/// Both reject a request with 500 `layer_missing` if
/// [`Portcullis::protect`](crate::Portcullis::protect) is not around the route.
#[derive(Clone)]
pub struct SignedIn {
    caller: Caller,
    access: VerifiedAccess,
}

impl SignedIn {
    /// Verifies the caller's access token, without a database query.
    pub(crate) fn of(caller: &Caller) -> Result<Self, ApiError> {
        Ok(Self {
            access: *caller.authenticated()?,
            caller: caller.clone(),
        })
    }

    /// Returns the id of the account.
    pub fn account_id(&self) -> AccountId {
        self.access.subject().account
    }

    /// Returns the id of the session.
    pub fn session_id(&self) -> SessionId {
        self.access.subject().session
    }

    /// Returns when the access token expires.
    pub fn expires_at(&self) -> Timestamp {
        self.access.expires_at()
    }

    /// Reads the account and the session from the database.
    ///
    /// # Errors
    /// 401 if the session has ended or the account is inactive; 503 `busy` if the database
    /// does not respond.
    pub async fn snapshot(&self) -> Result<Snapshot, ApiError> {
        self.caller.snapshot().await
    }

    /// Reads the account from the database, with the application's own id for it
    /// ([`StoredAccount::external_id`]).
    ///
    /// # Errors
    /// 404 `not_found` if the account was deleted; 503 `busy` if the database does not
    /// respond.
    pub async fn account(&self) -> Result<StoredAccount, ApiError> {
        let accounts = self.caller.service().accounts();
        Ok(accounts.get(self.account_id()).await?)
    }

    /// Returns the caller, to sign out for example.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("account_id", &self.account_id())
            .field("session_id", &self.session_id())
            .finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Caller::of_parts(parts)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(&Caller::of_parts(parts)?)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        match Self::of(&Caller::of_parts(parts)?) {
            Ok(user) => Ok(Some(user)),
            Err(error) if error.code.is_about_session() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Caller {
    /// Returns the caller that `Portcullis::protect` put into the request's extensions.
    ///
    /// # Errors
    /// 500 `layer_missing` if `Portcullis::protect` is not around the route.
    pub(crate) fn of_parts(parts: &Parts) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!(
                path = ?parts.uri.path(),
                "`Portcullis::protect` is not around this route: build the router with \
                 `let app = auth.protect(app);` after all routes are added"
            );
            Code::LayerMissing.into()
        })
    }
}
