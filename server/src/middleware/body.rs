//! Bodies: small, text, and of a kind that another site cannot send by a form.

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, header::CONTENT_TYPE},
    middleware::Next,
    response::Response,
};
use portcullis::{http::error_response, wire::Code};

/// The largest body: far more than any form of ours, and far less than would
/// hurt, however many come at once.
const MOST_BYTES: usize = 64 * 1024;

/// Reads the whole body, or refuses it: with 413 where it is too large, with 422
/// where it is cut off, of another kind, or not UTF-8.
pub(crate) async fn small_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // What says itself that it is too large is not waited for.
    let announced = body.size_hint().lower();
    if usize::try_from(announced).is_ok_and(|bytes| bytes > MOST_BYTES) {
        return error_response(Code::TooLarge.into());
    }
    let body = match to_bytes(body, MOST_BYTES).await {
        Ok(body) => body,
        Err(error) if is_too_large(&error) => return error_response(Code::TooLarge.into()),
        Err(_) => return error_response(Code::InvalidInput.into()),
    };
    if !is_taken(&parts.headers, &body) || std::str::from_utf8(&body).is_err() {
        return error_response(Code::InvalidInput.into());
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// Forms and JSON. Text, multipart and bodies without a type are what a page of
/// another site can send without asking first (Fetch standard, "CORS-safelisted
/// request-header"). The same-origin check refuses them by where they come from,
/// and this by what they are.
fn is_taken(headers: &HeaderMap, body: &Bytes) -> bool {
    if body.is_empty() {
        return true;
    }
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim();
    ["application/x-www-form-urlencoded", "application/json"]
        .iter()
        .any(|taken| kind.eq_ignore_ascii_case(taken))
}
