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

use super::{PageSession, error_response, is_navigation, is_page, resume::SignedOutBecause};
use crate::{
    Portcullis,
    wire::{Code, REASON},
};

/// Redirects a page load of a protected path that is not signed in to the
/// sign-in page: 303 with `?next=…`, an empty body, and `&reason=…` where a
/// session has ended.
///
/// A redirect from within the render would carry the page in its body. A request
/// that loads no page (a script, a prefetch) gets 401 `not_signed_in`.
pub(super) async fn guard(
    State(portcullis): State<Portcullis>,
    request: Request,
    next: Next,
) -> Response {
    let pages = portcullis.pages();
    let is_signed_in = matches!(request.extensions().get(), Some(PageSession(Some(_))));
    let is_page = is_page(request.method(), request.uri());
    if is_signed_in || !is_page || !pages.is_protected(request.uri().path()) {
        return next.run(request).await;
    }
    if !is_navigation(request.method(), request.uri(), request.headers()) {
        return error_response(Code::NotSignedIn.into());
    }
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let target = utf8_percent_encode(target, ENCODED);
    let mut location = format!("{}?next={target}", pages.sign_in_page());
    if let Some(SignedOutBecause(code)) = request.extensions().get()
        && code.is_reason()
    {
        // Writing to a String cannot fail.
        let _ = write!(location, "&{REASON}={}", code.as_str());
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
