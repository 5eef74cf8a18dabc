//! The same-origin check: a request that may change something must come from a page of the
//! public origin (OWASP ASVS 5.0, 3.5.1), from the user directly, or from a client that is not
//! a browser.

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method,
        header::{CONTENT_LENGTH, ORIGIN, SEC_WEBSOCKET_KEY, UPGRADE},
    },
    response::Response,
};
use serde_json::json;

use super::error_response;
use crate::{Portcullis, origin::PublicOrigin, wire::Code};

/// How much of a rejected `Origin` header is logged.
const MAX_LOGGED_ORIGIN_CHARS: usize = 200;

/// Marks a cross-site request for a path that accepts them. It has no session.
#[derive(Clone, Copy, Debug)]
pub(super) struct IsCrossSite;

/// Rejects a cross-site request with 403 `cross_site`. A path that the application has named in
/// [`Builder::accept_cross_site`](crate::Builder::accept_cross_site) accepts them, without
/// their session: the request cannot act for the user.
pub(super) fn rejection(portcullis: &Portcullis, request: &mut Request) -> Option<Response> {
    let origin = portcullis.origin();
    match check(request.method(), request.headers(), origin) {
        Ok(()) => None,
        Err(_) if portcullis.accepts_cross_site(request.uri().path()) => {
            request.extensions_mut().insert(IsCrossSite);
            None
        }
        Err(Mismatch::Site) => Some(error_response(Code::CrossSite.into())),
        Err(Mismatch::Origin(received)) => Some(other_origin(origin, &received)),
    }
}

/// The reason why a request does not pass the same-origin check.
#[derive(Debug, PartialEq, Eq)]
enum Mismatch {
    /// The browser reports that the request comes from another site.
    Site,
    /// The `Origin` header is not the public origin. Holds the received value.
    Origin(HeaderValue),
}

/// Returns whether a request passes the same-origin check.
pub(super) fn is_same_origin(method: &Method, headers: &HeaderMap, origin: &PublicOrigin) -> bool {
    check(method, headers, origin).is_ok()
}

/// Checks whether a request comes from the public origin.
///
/// 1. GET, HEAD and OPTIONS pass, unless they open a WebSocket.
/// 2. If `Sec-Fetch-Site` is present, it must be `same-origin`, or `none` for a request that
///    the user initiated. `same-site` is rejected: a sibling domain is another party.
/// 3. If `Origin` is present, it must equal the public origin exactly. With `same-origin` it
///    may also be `null`: a browser that sends no `Referer` may send that for a form of this
///    site, and a sandboxed frame of another site is not `same-origin`.
/// 4. A request with neither header is not from a current browser and passes. `SameSite=Lax`
///    keeps the cookies from the cross-site requests of an older one.
///
/// The `Host` header is not used: an attacker who can choose it could choose the result.
fn check(method: &Method, headers: &HeaderMap, origin: &PublicOrigin) -> Result<(), Mismatch> {
    let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    // A page of another origin can use a WebSocket that it has opened with our cookies, and
    // no response header prevents that (RFC 6455, section 10.2).
    if is_safe && !is_websocket(headers) {
        return Ok(());
    }
    let mut sites = headers.get_all("sec-fetch-site").iter();
    let site = sites.next();
    let is_allowed = |site: &HeaderValue| site == "same-origin" || site == "none";
    if sites.next().is_some() || site.is_some_and(|site| !is_allowed(site)) {
        return Err(Mismatch::Site);
    }
    let may_be_null = site.is_some_and(|site| site == "same-origin");
    let is_ours =
        |value: &HeaderValue| value == origin.as_str() || (may_be_null && value == "null");
    let mut origins = headers.get_all(ORIGIN).iter();
    match origins.find(|value| !is_ours(value)) {
        Some(other) => Err(Mismatch::Origin(other.clone())),
        None => Ok(()),
    }
}

/// Returns the response to a request of another origin. It names the configured origin,
/// because the cause may be a wrong setting, or a user who opened the site by another name.
fn other_origin(origin: &PublicOrigin, received: &HeaderValue) -> Response {
    let received = String::from_utf8_lossy(received.as_bytes());
    let received: String = received.chars().take(MAX_LOGGED_ORIGIN_CHARS).collect();
    tracing::warn!(
        configured = origin.as_str(),
        ?received,
        "a request of another origin was rejected; if it came from this site, set its public \
         origin"
    );
    let mut response = error_response(Code::CrossSite.into());
    let detail = format!(
        "This request came from another site than {} and was not carried out.",
        origin.as_str()
    );
    let code = Code::CrossSite.as_str();
    *response.body_mut() = Body::from(json!({ "detail": detail, "code": code }).to_string());
    response.headers_mut().remove(CONTENT_LENGTH);
    response
}

