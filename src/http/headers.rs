//! Security headers, on every answer, errors and files too.

use std::sync::Arc;

use aws_lc_rs::rand;
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, SET_COOKIE,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::error_response;
use crate::{
    origin::PublicOrigin,
    wire::{Code, paths},
};

/// Headers that never differ.
const FIXED: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: a form without JavaScript finds its way back by it.
    (REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// What differs between installations.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    is_secure: bool,
    /// What pages may connect to besides their own origin.
    connect: Arc<str>,
}

impl SecurityHeaders {
    /// The headers of an installation at that origin.
    pub fn new(origin: &PublicOrigin) -> Self {
        Self {
            is_secure: origin.is_secure(),
            connect: "".into(),
        }
    }

    /// Lets pages connect to `source` too, such as `ws://127.0.0.1:3001` for
    /// the reloading of a development server.
    #[must_use]
    pub fn connect_to(self, source: &str) -> Self {
        Self {
            connect: format!("{} {source}", self.connect).into(),
            ..self
        }
    }

    /// Scripts by nonce, and no inline styles (OWASP ASVS 5.0, 3.4.3). Not
    /// `'strict-dynamic'`: a module that is preloaded carries no nonce.
    fn page_policy(&self, nonce: &CspNonce) -> String {
        format!(
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{}'; \
             connect-src 'self'{}; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'",
            nonce.0, self.connect
        )
    }
}

/// The nonce of an answer's Content-Security-Policy. In the extensions of every
/// request, for whoever renders inline scripts.
#[derive(Clone, Debug)]
pub struct CspNonce(Arc<str>);

impl CspNonce {
    fn generate() -> Option<Self> {
        let mut bytes = [0; 16];
        rand::fill(&mut bytes).ok()?;
        Some(Self(STANDARD.encode(bytes).into()))
    }

    /// The value for a `nonce` attribute.
    pub fn value(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

/// Adds the security headers, and `Cache-Control: no-store` to what depends on
/// the session: pages, the HTTP interface, whatever sets a cookie, and all that
/// does not say itself how it may be kept.
pub async fn headers(
    State(settings): State<SecurityHeaders>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(nonce) = CspNonce::generate() else {
        return error_response(Code::Internal.into());
    };
    let is_api = request.uri().path().starts_with(paths::API);
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;

    let is_page = is_html(response.headers());
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if settings.is_secure {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, two_years);
    }
    let policy = is_page.then(|| HeaderValue::try_from(settings.page_policy(&nonce)).ok());
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.insert(CONTENT_SECURITY_POLICY, policy.flatten().unwrap_or(nothing));
    let says_itself = headers.contains_key(CACHE_CONTROL);
    if is_api || is_page || headers.contains_key(SET_COOKIE) || !says_itself {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn is_html(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("text/html"))
}
