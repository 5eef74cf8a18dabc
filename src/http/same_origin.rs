//! The same-origin check: a request that may change something must come from a page of the
//! public origin (OWASP ASVS 5.0, 3.5.1), from the user directly, or from a client that is not
//! a browser.

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, Method,
        header::{ORIGIN, UPGRADE},
    },
    middleware::Next,
    response::Response,
};

use super::error_response;
use crate::{Portcullis, cookies::Cookies, origin::PublicOrigin, wire::Code};

/// Rejects cross-site requests with 403 `cross_site`.
pub(super) async fn same_origin(
    State(portcullis): State<Portcullis>,
    request: Request,
    next: Next,
) -> Response {
    let passes = is_same_origin(
        request.method(),
        request.headers(),
        portcullis.origin(),
        portcullis.cookies(),
    );
    if passes {
        next.run(request).await
    } else {
        error_response(Code::CrossSite.into())
    }
}

/// Returns whether a request passes the same-origin check.
///
/// 1. GET, HEAD and OPTIONS pass, unless they open a WebSocket.
/// 2. If `Sec-Fetch-Site` is present, it must be `same-origin`, or `none` for a request that
///    the user initiated. `same-site` is rejected: a sibling domain is another party.
/// 3. Otherwise, if `Origin` is present, it must equal the public origin exactly. Older
///    browsers send only this header.
/// 4. A request with neither header is not from a current browser. It passes, unless it
///    carries a cookie of this library.
///
/// The `Host` header is not used: an attacker who can choose it could choose the result.
fn is_same_origin(
    method: &Method,
    headers: &HeaderMap,
    origin: &PublicOrigin,
    cookies: &Cookies,
) -> bool {
    let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    // A page of another origin can use a WebSocket that it has opened with our cookies, and
    // no response header prevents that (RFC 6455, section 10.2).
    if is_safe && !is_websocket(headers) {
        return true;
    }
    let mut sites = headers.get_all("sec-fetch-site").iter();
    if let Some(site) = sites.next() {
        return sites.next().is_none() && (site == "same-origin" || site == "none");
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    if let Some(value) = origins.next() {
        return origins.next().is_none() && value == origin.as_str();
    }
    !cookies.are_in(headers)
}

fn is_websocket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

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
        is_same_origin(method, &headers, &origin, &Cookies::new(&origin))
    }

    /// The name of a case, its headers, and whether it passes.
    type Case = (&'static str, &'static [&'static str], bool);

    #[test]
    fn unsafe_method_requires_same_origin() {
        const OURS: &str = "origin: https://app.example.org";
        const COOKIE: &str = "cookie: a=b; __Host-refresh_token=x";
        const SAME: &str = "sec-fetch-site: same-origin";
        const CROSS: &str = "sec-fetch-site: cross-site";
        const LONGER: &str = "origin: https://app.example.org.evil.example";
        let cases: [Case; 17] = [
            ("our own page", &[SAME, COOKIE], true),
            ("typed by the user", &["sec-fetch-site: none", COOKIE], true),
            ("another site", &[CROSS, COOKIE], false),
            ("a sibling", &["sec-fetch-site: same-site", COOKIE], false),
            ("an unknown value", &["sec-fetch-site: same-Origin"], false),
            ("two values", &[SAME, CROSS], false),
            ("the site takes precedence", &[CROSS, OURS], false),
            ("an older browser, our page", &[OURS, COOKIE], true),
            ("an older browser", &["origin: https://evil.example"], false),
            ("another scheme", &["origin: http://app.example.org"], false),
            ("a port", &["origin: https://app.example.org:8443"], false),
            ("upper case", &["origin: https://APP.example.org"], false),
            ("a sandboxed frame", &["origin: null"], false),
            ("longer", &[LONGER], false),
            ("neither header, our cookie", &[COOKIE], false),
            ("neither header, no cookie of ours", &["cookie: a=b"], true),
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
        const SIBLING: &str = "origin: https://evil.example.org";
        const SAME_SITE: &str = "sec-fetch-site: same-site";
        const BEARER: &str = "authorization: Bearer x";
        const OURS: &str = "origin: https://app.example.org";
        let cases: [Case; 4] = [
            ("our own page", &[SOCKET, OURS], true),
            ("a sibling domain", &[SOCKET, SIBLING], false),
            ("a sibling by its site", &[SOCKET, SAME_SITE], false),
            ("a client, not a browser", &[SOCKET, BEARER], true),
        ];
        for (name, headers, expected) in cases {
            assert_eq!(passes(&Method::GET, headers), expected, "{name}");
        }
    }
}
