//! The response for an error.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};

use serde::Serialize;

use crate::{
    RequestId,
    wire::{ApiError, CODE_HEADER, Code},
};

/// The body of an error of the server. With the id, an operator finds the cause in the log.
#[derive(Serialize)]
struct ServerError {
    #[serde(flatten)]
    error: ApiError,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// Returns the response for an error: the status of its code, the error as JSON, the code
/// in the header `x-portcullis-code`, and `Retry-After` in seconds if a retry may help. A 401
/// has `WWW-Authenticate` (RFC 9110, section 15.5.2). The JSON of a 5xx has the `request_id` of
/// the request.
pub fn error_response(error: ApiError) -> Response {
    let status = StatusCode::from_u16(error.code.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let retry_after = error.retry_after;
    let challenge = challenge(error.code);
    let code = HeaderValue::from_static(error.code.as_str());
    let mut response = if status.is_server_error() {
        let request_id = RequestId::current().map(|id| id.to_string());
        (status, Json(ServerError { error, request_id })).into_response()
    } else {
        (status, Json(error)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CODE_HEADER, code);
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

/// Returns the challenge of a 401, by the rules for bearer tokens (RFC 6750, section 3).
fn challenge(code: Code) -> Option<&'static str> {
    match code {
        Code::NotSignedIn | Code::InvalidCredentials => Some("Bearer"),
        code if code.status() == 401 => Some("Bearer error=\"invalid_token\""),
        _ => None,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        error_response(self)
    }
}
