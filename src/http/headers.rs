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

use super::{authenticate::IsPersonal, media_type::has_content_type, page_policy::PagePolicy};
use crate::{origin::PublicOrigin, service::HeaderSettings, wire::paths};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The headers that are the same for every response of every installation.
static FIXED_HEADERS: [(HeaderName, HeaderValue); 6] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Not `no-referrer`: a form without JavaScript is redirected back by its `Referer`.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (OPENER_POLICY, HeaderValue::from_static("same-origin")),
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
    /// `None` if the application sets the Content-Security-Policy of pages itself.
    page_policy: Option<PagePolicy>,
    allows_popups: bool,
    covers_subdomains: bool,
}

impl SecurityHeaders {
    /// Returns the headers for an origin.
    pub(crate) fn new(origin: &PublicOrigin, settings: &HeaderSettings) -> Self {
        let is_own = settings.has_own_page_policy;
        Self {
            is_secure: origin.is_secure(),
            page_policy: (!is_own).then(|| PagePolicy::new(&settings.sources)),
            allows_popups: settings.allows_popups,
            covers_subdomains: settings.covers_subdomains,
        }
    }

    /// Returns `Strict-Transport-Security`.
    fn transport_security(&self) -> HeaderValue {
        HeaderValue::from_static(if self.covers_subdomains {
            "max-age=63072000; includeSubDomains"
        } else {
            "max-age=63072000"
        })
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
        let policy = self.page_policy.as_ref()?.with_nonce(&nonce.value());
        // `Builder::open` has checked the sources, so this is a valid header value.
        HeaderValue::try_from(policy).ok()
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
    if settings.allows_popups {
        let popups = HeaderValue::from_static("same-origin-allow-popups");
        headers.entry(OPENER_POLICY).or_insert(popups);
    }
    for (name, value) in &FIXED_HEADERS {
        // A header that the application has set is kept.
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if settings.is_secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, settings.transport_security());
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
