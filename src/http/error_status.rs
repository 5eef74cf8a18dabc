//! Statuses of errors. Server functions of Leptos 0.8 answer every error with
//! 500; the code in the body says which status is meant.

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::accepts_html;
use crate::wire::{ApiError, CODE_HEADER, Code, paths};

/// What marks the answer of a server function that failed.
const MARK: &str = "serverfnerror";

/// The largest error body that is read.
const MOST_BYTES: usize = 64 * 1024;

/// Gives the failed answer of a server function the status of its code, and
/// makes the 302 after a form a 303: it must not be posted again (RFC 9110,
/// section 15.4.4).
///
/// Leptos sends a browser that asks a server function for HTML back to where it
/// came from, which is for forms. Nobody sends a form by GET here, so what opens
/// an address of the HTTP interface gets its answer.
pub async fn error_status(mut request: Request, next: Next) -> Response {
    if request.method() == Method::GET && request.uri().path().starts_with(paths::API) {
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
    let body = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    let Ok(error) = serde_json::from_slice::<ApiError>(&body) else {
        return error_response(Code::Internal.into());
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

/// The answer for an error: its status, its JSON, its code as a header, and
/// `Retry-After` where waiting helps.
pub fn error_response(error: ApiError) -> Response {
    let status = StatusCode::from_u16(error.code.status());
    let retry_after = error.retry_after;
    let code = HeaderValue::from_static(error.code.as_str());
    let mut response = (
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        Json(error),
    )
        .into_response();
    response.headers_mut().insert(CODE_HEADER, code);
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
