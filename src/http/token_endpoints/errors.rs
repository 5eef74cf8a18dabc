//! The errors of these routes: the status, body and challenge that simplejwt 5.5 and Django
//! REST framework send.

use axum::{
    Json,
    http::{
        HeaderValue, Method, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::fields::FieldProblem;
use crate::{
    http::error_response,
    sessions::SessionError,
    wire::{ApiError, CODE_HEADER, Code},
};

/// The challenge of a 401.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"api\"");

/// The reason why a request is rejected.
#[derive(Debug)]
pub(super) enum TokenEndpointError {
    /// A browser has sent the request. simplejwt has no such error.
    Browser,
    /// Fields are missing or invalid.
    Fields(Vec<(&'static str, FieldProblem)>),
    /// The body is `null`.
    NoData,
    /// The body is JSON of another type than an object; its name in Python.
    NoObject(&'static str),
    /// The body is not JSON.
    Json,
    /// The body has an unknown media type.
    MediaType,
    /// The method is not POST.
    MethodNotAllowed(Method),
    /// Any other error.
    Api(ApiError),
}

impl From<ApiError> for TokenEndpointError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<SessionError> for TokenEndpointError {
    fn from(error: SessionError) -> Self {
        Self::Api(error.into())
    }
}

impl From<Code> for TokenEndpointError {
    fn from(code: Code) -> Self {
        Self::Api(code.into())
    }
}

impl IntoResponse for TokenEndpointError {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::Browser => (
                StatusCode::FORBIDDEN,
                json!({
                    "detail": "A browser has sent this request. Only clients that are not \
                               browsers get tokens here.",
                    "code": "browser_request",
                }),
            ),
            Self::Fields(problems) => {
                let messages = problems
                    .into_iter()
                    .map(|(name, problem)| (name.to_owned(), json!([problem.message()])));
                let messages: Map<_, _> = messages.collect();
                (StatusCode::BAD_REQUEST, Value::Object(messages))
            }
            Self::NoData => (
                StatusCode::BAD_REQUEST,
                json!({ "non_field_errors": ["No data provided"] }),
            ),
            Self::NoObject(kind) => {
                let message = format!("Invalid data. Expected a dictionary, but got {kind}.");
                let body = json!({ "non_field_errors": [message] });
                (StatusCode::BAD_REQUEST, body)
            }
            Self::Json => detail(StatusCode::BAD_REQUEST, "JSON parse error"),
            Self::MediaType => detail(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type in request.",
            ),
            Self::MethodNotAllowed(method) => {
                let message = format!("Method \"{method}\" not allowed.");
                detail(StatusCode::METHOD_NOT_ALLOWED, &message)
            }
            Self::Api(error) => return of_api_error(error),
        };
        (status, Json(body)).into_response()
    }
}

/// Returns the response for an error of the session service.
fn of_api_error(error: ApiError) -> Response {
    let retry_after = error.retry_after;
    let (status, body) = match error.code {
        Code::InvalidCredentials => detail(
            StatusCode::UNAUTHORIZED,
            "No active account found with the given credentials",
        ),
        Code::AccountInactive => detail(
            StatusCode::UNAUTHORIZED,
            "No active account found for the given token.",
        ),
        Code::TokenExpired => invalid_token("Token is expired"),
        Code::TokenInvalid => invalid_token("Token is invalid"),
        // All other errors about a session: it has ended.
        code if code.is_about_session() => invalid_token("Token is blacklisted"),
        Code::TooManyAttempts => detail(StatusCode::TOO_MANY_REQUESTS, &throttled(retry_after)),
        // The body was cut off.
        Code::InvalidInput => detail(StatusCode::BAD_REQUEST, "Malformed request."),
        _ => {
            let mut response = error_response(error);
            // With it, the error would become a page if the client accepts HTML.
            response.headers_mut().remove(CODE_HEADER);
            return response;
        }
    };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn detail(status: StatusCode, message: &str) -> (StatusCode, Value) {
    (status, json!({ "detail": message }))
}

fn invalid_token(message: &str) -> (StatusCode, Value) {
    let body = json!({ "detail": message, "code": "token_not_valid" });
    (StatusCode::UNAUTHORIZED, body)
}

fn throttled(seconds: Option<u32>) -> String {
    match seconds {
        None => "Request was throttled.".to_owned(),
        Some(1) => "Request was throttled. Expected available in 1 second.".to_owned(),
        Some(seconds) => {
            format!("Request was throttled. Expected available in {seconds} seconds.")
        }
    }
}
