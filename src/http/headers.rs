//! The layer that adds the security headers to every response, errors and files included.

use std::{
    mem,
    sync::{Arc, OnceLock},
};

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

use super::{authenticate::IsPersonal, media_type::content_type, page_policy::PagePolicy};
use crate::{origin::PublicOrigin, service::HeaderSettings, wire::paths};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The headers that each response of each installation gets, unless the application sets
/// them.
static DEFAULTS: [(HeaderName, HeaderValue); 6] = [
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

/// The settings of the security headers of an installation.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders {
    /// A page or a script starts with these headers; those that the application sets replace
    /// them. The Content-Security-Policy is not among them: it has a nonce.
    of_documents: HeaderMap,
    /// Any other response starts with these: the same, and the policy.
    of_others: HeaderMap,
    /// `None` if the application sets the Content-Security-Policy of pages itself.
    page_policy: Option<PagePolicy>,
}

impl SecurityHeaders {
    /// Returns the headers for an origin.
    pub(crate) fn new(origin: &PublicOrigin, settings: &HeaderSettings) -> Self {
        let is_own = settings.has_own_page_policy;
        let of_documents = defaults(origin, settings);
        let mut of_others = of_documents.clone();
        // It may load nothing, wherever a browser displays it.
        let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        of_others.insert(CONTENT_SECURITY_POLICY, policy);
        Self {
            of_documents,
            of_others,
            page_policy: (!is_own).then(|| PagePolicy::new(&settings.sources)),
        }
    }

    /// Returns the Content-Security-Policy of a page or a script. A script gets that of pages,
    /// because a worker takes its policy from the response of its script.
    fn document_policy(&self, nonce: &CspNonce) -> Option<HeaderValue> {
        let policy = self.page_policy.as_ref()?.with_nonce(&nonce.value());
        // `Builder::open` has checked the sources, so this is a valid header value.
        HeaderValue::try_from(policy).ok()
    }
}

/// Returns the headers that do not depend on the response, in a map that has room for the headers
/// of nearly every response.
fn defaults(origin: &PublicOrigin, settings: &HeaderSettings) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(16);
    map.extend(DEFAULTS.iter().cloned());
    if settings.allows_popups {
        let popups = HeaderValue::from_static("same-origin-allow-popups");
        map.insert(OPENER_POLICY, popups);
    }
    if origin.is_secure() {
        let transport = HeaderValue::from_static(if settings.covers_subdomains {
            "max-age=63072000; includeSubDomains"
        } else {
            "max-age=63072000"
        });
        map.insert(STRICT_TRANSPORT_SECURITY, transport);
    }
    map
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
        let Some(name) = content_type(headers) else {
            return Self::Other;
        };
        let is = |expected| name.eq_ignore_ascii_case(expected);
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

/// The headers that the response to a request will get.
pub(super) struct PreparedHeaders<'s> {
    settings: &'s SecurityHeaders,
    nonce: CspNonce,
    /// Whether the request is for one of this library's paths.
    is_own: bool,
}

impl SecurityHeaders {
    /// Prepares the headers of the response. Puts the [`CspNonce`] into the request's
    /// extensions.
    pub(super) fn prepare(&self, request: &mut Request) -> PreparedHeaders<'_> {
        let nonce = CspNonce(Arc::default());
        request.extensions_mut().insert(nonce.clone());
        PreparedHeaders {
            settings: self,
            nonce,
            is_own: paths::is_own(request.uri().path()),
        }
    }
}

impl PreparedHeaders<'_> {
    /// Adds the security headers and `Cache-Control`.
    pub(super) fn add(&self, mut response: Response) -> Response {
        let was_checked = response.extensions().get::<IsPersonal>().is_some();
        let headers = response.headers_mut();
        let kind = ResponseKind::of(headers);
        let prepared = if kind == ResponseKind::Other {
            headers.remove(CONTENT_SECURITY_POLICY);
            &self.settings.of_others
        } else {
            &self.settings.of_documents
        };
        // Copying a map costs less than adding its headers one by one.
        let own = mem::replace(headers, prepared.clone());
        headers.extend(own);
        if kind != ResponseKind::Other
            && let Some(policy) = self.settings.document_policy(&self.nonce)
        {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        if let Some(control) = self.cache_control(headers, kind, was_checked) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(control));
        }
        response
    }

    /// Returns the `Cache-Control` to set; `None` keeps that of the application.
    ///
    /// It is `no-store` for each response that depends on the session: pages, this library's
    /// paths, responses that set a cookie, and responses whose handler has checked who is
    /// signed in. Of the others, a file (with `ETag` or `Last-Modified`) gets `no-cache`: the
    /// browser may keep it, but must revalidate it before each use.
    fn cache_control(
        &self,
        headers: &HeaderMap,
        kind: ResponseKind,
        was_checked: bool,
    ) -> Option<&'static str> {
        let is_personal = was_checked || headers.contains_key(SET_COOKIE);
        if self.is_own || is_personal || kind == ResponseKind::Page {
            return Some("no-store");
        }
        let is_file = || headers.contains_key(LAST_MODIFIED) || headers.contains_key(ETAG);
        match headers.contains_key(CACHE_CONTROL) {
            true => None,
            false if is_file() => Some("no-cache"),
            false => Some("no-store"),
        }
    }
}
