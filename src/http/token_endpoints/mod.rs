//! The routes for clients that are not browsers, below `/api/token/`: the tokens are in JSON
//! bodies, in both directions. Requests and responses are those of djangorestframework-simplejwt
//! 5.5, so that its clients work unchanged; docs/clients.md describes them.
//!
//! A script of a page must never read a token. So these routes exist only if the application
//! asks for them, and they reject every request that a browser has sent: see [`NonBrowser`].
//! They neither read nor set cookies, so a page of another site cannot act for a user here.

mod errors;
mod fields;
mod non_browser;
mod pair;

use axum::{
    Json, Router,
    extract::{FromRequest, Request},
    http::Method,
    routing::{MethodRouter, post},
};
use serde_json::{Value, json};

use self::{errors::TokenEndpointError, fields::Fields, non_browser::NonBrowser, pair::TokenPair};
use super::Caller;
use crate::{
    Portcullis,
    sessions::Revoked,
    wire::{Code, paths},
};

impl Portcullis {
    /// Returns the routes below `/api/token/`; none unless
    /// [`Builder::token_endpoints`](crate::Builder::token_endpoints) has turned them on.
    pub(super) fn token_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        if !self.has_token_endpoints() {
            return Router::new();
        }
        let routes: [(&str, MethodRouter<S>); 4] = [
            (paths::TOKEN, post(obtain)),
            (paths::TOKEN_REFRESH, post(refresh)),
            (paths::TOKEN_VERIFY, post(verify)),
            (paths::TOKEN_BLACKLIST, post(blacklist)),
        ];
        let mut router = Router::new();
        for (path, route) in routes {
            let route = route.fallback(method_not_allowed);
            // `last_slash` adds no slash here: without the setting the paths belong to the
            // application.
            let without_slash = path.trim_end_matches('/');
            router = router
                .route(without_slash, route.clone())
                .route(path, route);
        }
        router
    }
}

/// A request of a client that is not a browser.
struct TokenRequest {
    caller: Caller,
    client: NonBrowser,
    fields: Fields,
}

impl<S: Send + Sync> FromRequest<S> for TokenRequest {
    type Rejection = TokenEndpointError;

    async fn from_request(request: Request, _: &S) -> Result<Self, TokenEndpointError> {
        let (parts, body) = request.into_parts();
        let caller = Caller::of_parts(&parts)?;
        // Before the body is read.
        let client = NonBrowser::check(&parts.headers, caller.service().cookies())?;
        let fields = Fields::read(&parts.headers, body).await?;
        Ok(Self {
            caller,
            client,
            fields,
        })
    }
}

impl TokenRequest {
    /// Returns the only field of a request, without surrounding white space.
    fn only(&self, name: &'static str) -> Result<String, TokenEndpointError> {
        let value = self.fields.get(name);
        let value = value.map_err(|problem| TokenEndpointError::Fields(vec![(name, problem)]))?;
        Ok(value.trim().to_owned())
    }
}

/// Signs in by e-mail address and password, and begins a session. `username` is accepted as
/// the name of the field with the e-mail address.
async fn obtain(request: TokenRequest) -> Result<TokenPair, TokenEndpointError> {
    let fields = &request.fields;
    let is_username = fields.has("username") && !fields.has("email");
    let name = if is_username { "username" } else { "email" };
    let (email, password) = match (fields.get(name), fields.get("password")) {
        (Ok(email), Ok(password)) => (email, password),
        (email, password) => {
            let problems = [(name, email.err()), ("password", password.err())];
            let problems = problems.into_iter();
            let problems = problems.filter_map(|(name, problem)| Some((name, problem?)));
            return Err(TokenEndpointError::Fields(problems.collect()));
        }
    };
    let issued = request.caller.sign_in_client(&email, &password).await?;
    Ok(TokenPair::new(&request.client, &issued))
}

/// Exchanges a refresh token. If the presented token stays the current one, it is the one in
/// the response, because clients store what they find there.
async fn refresh(request: TokenRequest) -> Result<TokenPair, TokenEndpointError> {
    let presented = request.only("refresh")?;
    let sessions = request.caller.service().sessions();
    let issued = sessions.refresh(&presented).await?;
    Ok(TokenPair::new(&request.client, &issued).or_refresh(presented))
}

/// Responds with 200 if an access token is valid. A refresh token is rejected, although
/// simplejwt accepts it here: a service that authenticates its callers by this route would
/// accept a stolen refresh token for days, without the rotation that detects the theft.
async fn verify(request: TokenRequest) -> Result<Json<Value>, TokenEndpointError> {
    let token = request.only("token")?;
    let service = request.caller.service();
    service.revocations().catch_up().await;
    service.authenticate(&token)?;
    Ok(Json(json!({})))
}

/// Ends the session of a refresh token: the client signs out.
async fn blacklist(request: TokenRequest) -> Result<Json<Value>, TokenEndpointError> {
    let token = request.only("refresh")?;
    let sessions = request.caller.service().sessions();
    match sessions.end_by_refresh_token(&token).await? {
        Revoked::Now => Ok(Json(json!({}))),
        Revoked::Before | Revoked::Unknown => Err(Code::SessionEnded.into()),
    }
}

async fn method_not_allowed(method: Method) -> TokenEndpointError {
    TokenEndpointError::MethodNotAllowed(method)
}
