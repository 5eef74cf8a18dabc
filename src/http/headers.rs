//! The layer that adds the security headers to every response, errors and files included.

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

/// The headers that are the same for every response of every installation.
const FIXED_HEADERS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: a form without JavaScript is redirected back by its `Referer`.
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

/// The settings of the security headers of an installation.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders {
    is_secure: bool,
    /// The sources that pages may connect to besides their own origin, each preceded by a
    /// space.
    connect: Arc<str>,
    /// Whether the application sets the Content-Security-Policy of pages itself.
    has_own_page_policy: bool,
}

impl SecurityHeaders {
    /// Returns the settings for an origin. `connect_src` are the sources that pages may
    /// connect to besides their own origin.
    pub(crate) fn new(
        origin: &PublicOrigin,
        connect_src: &[String],
        has_own_page_policy: bool,
    ) -> Self {
        let connect: String = connect_src
            .iter()
            .flat_map(|source| [" ", source])
            .collect();
        Self {
            is_secure: origin.is_secure(),
            connect: connect.into(),
            has_own_page_policy,
        }
    }

    /// Returns the Content-Security-Policy of a response. A response that is neither a page
    /// nor a script may load nothing, wherever a browser displays it. A script gets the
    /// policy of pages, because a worker takes its policy from the response of its script.
    fn policy(&self, kind: ResponseKind, nonce: &CspNonce) -> Option<HeaderValue> {
        if kind == ResponseKind::Other {
            return Some(HeaderValue::from_static(
                "default-src 'none'; frame-ancestors 'none'",
            ));
        }
        if self.has_own_page_policy {
            return None;
        }
        // `Builder::open` has checked the sources, so this is a valid header value.
        HeaderValue::try_from(self.page_policy(nonce)).ok()
    }

    /// Returns the policy of pages. Inline scripts need the nonce, and inline styles are not
    /// allowed (OWASP ASVS 5.0, 3.4.3). `'strict-dynamic'` is not used, because a preloaded
    /// module carries no nonce.
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
enum ResponseKind {
    Page,
    Script,
    Other,
}

impl ResponseKind {
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

/// The nonce of a response's Content-Security-Policy: 16 random bytes in base64, new for
/// each response. [`Portcullis::protect`](crate::Portcullis::protect) puts it into the
/// extensions of every request, for handlers that render inline scripts.
#[derive(Clone, Debug)]
pub struct CspNonce(Arc<str>);

impl CspNonce {
    fn generate() -> Option<Self> {
        let mut bytes = [0; 16];
        rand::fill(&mut bytes).ok()?;
        Some(Self(STANDARD.encode(bytes).into()))
    }

    /// Returns the value for a `nonce` attribute.
    pub fn value(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

/// Adds the security headers and `Cache-Control`.
///
/// `no-store` is set on each response that depends on the session: pages, this library's
/// paths, responses that set a cookie, and responses whose handler has checked who is
/// signed in. It is also set on each response without a `Cache-Control` of its own, except
/// files (with `ETag` or `Last-Modified`), which get `no-cache`.
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

    let was_checked = response.extensions().get::<IsPersonal>().is_some();
    let headers = response.headers_mut();
    let kind = ResponseKind::of(headers);
    let is_page = kind == ResponseKind::Page;
    let is_personal = was_checked || headers.contains_key(SET_COOKIE);
    for (name, value) in FIXED_HEADERS {
        // A header that the application has set is kept.
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
    let has_cache_control = headers.contains_key(CACHE_CONTROL);
    let is_file = headers.contains_key(LAST_MODIFIED) || headers.contains_key(ETAG);
    if is_own || is_page || is_personal || (!has_cache_control && !is_file) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else if !has_cache_control {
        // The browser may keep a file, but must revalidate it before each use.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}