fn is_websocket(headers: &HeaderMap) -> bool {
    // A proxy removes `Upgrade` from the request by which it authenticates another one.
    if headers.contains_key(SEC_WEBSOCKET_KEY) {
        return true;
    }
    let upgrade = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    /// Checks a request with these headers, each as `name: value`.
    fn passes(method: &Method, headers: &[&'static str]) -> bool {
        let origin = PublicOrigin::parse("https://app.example.org").expect("valid origin");
        let headers = headers.iter().map(|header| {
            let (name, value) = header.split_once(": ").expect("a header");
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        let headers = headers.collect();
        check(method, &headers, &origin).is_ok()
    }

    /// The name of a case, its headers, and whether it passes.
    type Case = (&'static str, &'static [&'static str], bool);

    #[test]
    fn unsafe_method_requires_same_origin() {
        const OURS: &str = "origin: https://app.example.org";
        const COOKIE: &str = "cookie: a=b; __Host-refresh_token=x";
        const NULL: &str = "origin: null";
        const EVIL: &str = "origin: https://evil.example";
        const SAME: &str = "sec-fetch-site: same-origin";
        const CROSS: &str = "sec-fetch-site: cross-site";
        const LONGER: &str = "origin: https://app.example.org.evil.example";
        let cases: [Case; 22] = [
            ("our own page", &[SAME, COOKIE], true),
            ("typed by the user", &["sec-fetch-site: none", COOKIE], true),
            ("another site", &[CROSS, COOKIE], false),
            ("a sibling", &["sec-fetch-site: same-site", COOKIE], false),
            ("an unknown value", &["sec-fetch-site: same-Origin"], false),
            ("two values", &[SAME, CROSS], false),
            ("another site, our origin", &[CROSS, OURS], false),
            ("our site, another origin", &[SAME, EVIL], false),
            ("our own page without referer", &[SAME, NULL, COOKIE], true),
            (
                "typed, a null origin",
                &["sec-fetch-site: none", NULL],
                false,
            ),
            ("two origins", &[OURS, EVIL], false),
            ("an older browser, our page", &[OURS, COOKIE], true),
            ("an older browser", &[EVIL], false),
            ("another scheme", &["origin: http://app.example.org"], false),
            ("a port", &["origin: https://app.example.org:8443"], false),
            ("upper case", &["origin: https://APP.example.org"], false),
            ("a sandboxed frame", &[CROSS, NULL], false),
            ("a sandboxed frame, older browser", &[NULL], false),
            ("longer", &[LONGER], false),
            ("neither header, our cookie", &[COOKIE], true),
            ("neither header, another cookie", &["cookie: a=b"], true),
            ("not a browser", &["authorization: Bearer x"], true),
        ];
        for (name, headers, expected) in cases {
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                assert_eq!(passes(&method, headers), expected, "{name}, {method}");
            }
        }
    }

    #[test]
    fn safe_method_passes_from_another_site() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(passes(&method, &["sec-fetch-site: cross-site"]));
        }
    }

    #[test]
    fn websocket_requires_same_origin() {
        const SOCKET: &str = "upgrade: WebSocket";
        const KEY: &str = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
        const SIBLING: &str = "origin: https://evil.example.org";
        const SAME_SITE: &str = "sec-fetch-site: same-site";
        const BEARER: &str = "authorization: Bearer x";
        const OURS: &str = "origin: https://app.example.org";
        let cases: [Case; 5] = [
            ("our own page", &[SOCKET, OURS], true),
            ("a sibling domain", &[SOCKET, SIBLING], false),
            ("a sibling by its site", &[SOCKET, SAME_SITE], false),
            ("a sibling through a proxy", &[KEY, SIBLING], false),
            ("a client, not a browser", &[SOCKET, BEARER], true),
        ];
        for (name, headers, expected) in cases {
            assert_eq!(passes(&Method::GET, headers), expected, "{name}");
        }
    }
}
