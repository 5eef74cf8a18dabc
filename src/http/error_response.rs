//! The response for an error.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use crate::wire::{ApiError, CODE_HEADER};

/// Returns the response for an error: the status of its code, the error as JSON, the code
/// in the header `x-portcullis-code`, and `Retry-After` in seconds if a retry may help.
pub fn error_response(error: ApiError) -> Response {
    let status = StatusCode::from_u16(error.code.status());
    let retry_after = error.retry_after;
    let code = HeaderValue::from_static(error.code.as_str());
    let mut response = (
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        Json(error),
    )
        .into_response();
    let headers = response.headers_mut();
    headers.insert(CODE_HEADER, code);
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        error_response(self)
    }
}
