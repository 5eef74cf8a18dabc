//! The routes for reverse proxies that authenticate requests for another application: nginx
//! with `auth_request`, Caddy with `forward_auth`. docs/proxies.md has the configurations.
//!
//! The proxy sends the head of each request to *verify*, with the method of the request in
//! `X-Forwarded-Method`. After a 401 it sends the head to *resume*, with the path and the
//! query of the request in `X-Forwarded-Uri`, and passes on the response.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{LOCATION, ORIGIN},
    },
    response::{IntoResponse, Response},
};

use super::{
    Caller, SignedIn, guard::to_sign_in, is_speculative, loads_document, routes::ascii,
    same_origin::is_same_origin,
};
use crate::{
    Portcullis,
    wire::{ApiError, Code, LocalPath, Problem, SESSION_HEADER, USER_HEADER, paths},
};

/// The method of the request that the proxy has received.
const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
/// The path and the query of the request that the proxy has received.
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

const USER: HeaderName = HeaderName::from_static(USER_HEADER);
const SESSION: HeaderName = HeaderName::from_static(SESSION_HEADER);

/// Responds with 204 and the ids of the account and the session if the request is signed in.
/// Reads neither the body nor the database.
///
/// # Errors
/// 401 as [`Caller::authenticated`]; 403 `cross_site` if the proxy received the request from
/// a page of another origin; 503 `busy` if the revocation view is stale.
pub(super) async fn verify(caller: Caller, request: Request) -> Result<Response, ApiError> {
    // Not by an extractor of the headers, which copies all of them.
    require_same_origin(caller.service(), request.method(), request.headers())?;
    let user = SignedIn::of(&caller)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(USER, user.account_id().to_header());
    headers.insert(SESSION, user.session_id().to_header());
    Ok(response)
}

/// Refreshes the session of a request that *verify* has rejected with 401, and redirects to
/// the same address with the new cookies: 307, with which a browser sends the same method and
/// body again. If the session cannot be refreshed, a page load is redirected to the sign-in
/// page (303).
///
/// It ignores the access token. If another process already knows that the session has ended
/// and this one does not, accepting it here would redirect without end.
///
/// # Errors
/// 401 as [`Caller::refresh`] if the request is not a page load; 403 `cross_site`; 422
/// `invalid_input` if the proxy sends no usable `X-Forwarded-Uri`; 503 `busy`.
pub(super) async fn resume(caller: Caller, request: Request) -> Result<Response, ApiError> {
    let (method, headers) = (request.method(), request.headers());
    require_same_origin(caller.service(), method, headers)?;
    let target = Target::read(headers)?;
    match refresh(&caller, headers).await {
        Ok(issued) => {
            let redirect = (
                StatusCode::TEMPORARY_REDIRECT,
                [(LOCATION, target.location)],
            );
            Ok((issued.cookies, redirect).into_response())
        }
        Err(error) if error.code.is_about_session() && is_load(&request) => {
            let sign_in_page = caller.pages().sign_in_page();
            Ok(to_sign_in(
                sign_in_page,
                target.next.as_ref(),
                Some(error.code),
            ))
        }
        Err(error) => Err(error),
    }
}

/// # Errors
/// As [`Caller::refresh`]; 401 `not_signed_in` for a prefetch, whose response may never be
/// used; 401 `token_invalid` if several tokens of one kind are signed by this installation,
/// because the next request would be rejected again.
async fn refresh(caller: &Caller, headers: &HeaderMap) -> Result<super::Issued, ApiError> {
    if is_speculative(headers) {
        return Err(Code::NotSignedIn.into());
    }
    if caller.is_ambiguous() {
        return Err(Code::TokenInvalid.into());
    }
    caller.refresh().await
}

/// Returns whether the proxy received a page load.
fn is_load(request: &Request) -> bool {
    matches!(
        forwarded_method(request.method(), request.headers()),
        Method::GET | Method::HEAD
    ) && loads_document(request.headers())
}

/// Returns where a retry of the page load may help, if this is a request of a proxy for
/// *resume* and the proxy received a page load.
pub(super) fn resumed_load(request: &Request) -> Option<LocalPath> {
    let is_resume = request.uri().path() == paths::RESUME;
    (is_resume && is_load(request)).then(|| Target::read(request.headers()).ok()?.next)?
}

