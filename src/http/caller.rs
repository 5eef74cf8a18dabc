//! The caller of a request, and all that a caller can ask for.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use axum::http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

use super::{Issued, SessionCookies, credentials::UnverifiedTokens};
use crate::{
    Portcullis,
    accounts::{AccountError, DisplayName, Email, ExternalAccount, NewPassword, SignedInAccount},
    audit::Event,
    ids::SessionId,
    sessions::{Grant, SessionError},
    token::VerifiedAccess,
    wire::{Answer, ApiError, Code, Problem, ProtectedPages, Snapshot},
};

/// Who sent a request: the services, and what the request presented. Server
/// functions find it in the request's extensions.
#[derive(Clone)]
pub struct Caller {
    portcullis: Portcullis,
    unverified: Arc<UnverifiedTokens>,
    /// Whether the access token passed, once somebody has asked. Most of what a
    /// browser sends its cookies along with (files, a refresh) does not ask, and
    /// a signature costs more than all else about such a request.
    access: Arc<OnceLock<Result<VerifiedAccess, ApiError>>>,
}

/// The sentence of a refresh, as the clients of the field expect it.
const REFRESHED: &str = "Token refreshed successfully";

impl Caller {
    /// Reads the access token from the cookie first, then from `Authorization`.
    pub(crate) fn of_request(portcullis: Portcullis, headers: &HeaderMap) -> Self {
        Self {
            unverified: Arc::new(UnverifiedTokens::read(portcullis.cookies(), headers)),
            access: Arc::default(),
            portcullis,
        }
    }

    /// The verified access token. It is verified, without the database, when this
    /// is first called, and that is its use.
    ///
    /// # Errors
    /// 401 where there is none that counts, with the code that says why; 503
    /// where it cannot be told.
    pub fn authenticated(&self) -> Result<&VerifiedAccess, ApiError> {
        let access = self.access.get_or_init(|| self.authenticate());
        access.as_ref().map_err(Clone::clone)
    }

    /// Whether a handler has asked for the access token.
    pub(super) fn was_asked(&self) -> bool {
        self.access.get().is_some()
    }

    /// Whether a handler has asked for the access token, and it passed.
    pub(super) fn has_passed(&self) -> bool {
        matches!(self.access.get(), Some(Ok(_)))
    }

    fn authenticate(&self) -> Result<VerifiedAccess, ApiError> {
        match &self.unverified.access {
            Some(token) => self.portcullis.authenticate(token.expose_secret()),
            None if self.unverified.is_ambiguous => Err(Code::TokenInvalid.into()),
            None => Err(Code::NotSignedIn.into()),
        }
    }

    /// The session service.
    pub(crate) fn service(&self) -> &Portcullis {
        &self.portcullis
    }

    /// The pages that need a session, and the page to sign in.
    pub fn pages(&self) -> &ProtectedPages {
        self.portcullis.pages()
    }

    /// Whether the request carries a refresh token.
    pub fn has_refresh_token(&self) -> bool {
        self.unverified.refresh.is_some()
    }

    /// Who is signed in, until when.
    ///
    /// # Errors
    /// 401 where nobody is.
    pub async fn snapshot(&self) -> Result<Snapshot, ApiError> {
        let access = self.authenticated()?;
        Ok(self.portcullis.sessions().snapshot(access).await?)
    }

    /// Opens an account and signs in.
    ///
    /// # Errors
    /// 422 `invalid_input` with the fields, 409 `email_taken`, 503 `busy`; 404 with
    /// [`Builder::external_accounts_only`](crate::Builder::external_accounts_only).
    pub async fn register(
        &self,
        email: &str,
        name: &str,
        password: &str,
    ) -> Result<Issued, ApiError> {
        self.require_passwords()?;
        let form = (
            Email::parse(email),
            DisplayName::parse(name),
            NewPassword::parse(password),
        );
        let (Ok(email), Ok(name), Ok(password)) = &form else {
            let problems = [
                ("email", form.0.err()),
                ("name", form.1.err()),
                ("password", form.2.err()),
            ];
            return Err(ApiError::fields(
                problems
                    .into_iter()
                    .filter_map(|(name, problem)| Some((name.into(), problem?))),
            ));
        };
        let account = self
            .portcullis
            .accounts()
            .register(email, name, password)
            .await?;
        let begun = self.begin(&account, "Welcome! Your account is open.").await;
        begun.map_err(without_reason)
    }

    /// Signs in, and ends the session that the browser had before.
    ///
    /// # Errors
    /// 401 `invalid_credentials`, whatever was wrong; 422 where a field is
    /// empty; 503 `busy`; 404 with
    /// [`Builder::external_accounts_only`](crate::Builder::external_accounts_only).
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Issued, ApiError> {
        self.require_passwords()?;
        let missing = [
            ("email", email.trim().is_empty()),
            ("password", password.is_empty()),
        ];
        if missing.iter().any(|(_, is_missing)| *is_missing) {
            let missing = missing.iter().filter(|(_, is_missing)| *is_missing);
            return Err(ApiError::fields(
                missing.map(|(f, _)| ((*f).into(), Problem::Missing)),
            ));
        }
        let account = self.portcullis.accounts().check(email, password).await;
        if matches!(account, Err(AccountError::InvalidCredentials)) {
            Event::SignInFailed.log(None, None);
        }
        let begun = self.begin(&account?, "Signed in.").await;
        begun.map_err(without_reason)
    }

