//! Protected pages: signed out means the sign-in page, before anything is
//! rendered.

use std::fmt::Write;

use axum::{
    extract::{Request, State},
    http::{StatusCode, header::LOCATION},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{PageSession, error_response, is_navigation, is_page, resume::SignedOutBecause};
use crate::wire::{Code, REASON};

/// Answers a page load that is signed out, of a path for which the state says
/// that it is protected, with 303 to `/login?next=…` and an empty body; and with
/// `&reason=…` where it came with a session that is over.
///
/// A redirect from within the render would carry the page in its body. What is
/// no page load (a script, a prefetch) gets 401 `not_signed_in`.
pub async fn guard(
    State(is_protected): State<fn(&str) -> bool>,
    request: Request,
    next: Next,
) -> Response {
    let is_signed_in = matches!(request.extensions().get(), Some(PageSession(Some(_))));
    let is_page = is_page(request.method(), request.uri());
    if is_signed_in || !is_page || !is_protected(request.uri().path()) {
        return next.run(request).await;
    }
    if !is_navigation(request.method(), request.uri(), request.headers()) {
        return error_response(Code::NotSignedIn.into());
    }
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let mut location = format!("/login?next={}", percent_encode(target));
    if let Some(SignedOutBecause(code)) = request.extensions().get()
        && code.is_reason()
    {
        // Writing to a String cannot fail.
        let _ = write!(location, "&{REASON}={}", code.as_str());
    }
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Percent-encodes all but the unreserved characters of RFC 3986, section 2.3,
/// and the slash.
fn percent_encode(text: &str) -> String {
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
            encoded
        })
}

#[cfg(test)]
mod tests {
    use super::percent_encode;

    #[test]
    fn the_way_back_survives_encoding() {
        assert_eq!(
            percent_encode("/account?a=b&c=%2F"),
            "/account%3Fa%3Db%26c%3D%252F"
        );
    }
}