/// The address of the request that the proxy has received.
struct Target {
    location: HeaderValue,
    /// The same as the page to go to after signing in; `None` if it is too long for that.
    next: Option<LocalPath>,
}

impl Target {
    /// # Errors
    /// 422 `invalid_input` if the header is missing, occurs twice, or does not start with a
    /// local path. The query may be of any length and cannot lead to another host.
    fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut values = headers.get_all(FORWARDED_URI).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(ApiError::field(FORWARDED_URI.as_str(), Problem::Missing));
        };
        let invalid = || ApiError::field(FORWARDED_URI.as_str(), Problem::Invalid);
        let uri = str::from_utf8(value.as_bytes()).map_err(|_| invalid())?;
        let path = uri.split(['?', '#']).next().unwrap_or_default();
        LocalPath::parse(path).ok_or_else(invalid)?;
        Ok(Self {
            location: ascii(uri).try_into().map_err(|_| invalid())?,
            next: LocalPath::parse(uri),
        })
    }
}

/// Applies the same-origin check to the request that the proxy has received. The application
/// behind the proxy may rely on it as its own protection against cross-site requests.
fn require_same_origin(
    portcullis: &Portcullis,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    let method = forwarded_method(method, headers);
    if is_same_origin(&method, headers, portcullis.origin()) {
        Ok(())
    } else {
        Err(Code::CrossSite.into())
    }
}

/// Returns the method of the request that the proxy has received. `own` is that of the
/// proxy's own request: nginx and Caddy send GET, whatever they have received.
///
/// Without a single valid `X-Forwarded-Method`, a request with an `Origin` counts as POST:
/// browsers send that header with every method except GET and HEAD, and with these only for
/// scripts of another origin.
fn forwarded_method(own: &Method, headers: &HeaderMap) -> Method {
    let mut values = headers.get_all(FORWARDED_METHOD).iter();
    match (values.next(), values.next()) {
        (Some(method), None) => Method::from_bytes(method.as_bytes()).unwrap_or(Method::POST),
        (None, _) if !headers.contains_key(ORIGIN) => own.clone(),
        _ => Method::POST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(headers: &[(HeaderName, &str)]) -> HeaderMap {
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("a value");
            (name.clone(), value)
        });
        headers.collect()
    }

    #[test]
    fn method_is_that_of_the_received_request() {
        const POST: (HeaderName, &str) = (FORWARDED_METHOD, "POST");
        const GET: (HeaderName, &str) = (FORWARDED_METHOD, "GET");
        const PAGE: (HeaderName, &str) = (ORIGIN, "https://app.example.org");
        for (case, given, expected) in [
            ("none", &[][..], Method::GET),
            ("a POST", &[POST], Method::POST),
            ("a GET of a script", &[GET, PAGE], Method::GET),
            ("an origin alone", &[PAGE], Method::POST),
            ("two methods", &[GET, GET], Method::POST),
            ("no method", &[(FORWARDED_METHOD, "a b")], Method::POST),
        ] {
            let method = forwarded_method(&Method::GET, &headers(given));
            assert_eq!(method, expected, "{case}");
        }
        let own = forwarded_method(&Method::PUT, &HeaderMap::new());
        assert_eq!(own, Method::PUT, "a proxy that sends the method itself");
    }

    #[test]
    fn target_is_a_path_of_the_same_host() {
        let read = |uri| Target::read(&headers(&[(FORWARDED_URI, uri)]));
        for (uri, location) in [
            ("/", "/"),
            ("/notes?a=b&c=%2F&d=//e", "/notes?a=b&c=%2F&d=//e"),
        ] {
            let target = read(uri).expect("a target");
            assert_eq!(target.location, location);
            assert_eq!(target.next.expect("a page").as_str(), location);
        }
        for uri in [
            "",
            "notes",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/a/..//evil.example",
            "/%0d%0a/x",
        ] {
            assert!(read(uri).is_err(), "{uri}");
        }
        let long = format!("/notes?q={}", "a".repeat(3_000));
        let target = read(&long).expect("a target");
        assert_eq!(
            (target.location, target.next),
            (long.parse().expect("a value"), None)
        );
        assert!(Target::read(&HeaderMap::new()).is_err());
        let twice = headers(&[(FORWARDED_URI, "/a"), (FORWARDED_URI, "/b")]);
        assert!(Target::read(&twice).is_err());
    }
}
