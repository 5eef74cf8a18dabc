//! The HTTP interface as Axum routes, for applications without Leptos. In a
//! Leptos application server functions own these paths.

use axum::{
    Router,
    body::Bytes,
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use url::form_urlencoded;

use super::{Caller, error_response, media_type::accepts_html};
use crate::{
    Portcullis,
    keys::JWKS_MAX_AGE,
    wire::{ApiError, Code, Done, LocalPath, Problem, Snapshot, paths},
};

impl Portcullis {
    /// The routes of the HTTP interface: the accounts' `register`, `login`,
    /// `logout`, `token/refresh` and `session` below `/api/accounts/auth/`, and
    /// the [service routes](Portcullis::service_routes).
    ///
    /// With Leptos the server functions have these paths, and merging both into one
    /// router panics: take the service routes alone there.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .route(paths::REGISTER, post(register))
            .route(paths::LOGIN, post(login))
            .route(paths::LOGOUT, post(logout))
            .route(paths::REFRESH, post(refresh))
            .route(paths::SESSION, get(session))
            .method_not_allowed_fallback(method_not_allowed)
            .merge(self.service_routes())
    }

    /// The public signing keys (`/.well-known/jwks.json`), and whether the process
    /// is alive (`/healthz`) and ready to serve (`/readyz`).
    pub fn service_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let (ready, keys) = (self.clone(), self.clone());
        Router::new()
            .route(paths::HEALTH, get(async || "alive\n"))
            .route(paths::READY, get(async move || readiness(&ready).await))
            .route(paths::JWKS, get(async move || jwks(&keys)))
            .method_not_allowed_fallback(method_not_allowed)
    }
}

async fn method_not_allowed() -> ApiError {
    Code::MethodNotAllowed.into()
}

async fn register(caller: Caller, headers: HeaderMap, body: Bytes) -> Result<Response, ApiError> {
    let form = Form::read(&body);
    let (email, password) = (form.required("email")?, form.required("password")?);
    let name = form.get("name").unwrap_or_default();
    let issued = caller.register(&email, &name, &password).await?;
    let default = caller.pages().after_sign_in();
    Ok(form.send_on(&headers, default, issued))
}

async fn login(caller: Caller, headers: HeaderMap, body: Bytes) -> Result<Response, ApiError> {
    let form = Form::read(&body);
    let (email, password) = (form.required("email")?, form.required("password")?);
    let issued = caller.sign_in(&email, &password).await?;
    let default = caller.pages().after_sign_in();
    Ok(form.send_on(&headers, default, issued))
}

async fn logout(caller: Caller, headers: HeaderMap, body: Bytes) -> Result<Response, ApiError> {
    let cookies = caller.sign_out().await?;
    let done = axum::Json(Done::signed_out());
    Ok(Form::read(&body).send_on(&headers, "/", (cookies, done)))
}

async fn refresh(caller: Caller) -> Result<impl IntoResponse, ApiError> {
    caller.refresh().await
}

async fn session(caller: Caller) -> Result<axum::Json<Snapshot>, ApiError> {
    Ok(axum::Json(caller.snapshot().await?))
}

async fn readiness(portcullis: &Portcullis) -> Response {
    if portcullis.is_ready().await {
        "ready\n".into_response()
    } else {
        error_response(Code::Busy.into())
    }
}

/// A key is published before it signs for longer than the response may be cached.
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

/// The fields of a form. A JSON body has been rewritten into one (`body.rs`).
struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<String> {
        let mut fields = self.0.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
    }

    fn required(&self, name: &str) -> Result<String, ApiError> {
        self.get(name)
            .ok_or_else(|| ApiError::field(name, Problem::Missing))
    }

    /// Redirects a form that a browser sent to its field `next`, where that is a
    /// local path, or else to `default`. A script gets the response itself.
    fn send_on(&self, headers: &HeaderMap, default: &str, response: impl IntoResponse) -> Response {
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

/// Percent-encodes what is not ASCII, as a browser would: a header has no encoding
/// of its own.
pub(crate) fn ascii(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::CONTROLS).to_string()
}
