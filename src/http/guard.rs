//! The guard of protected pages: redirects signed-out page loads to the sign-in page
//! before anything is rendered.

use std::fmt::Write;

use axum::{
    extract::Request,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Caller, PageSession, error_response, is_navigation, resume::SignedOutBecause};
use crate::wire::{
    ApiError, Code, LocalPath, ProtectedPages, REASON_PARAMETER, has_empty_or_dot_segment,
};

/// Rejects signed-out requests for protected paths, whatever the method. A page load is
/// redirected to the sign-in page: 303 with an empty body, with `?next=…`, and with
/// `&reason=…` if a session has ended or the presented tokens are expired or invalid. Any
/// other request gets 401. If it cannot be decided whether the request is signed in, it gets
/// that error (503).
///
/// A redirect by the page itself would contain the rendered page in its body. A path with
/// dot segments, empty segments or backslashes gets 404, because the router may resolve
/// it to another path than the guard does.
pub(super) fn rejection(pages: &ProtectedPages, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    if is_ambiguous(path) {
        return Some(error_response(Code::NotFound.into()));
    }
    if !pages.is_protected(path) {
        return None;
    }
    let response = match require_session(request) {
        Ok(()) => return None,
        Err(error) if !error.code.is_about_session() => error_response(error),
        Err(_) if is_navigation(request.method(), request.uri(), request.headers()) => {
            let target = request.uri().path_and_query();
            let target = target.and_then(|target| LocalPath::parse(target.as_str()));
            let reason = request
                .extensions()
                .get()
                .map(|SignedOutBecause(code)| *code);
            to_sign_in(pages.sign_in_page(), target.as_ref(), reason)
        }
        Err(error) => error_response(error),
    };
    Some(response)
}

/// Returns whether the router may resolve the path to another path. The first check
/// is fast and sufficient for nearly every path.
fn is_ambiguous(path: &str) -> bool {
    let is_plain = !path.contains(['.', '%', '\\']) && !path.contains("//");
    !is_plain && (path.contains('\\') || has_empty_or_dot_segment(path))
}

/// Checks that the request is signed in. For a request for a page `resume` has already read
/// the session; for any other request the access token is verified here.
fn require_session(request: &Request) -> Result<(), ApiError> {
    if let Some(PageSession(session)) = request.extensions().get() {
        return match session {
            Some(_) => Ok(()),
            None => Err(Code::NotSignedIn.into()),
        };
    }
    let caller = request.extensions().get::<Caller>();
    let caller = caller.ok_or(Code::LayerMissing)?;
    caller.authenticated().map(drop)
}

/// How long `next` may be when it is encoded. Proxies limit the size of a response's head, nginx
/// to 4 KB, which contains the security headers too.
const MAX_NEXT_LEN: usize = 2000;

/// Redirects to the sign-in page, with the page to return to unless it is too long, and with
/// the reason if the sign-in page shows it.
pub(super) fn to_sign_in(
    sign_in_page: &str,
    target: Option<&LocalPath>,
    reason: Option<Code>,
) -> Response {
    let mut location = sign_in_page.to_owned();
    let mut separator = '?';
    // Writing to a String cannot fail.
    let next = target.map(|target| utf8_percent_encode(target.as_str(), NEXT_ENCODE_SET));
    let next = next.map(|next| next.to_string());
    if let Some(next) = next.filter(|next| next.len() <= MAX_NEXT_LEN) {
        let _ = write!(location, "{separator}next={next}");
        separator = '&';
    }
    if let Some(code) = reason.filter(|code| code.is_reason()) {
        let _ = write!(location, "{separator}{REASON_PARAMETER}={}", code.as_str());
    }
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// The characters that are percent-encoded in `next`: all but the slash and the unreserved
/// characters of RFC 3986, section 2.3.
const NEXT_ENCODE_SET: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_next_is_left_out() {
        let location = |query: &str| {
            let target = LocalPath::parse(&format!("/account?{query}")).expect("local");
            let response = to_sign_in("/login", Some(&target), Some(Code::SessionEnded));
            let location = response.headers()[LOCATION].to_str().expect("ASCII");
            location.to_owned()
        };
        let most = location(&"a".repeat(MAX_NEXT_LEN - "/account%3F".len()));
        assert!(most.starts_with("/login?next=/account%3Faaa"), "{most}");
        for query in ["&".repeat(1900), "a".repeat(1991)] {
            assert_eq!(location(&query), "/login?reason=session_ended");
        }
    }

    #[test]
    fn next_with_query_is_fully_encoded() {
        let encoded = utf8_percent_encode("/account?a=b&c=%2F", NEXT_ENCODE_SET).to_string();
        assert_eq!(encoded, "/account%3Fa%3Db%26c%3D%252F");
    }
}
