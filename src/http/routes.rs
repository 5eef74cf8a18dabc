//! The HTTP interface as Axum routes, for applications without Leptos. In a Leptos
//! application, server functions serve these paths.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, rejection::PathRejection},
    http::{
        HeaderMap, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use url::form_urlencoded;

use super::{
    Caller,
    admin::{
        invitations,
        routes::{accounts, act, events as admin_events, events_csv, statistics},
    },
    error_response,
    forward_auth::{resume, verify},
    media_type::accepts_html,
};
use crate::{
    Portcullis,
    keys::JWKS_MAX_AGE,
    wire::{
        ApiError, Code, Done, INVITATION_PARAMETER, LocalPath, Problem, RecentEvents, SessionList,
        Snapshot, paths,
    },
};

impl Portcullis {
    /// Returns the routes of the HTTP interface and the
    /// [service routes](Portcullis::service_routes). Below `/api/accounts/`, and for
    /// administrators below `/api/admin/`:
    ///
    /// | route | body | response |
    /// |---|---|---|
    /// | `POST auth/register/` | `email`, `password`, `name`, `invitation`, `next` | [`SignedInResponse`] and cookies |
    /// | `POST auth/login/` | `email`, `password`, `next` | [`SignedInResponse`] and cookies |
    /// | `POST auth/logout/` | `next` | [`Done`], removes the cookies |
    /// | `POST auth/token/refresh/` | empty | [`SignedInResponse`] and cookies |
    /// | `GET auth/session/` | | [`Snapshot`] |
    /// | `GET sessions/` | | [`SessionList`](crate::wire::SessionList) |
    /// | `POST sessions/revoke-others/` | `next` | [`Done`] |
    /// | `GET events/` | | [`RecentEvents`] |
    /// | `POST password/` | `current_password`, `new_password`, `next` | [`SignedInResponse`] and cookies |
    /// | `GET /api/admin/accounts/` | the query [`AccountQuery`](crate::wire::AccountQuery) | [`AccountPage`](crate::wire::AccountPage) |
    /// | `GET /api/admin/events/` | the query [`EventQuery`](crate::wire::EventQuery) | [`EventPage`](crate::wire::EventPage) |
    /// | `GET /api/admin/invitations/` | | [`InvitationList`](crate::wire::InvitationList) |
    /// | `GET /api/admin/statistics/` | | [`Statistics`](crate::wire::Statistics) |
    ///
    /// A body is a form or JSON. The response to a form that a browser submits is a redirect
    /// (303) to `next` if that is a [`LocalPath`], or else to a default page. An error is an
    /// [`ApiError`] as JSON.
    ///
    /// With Leptos, server functions have these paths, and merging both into one router
    /// panics: merge only the service routes there.
    ///
    /// [`SignedInResponse`]: crate::wire::SignedInResponse
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route(paths::REGISTER, post(register))
            .route(paths::LOGIN, post(login))
            .route(paths::LOGOUT, post(logout))
            .route(paths::REFRESH, post(refresh))
            .route(paths::SESSION, get(session))
            .route(paths::PASSWORD, post(password))
            .route(paths::EVENTS, get(events))
            .route(paths::SESSIONS, get(sessions))
            .route(paths::REVOKE_OTHERS, post(revoke_others))
            .route(paths::ADMIN_ACCOUNTS, get(accounts))
            .route(paths::ADMIN_EVENTS, get(admin_events))
            .route(paths::ADMIN_STATISTICS, get(statistics))
            .route(paths::ADMIN_INVITATIONS, get(invitations::list))
            // Both have a route for the invitations, so that the fallback has to be the last.
            .merge(self.service_paths())
            .method_not_allowed_fallback(method_not_allowed)
            .merge(self.token_routes())
    }

    /// Returns the routes for the public signing keys (`/.well-known/jwks.json`, RFC 7517),
    /// for a liveness check (`/healthz`), for a readiness check (`/readyz`: 503 `busy` if
    /// the process cannot serve requests), and for reverse proxies that authenticate the
    /// requests of another application: `/api/accounts/auth/verify/` responds with 204 and
    /// the headers [`USER_HEADER`](crate::wire::USER_HEADER) and
    /// [`SESSION_HEADER`](crate::wire::SESSION_HEADER), or with 401, and `…/resume/` refreshes
    /// the session and redirects back, or to the sign-in page. More routes cannot be
    /// server functions. Three of them have an id in the path: [`POST /api/accounts/sessions/{id}/revoke/`](paths::revoke) ends a session of the
    /// caller's account, [`POST /api/admin/accounts/{id}/{act}/`](paths::account_act) does
    /// what an administrator may do to an account, and
    /// [`POST /api/admin/invitations/{id}/withdraw/`](paths::withdraw_invitation) withdraws an
    /// invitation, which [`POST /api/admin/invitations/`](paths::ADMIN_INVITATIONS) creates for the
    /// field `email`; its response is never a redirect, because it has the token. Another one streams the audit trail to an
    /// administrator as comma-separated values:
    /// [`GET /api/admin/events.csv/`](paths::ADMIN_EVENTS_CSV), with the same query as
    /// `/api/admin/events/`.
    ///
    /// With [`Builder::token_endpoints`](crate::Builder::token_endpoints), clients that are
    /// not browsers get their tokens at `/api/token/`.
    ///
    /// The liveness check fails (503 `tasks_missing`) only if a restart helps: if the
    /// background tasks are not running. If the process cannot read which sessions have
    /// ended, it accepts no access token, and the liveness check says so, with status 200: a
    /// restart would not make the database reachable.
    pub fn service_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.service_paths()
            .method_not_allowed_fallback(method_not_allowed)
            .merge(self.token_routes())
    }

    fn service_paths<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let (alive, ready, keys) = (self.clone(), self.clone(), self.clone());
        Router::new()
            .route(paths::HEALTH, get(async move || liveness(&alive)))
            .route(paths::READY, get(async move || readiness(&ready).await))
            .route(paths::JWKS, get(async move || jwks(&keys)))
            .route(paths::VERIFY, any(verify))
            .route(paths::RESUME, any(resume))
            .route(paths::REVOKE, post(revoke))
            .route(paths::ACCOUNT_ACT, post(act))
            .route(paths::ADMIN_EVENTS_CSV, get(events_csv))
            .route(paths::ADMIN_INVITATIONS, post(invitations::invite))
            .route(paths::WITHDRAW_INVITATION, post(invitations::withdraw))
    }
}

