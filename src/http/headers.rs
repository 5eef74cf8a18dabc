//! Security headers, on every answer, errors and files too.

use std::sync::Arc;

use aws_lc_rs::rand;
use axum::{
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{error_response, media_type::has_content_type};
use crate::{
    origin::PublicOrigin,
    wire::{Code, SIGNED_IN_HEADER, paths},
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

/// The part of the headers that differs between installations.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders {
    is_secure: bool,
    /// The sources that pages may connect to besides their own origin, each after
    /// a space.
    connect: Arc<str>,
    /// Whether the policy of pages is the application's own.
    has_own_page_policy: bool,
}

impl SecurityHeaders {
    /// The headers of an installation at that origin, whose pages may connect to
    /// those sources too.
    pub(crate) fn new(
        origin: &PublicOrigin,
        connect_to: &[String],
        has_own_page_policy: bool,
    ) -> Self {
        let connect: String = connect_to.iter().flat_map(|source| [" ", source]).collect();
        Self {
            is_secure: origin.is_secure(),
            connect: connect.into(),
            has_own_page_policy,
        }
    }

    /// The Content-Security-Policy of a response. A response that is no page may
    /// load nothing, wherever a browser shows it.
    fn policy(&self, is_page: bool, nonce: &CspNonce) -> Option<HeaderValue> {
        if !is_page {
            return Some(HeaderValue::from_static(
                "default-src 'none'; frame-ancestors 'none'",
            ));
        }
        if self.has_own_page_policy {
            return None;
        }
        // The sources were checked when they were set.
        HeaderValue::try_from(self.page_policy(nonce)).ok()
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

/// Adds the security headers, and `Cache-Control: no-store` to each response that
/// depends on the session (pages, this library's paths, a response that sets a
/// cookie or for which the access token was verified) and to each that does not
/// say how it may be cached.
pub(super) async fn headers(
    State(settings): State<SecurityHeaders>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(nonce) = CspNonce::generate() else {
        return error_response(Code::Internal.into());
    };
    let is_own = paths::is_own(request.uri().path());
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;

    let headers = response.headers_mut();
    let is_page = has_content_type(headers, "text/html");
    let is_personal = headers.contains_key(SET_COOKIE) || headers.contains_key(SIGNED_IN_HEADER);
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if settings.is_secure {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, two_years);
    }
    if let Some(policy) = settings.policy(is_page, &nonce) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    let says_itself = headers.contains_key(CACHE_CONTROL);
    if is_own || is_page || is_personal || !says_itself {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
