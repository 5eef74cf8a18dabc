//! Protected pages: signed out means the sign-in page, before anything is
//! rendered.

use std::fmt::Write;

use axum::{
    extract::{Request, State},
    http::{StatusCode, header::LOCATION},
    middleware::Next,
    response::{IntoResponse, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Caller, PageSession, error_response, is_navigation, resume::SignedOutBecause};
use crate::{
    Portcullis,
    wire::{ApiError, Code, LocalPath, REASON, wanders},
};

/// Protects the protected paths, whatever the method: a page load that is not
/// signed in is redirected to the sign-in page (303 with `?next=…`, an empty body, and
/// `&reason=…` where a session has ended), and every other request gets 401.
///
/// A redirect from within the render would carry the page in its body. A path with
/// dot segments, empty segments or backslashes is not found: what is behind may read
/// it as another path than the guard does.
pub(super) async fn guard(
    State(portcullis): State<Portcullis>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if is_ambiguous(path) {
        return error_response(Code::NotFound.into());
    }
    if !portcullis.pages().is_protected(path) {
        return next.run(request).await;
    }
    match require_session(&request) {
        Ok(()) => next.run(request).await,
        Err(error) if !error.code.is_about_session() => error_response(error),
        Err(_) if is_navigation(request.method(), request.uri(), request.headers()) => {
            to_sign_in(portcullis.pages().sign_in_page(), &request)
        }
        Err(error) => error_response(error),
    }
}

/// Whether what is behind may read another path. Nearly every path is seen at a glance
/// to be plain.
fn is_ambiguous(path: &str) -> bool {
    let is_plain = !path.contains(['.', '%', '\\']) && !path.contains("//");
    !is_plain && (path.contains('\\') || wanders(path))
}

/// A page load was looked up by `resume`; any other request is asked here.
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

fn to_sign_in(sign_in_page: &str, request: &Request) -> Response {
    let target = request.uri().path_and_query();
    let target = target.and_then(|target| LocalPath::parse(target.as_str()));
    let mut location = sign_in_page.to_owned();
    let mut mark = '?';
    // Writing to a String cannot fail.
    if let Some(target) = target {
        let target = utf8_percent_encode(target.as_str(), ENCODED);
        let _ = write!(location, "{mark}next={target}");
        mark = '&';
    }
    if let Some(SignedOutBecause(code)) = request.extensions().get()
        && code.is_reason()
    {
        let _ = write!(location, "{mark}{REASON}={}", code.as_str());
    }
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// All but the unreserved characters of RFC 3986, section 2.3, and the slash.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_survives_encoding() {
        let encoded = utf8_percent_encode("/account?a=b&c=%2F", ENCODED).to_string();
        assert_eq!(encoded, "/account%3Fa%3Db%26c%3D%252F");
    }
}