async fn method_not_allowed() -> ApiError {
    Code::MethodNotAllowed.into()
}

async fn register(caller: Caller, headers: HeaderMap, body: Bytes) -> Result<Response, ApiError> {
    let form = Form::read(&body);
    let (email, password) = (form.required("email")?, form.required("password")?);
    let name = form.get("name").unwrap_or_default();
    let invitation = form.get(INVITATION_PARAMETER);
    let form_fields = [&*email, &name, &password];
    let issued = caller
        .register_by_form(invitation.as_deref(), form_fields)
        .await?;
    let default = caller.pages().after_sign_in();
    Ok(form.respond(&headers, default, issued))
}

async fn login(caller: Caller, headers: HeaderMap, body: Bytes) -> Result<Response, ApiError> {
    let form = Form::read(&body);
    let (email, password) = (form.required("email")?, form.required("password")?);
    let issued = caller.sign_in(&email, &password).await?;
    let default = caller.pages().after_sign_in();
    Ok(form.respond(&headers, default, issued))
}

async fn logout(caller: Caller, headers: HeaderMap, body: Bytes) -> Result<Response, ApiError> {
    let cookies = caller.sign_out().await?;
    let done = axum::Json(Done::signed_out());
    Ok(Form::read(&body).respond(&headers, "/", (cookies, done)))
}

