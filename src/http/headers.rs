//! The layer that adds the security headers to every response, errors and files included.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::rand;
use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, LAST_MODIFIED, REFERRER_POLICY,
            SET_COOKIE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{authenticate::IsPersonal, media_type::has_content_type};
use crate::{origin::PublicOrigin, wire::paths};

/// The headers that are the same for every response of every installation.
static FIXED_HEADERS: [(HeaderName, HeaderValue); 6] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Not `no-referrer`: a form without JavaScript is redirected back by its `Referer`.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// How many headers this layer adds at most. Reserved at once, because the map would grow in
/// steps.
const MAX_ADDED_HEADERS: usize = FIXED_HEADERS.len() + 3;

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
            nonce.value(),
            self.connect
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
pub struct CspNonce(Arc<OnceLock<Arc<str>>>);

impl CspNonce {
    /// Returns the value for a `nonce` attribute. The first call generates it: most responses
    /// are not pages and need none.
    pub fn value(&self) -> Arc<str> {
        Arc::clone(self.0.get_or_init(|| {
            let mut bytes = [0; 16];
            match rand::fill(&mut bytes) {
                Ok(()) => STANDARD.encode(bytes).into(),
                // Not a nonce, so the browser runs no inline script.
                Err(_) => "".into(),
            }
        }))
    }
}

/// Adds the security headers and `Cache-Control`.
///
/// `no-store` is set on each response that depends on the session: pages, this library's
/// paths, responses that set a cookie, and responses whose handler has checked who is
/// signed in. It is also set on each response without a `Cache-Control` of its own, except
/// files (with `ETag` or `Last-Modified`), which get `no-cache`.
pub(super) async fn headers<F: Future<Output = Response>>(
    settings: &SecurityHeaders,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let nonce = CspNonce(Arc::default());
    let is_own = paths::is_own(request.uri().path());
    request.extensions_mut().insert(nonce.clone());
    let mut response = next(request).await;

    let was_checked = response.extensions().get::<IsPersonal>().is_some();
    let headers = response.headers_mut();
    let kind = ResponseKind::of(headers);
    let is_page = kind == ResponseKind::Page;
    let is_personal = was_checked || headers.contains_key(SET_COOKIE);
    headers.reserve(MAX_ADDED_HEADERS);
    for (name, value) in &FIXED_HEADERS {
        // A header that the application has set is kept.
        headers.entry(name).or_insert_with(|| value.clone());
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
