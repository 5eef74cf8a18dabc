//! Security headers, on every answer, errors and files too.

use std::sync::Arc;

use aws_lc_rs::rand;
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, LAST_MODIFIED, REFERRER_POLICY,
            SET_COOKIE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{authenticate::IsPersonal, error_response, media_type::has_content_type};
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

    /// The Content-Security-Policy of a response. A response that is neither page nor
    /// script may load nothing, wherever a browser shows it. A worker takes its policy
    /// from the response of its script.
    fn policy(&self, kind: Kind, nonce: &CspNonce) -> Option<HeaderValue> {
        if kind == Kind::Other {
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

/// The kind of a response, by its media type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Script,
    Other,
}

impl Kind {
    fn of(headers: &HeaderMap) -> Self {
        let is = |media_type| has_content_type(headers, media_type);
        if is("text/html") {
            Self::Page
        } else if is("text/javascript") || is("application/javascript") {
            Self::Script
        } else {
            Self::Other
        }
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
/// cookie or whose handler asked who is signed in) and to each that does not
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

    let was_asked = response.extensions().get::<IsPersonal>().is_some();
    let headers = response.headers_mut();
    let kind = Kind::of(headers);
    let is_page = kind == Kind::Page;
    let is_personal = was_asked || headers.contains_key(SET_COOKIE);
    for (name, value) in FIXED {
        // A header that the application sets itself stays.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if settings.is_secure {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, two_years);
    }
    if let Some(policy) = settings.policy(kind, &nonce) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    let says_itself = headers.contains_key(CACHE_CONTROL);
    let is_file = headers.contains_key(LAST_MODIFIED) || headers.contains_key(ETAG);
    if is_own || is_page || is_personal || (!says_itself && !is_file) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else if !says_itself {
        // A file may be kept, and is asked for each time whether it is still the same.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}