async fn refresh(caller: Caller) -> Result<impl IntoResponse, ApiError> {
    caller.refresh().await
}

async fn session(caller: Caller) -> Result<axum::Json<Snapshot>, ApiError> {
    Ok(axum::Json(caller.snapshot().await?))
}

async fn password(caller: Caller, headers: HeaderMap, body: Bytes) -> Result<Response, ApiError> {
    let form = Form::read(&body);
    let current = form.required("current_password")?;
    let new = form.required("new_password")?;
    let issued = caller.change_password(&current, &new).await?;
    let default = caller.pages().after_sign_in();
    Ok(form.respond(&headers, default, issued))
}

fn liveness(portcullis: &Portcullis) -> Response {
    if !portcullis.has_tasks() {
        return error_response(Code::TasksMissing.into());
    }
    let state = if portcullis.revocations().is_fresh() {
        "alive\n"
    } else {
        "alive, but accepts no access token: the ended sessions cannot be read\n"
    };
    state.into_response()
}

async fn sessions(caller: Caller) -> Result<axum::Json<SessionList>, ApiError> {
    Ok(axum::Json(caller.list_sessions().await?))
}

async fn revoke_others(
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let done = axum::Json(caller.end_other_sessions().await?);
    Ok(Form::read(&body).respond(&headers, "/", done))
}

async fn revoke(
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    // An id that is not UTF-8 is unknown, as any other string that is not an id.
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let (cookies, done) = caller.end_session(&id).await?;
    Ok(Form::read(&body).respond(&headers, "/", (cookies, axum::Json(done))))
}

async fn events(caller: Caller) -> Result<axum::Json<RecentEvents>, ApiError> {
    Ok(axum::Json(caller.recent_events().await?))
}

async fn readiness(portcullis: &Portcullis) -> Response {
    if portcullis.is_ready().await {
        "ready\n".into_response()
    } else {
        error_response(Code::Busy.into())
    }
}

/// The response may be cached for [`JWKS_MAX_AGE`]. A key is published for longer than that
/// before it signs, unless the earlier keys were revoked.
fn jwks(portcullis: &Portcullis) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/jwk-set+json".to_owned()),
        (
            CACHE_CONTROL,
            format!("public, max-age={}", JWKS_MAX_AGE.as_secs()),
        ),
    ];
    (headers, portcullis.jwks()).into_response()
}

/// The fields of a form. A JSON body has been converted to a form (`body.rs`).
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Reads the fields of the query of a request.
    pub(super) fn of_query(uri: &Uri) -> Self {
        Self::read(uri.query().unwrap_or_default().as_bytes())
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        let mut fields = self.0.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
    }

    fn required(&self, name: &str) -> Result<String, ApiError> {
        self.get(name)
            .ok_or_else(|| ApiError::field(name, Problem::Missing))
    }

    /// Returns the response to a form. If a browser submitted it, the response becomes a
    /// redirect to the field `next`, or to `default` if `next` is not a local path. A script
    /// gets the response itself.
    pub(super) fn respond(
        &self,
        headers: &HeaderMap,
        default: &str,
        response: impl IntoResponse,
    ) -> Response {
        let mut response = response.into_response();
        if accepts_html(headers) {
            let next = self.get("next").and_then(|next| LocalPath::parse(&next));
            let target = next.as_ref().map_or(default, LocalPath::as_str);
            if let Ok(location) = ascii(target).try_into() {
                *response.status_mut() = StatusCode::SEE_OTHER;
                response.headers_mut().insert(LOCATION, location);
            }
        }
        response
    }
}

/// Percent-encodes characters that are not ASCII, as a browser does, because a header value
/// has no character encoding.
pub(crate) fn ascii(path: &str) -> String {
    percent_encoding::utf8_percent_encode(path, percent_encoding::CONTROLS).to_string()
}
