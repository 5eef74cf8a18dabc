//! Statuses of errors. Server functions of Leptos 0.8 answer every error with
//! 500; the code in the body says which status is meant.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
    },
    middleware::Next,
    response::Response,
};

use super::{error_response, media_type::accepts_html};
use crate::wire::{ApiError, CODE_HEADER, Code, paths};

/// What marks the answer of a server function that failed.
const MARK: &str = "serverfnerror";

/// The largest error body that is read.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// Gives the failed answer of a server function the status of its code, and
/// makes the 302 after a form a 303: it must not be posted again (RFC 9110,
/// section 15.4.4).
///
/// Leptos sends a browser that asks a server function for HTML back to where it
/// came from, which is for forms. No form of this library is sent by GET, so a
/// browser that opens one of its addresses gets the response.
pub(super) async fn error_status(mut request: Request, next: Next) -> Response {
    if request.method() == Method::GET && paths::is_own(request.uri().path()) {
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
    }
    let is_form = request.method() == Method::POST && accepts_html(request.headers());
    let mut response = next.run(request).await;
    if is_form && response.status() == StatusCode::FOUND {
        *response.status_mut() = StatusCode::SEE_OTHER;
    }
    let is_failed = response.status() == StatusCode::INTERNAL_SERVER_ERROR;
    if is_failed && response.headers().contains_key(MARK) {
        return with_status_of_code(response).await;
    }
    response
}

async fn with_status_of_code(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if parts.headers.contains_key(CONTENT_ENCODING) {
        tracing::warn!(
            "a server function's error is compressed, so its status cannot be set: put the \
             compression around what `Portcullis::protect` returns"
        );
        return Response::from_parts(parts, body);
    }
    let Ok(body) = to_bytes(body, MAX_ERROR_BYTES).await else {
        return error_response(Code::Internal.into());
    };
    // An error of another type is the application's own.
    let Ok(error) = serde_json::from_slice::<ApiError>(&body) else {
        return Response::from_parts(parts, Body::from(body));
    };
    let plain = error_response(error);
    parts.status = plain.status();
    for name in [
        CONTENT_TYPE,
        RETRY_AFTER,
        CONTENT_LENGTH,
        HeaderName::from_static(CODE_HEADER),
    ] {
        parts.headers.remove(&name);
        if let Some(value) = plain.headers().get(&name) {
            parts.headers.insert(name, value.clone());
        }
    }
    Response::from_parts(parts, Body::from(body))
}
