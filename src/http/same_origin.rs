//! The same-origin check: a request that changes something must come from one
//! of our own pages (OWASP ASVS 5.0, 3.5.1), or from no browser at all.

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

/// Refuses cross-site requests with 403 `cross_site`.
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

/// `Sec-Fetch-Site` says it where the browser sends it: `same-origin`, or `none`
/// where the user did it. A sibling domain (`same-site`) is another party. Older
/// browsers send `Origin`, which must be ours to the letter. What sends neither
/// is no browser of this decade; it passes unless it carries our cookies.
///
/// The `Host` header is not looked at: whoever can choose it could choose this.
fn is_same_origin(
    method: &Method,
    headers: &HeaderMap,
    origin: &PublicOrigin,
    cookies: &Cookies,
) -> bool {
    let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    // No response keeps a page of another origin from using a WebSocket that it has
    // opened with our cookies (RFC 6455, section 10.2).
    if is_safe && !is_websocket(headers) {
        return true;
    }
    let mut sites = headers.get_all("sec-fetch-site").iter();
    if let Some(site) = sites.next() {
        return sites.next().is_none() && (site == "same-origin" || site == "none");
    }
    let mut origins = headers.get_all(ORIGIN).iter();
    if let Some(sent) = origins.next() {
        return origins.next().is_none() && sent == origin.as_str();
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

    /// Each header as `name: value`.
    fn passes(method: &Method, headers: &[&'static str]) -> bool {
        let origin = PublicOrigin::parse("https://app.example.org").expect("an origin");
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

    /// A name, the headers, and whether they pass.
    type Case = (&'static str, &'static [&'static str], bool);

    #[test]
    fn what_changes_something_comes_from_our_own_pages() {
        const OURS: &str = "origin: https://app.example.org";
        const COOKIE: &str = "cookie: a=b; __Host-refresh_token=x";
        const SAME: &str = "sec-fetch-site: same-origin";
        const CROSS: &str = "sec-fetch-site: cross-site";
        let cases: [Case; 17] = [
            ("our own page", &[SAME, COOKIE], true),
            ("typed by the user", &["sec-fetch-site: none", COOKIE], true),
            ("another site", &[CROSS, COOKIE], false),
            ("a sibling", &["sec-fetch-site: same-site", COOKIE], false),
            ("an unknown word", &["sec-fetch-site: same-Origin"], false),
            ("said twice", &[SAME, CROSS], false),
            ("the site beats the origin", &[CROSS, OURS], false),
            ("an older browser, our page", &[OURS, COOKIE], true),
            ("an older browser", &["origin: https://evil.example"], false),
            ("another scheme", &["origin: http://app.example.org"], false),
            ("a port", &["origin: https://app.example.org:8443"], false),
            ("upper case", &["origin: https://APP.example.org"], false),
            ("a sandboxed frame", &["origin: null"], false),
            (
                "longer",
                &["origin: https://app.example.org.evil.example"],
                false,
            ),
            ("neither header, our cookie", &[COOKIE], false),
            ("neither header, no cookie of ours", &["cookie: a=b"], true),
            ("no browser", &["authorization: Bearer x"], true),
        ];
        for (name, headers, expected) in cases {
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
                assert_eq!(passes(&method, headers), expected, "{name}, {method}");
            }
        }
    }

    #[test]
    fn reading_is_free() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(passes(&method, &["sec-fetch-site: cross-site"]));
        }
    }

    #[test]
    fn a_websocket_is_opened_by_our_own_pages_alone() {
        const SOCKET: &str = "upgrade: WebSocket";
        const OURS: &str = "origin: https://app.example.org";
        let cases: [Case; 4] = [
            ("our own page", &[SOCKET, OURS], true),
            (
                "a sibling domain",
                &[SOCKET, "origin: https://evil.example.org"],
                false,
            ),
            (
                "a sibling domain that says so",
                &[SOCKET, "sec-fetch-site: same-site"],
                false,
            ),
            (
                "a client that is no browser",
                &[SOCKET, "authorization: Bearer x"],
                true,
            ),
        ];
        for (name, headers, expected) in cases {
            assert_eq!(passes(&Method::GET, headers), expected, "{name}");
        }
    }
}