    /// Signs in a person for whom the application vouches, by its own user table,
    /// LDAP or OAuth, and ends the session that the browser had before. Every call
    /// begins a session: call it when a person signs in, not with each request.
    ///
    /// # Errors
    /// 401 `account_inactive` where the account was deactivated here; 503 `busy`.
    pub async fn sign_in_as(&self, account: &ExternalAccount) -> Result<Issued, ApiError> {
        self.portcullis.note_external();
        let account = self.portcullis.accounts().external(account).await?;
        Ok(self.begin(&account, "Signed in.").await?)
    }

    /// Refreshes the tokens by the refresh cookie.
    ///
    /// A refusal clears no cookie: the browser may have received a newer one
    /// meanwhile, from signing in again, and a late refusal would take it away.
    ///
    /// # Errors
    /// 401 with the reason, or 503 `busy`, after which the session goes on.
    pub async fn refresh(&self) -> Result<Issued, ApiError> {
        let grant = self.grant().await?;
        Ok(self.issue(grant, REFRESHED))
    }

    /// Refreshes for a page that is being loaded: returns the caller with its new
    /// access token too.
    pub(super) async fn resume(&self) -> Result<(Self, Issued), ApiError> {
        let grant = self.grant().await?;
        let refreshed = self.refreshed(&grant);
        Ok((refreshed, self.issue(grant, REFRESHED)))
    }

    async fn grant(&self) -> Result<Grant, ApiError> {
        let token = match &self.unverified.refresh {
            Some(token) => token.expose_secret(),
            None if self.unverified.is_ambiguous => return Err(Code::TokenInvalid.into()),
            None => return Err(Code::NotSignedIn.into()),
        };
        Ok(self.portcullis.sessions().refresh(token).await?)
    }

    /// Signs out: ends the session, or the sessions where the tokens are of two,
    /// and returns both cookies cleared. Without a session there
    /// is nothing to end, and that is no error.
    ///
    /// # Errors
    /// 503 where the database is away: the session goes on, and the cookies
    /// stay, so that signing out can be tried again.
    pub async fn sign_out(&self) -> Result<SessionCookies, ApiError> {
        for session in self.sessions_of_tokens().await? {
            self.portcullis.sessions().end(session).await?;
        }
        Ok(SessionCookies(self.portcullis.cookies().clear()))
    }

    /// The caller after a refresh: with the new access token in place of the
    /// old one. It has not been used by that: a page load whose answer is lost
    /// must not confirm the tokens that went down with it.
    fn refreshed(&self, grant: &Grant) -> Self {
        let unverified = UnverifiedTokens {
            access: Some(grant.access.expose().into()),
            refresh: self.unverified.refresh.clone(),
            is_ambiguous: false,
        };
        Self {
            access: Arc::new(OnceLock::from(Ok(grant.access.verified()))),
            portcullis: self.portcullis.clone(),
            unverified: Arc::new(unverified),
        }
    }

    /// # Errors
    /// 404 where the application leaves no passwords to this library.
    fn require_passwords(&self) -> Result<(), ApiError> {
        if self.portcullis.has_passwords() {
            Ok(())
        } else {
            Err(Code::NotFound.into())
        }
    }

    async fn begin(&self, account: &SignedInAccount, detail: &str) -> Result<Issued, SessionError> {
        let replaced = self.sessions_of_tokens().await?;
        let grant = self.portcullis.sessions().begin(account, &replaced).await?;
        Ok(self.issue(grant, detail))
    }

    async fn sessions_of_tokens(&self) -> Result<Vec<SessionId>, SessionError> {
        let expose = |token: &'_ Option<SecretString>| {
            token.as_ref().map(|token| token.expose_secret().to_owned())
        };
        let (access, refresh) = (
            expose(&self.unverified.access),
            expose(&self.unverified.refresh),
        );
        let sessions = self.portcullis.sessions();
        sessions
            .of_request(access.as_deref(), refresh.as_deref())
            .await
    }

    fn issue(&self, grant: Grant, detail: &str) -> Issued {
        let cookies = self.portcullis.cookies();
        let lifetime = std::time::Duration::from_secs(grant.snapshot.expires_in);
        let mut set = vec![cookies.set_access(&grant.access, lifetime)];
        if let Some((token, ends)) = &grant.refresh {
            set.push(cookies.set_refresh(token, ends.since(grant.granted_at)));
        }
        let answer = Answer {
            detail: detail.to_owned(),
            snapshot: grant.snapshot,
        };
        Issued {
            answer,
            cookies: SessionCookies(set),
        }
    }
}

/// An account that was deactivated after its password was checked looks like a
/// wrong password: the caller has shown no more than that.
fn without_reason(error: SessionError) -> ApiError {
    match error {
        SessionError::Inactive => Code::InvalidCredentials.into(),
        other => other.into(),
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("access", &self.access.get())
            .finish_non_exhaustive()
    }
}
