//! Responses that write the session's cookies.

use std::convert::Infallible;

use axum::{
    Json,
    http::{HeaderValue, header::SET_COOKIE},
    response::{IntoResponse, IntoResponseParts, Response, ResponseParts},
};

use crate::wire::Answer;

/// The result of a sign-in or a refresh: the body, and the cookies that belong
/// to it. As a response it is the JSON of the body with both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issued {
    /// The body.
    pub answer: Answer,
    /// The cookies.
    pub cookies: SessionCookies,
}

/// The `Set-Cookie` headers that hand out the tokens, or remove them. A handler
/// returns them in front of its own response: `(cookies, "Signed in.")`.
#[derive(Clone, Debug)]
#[must_use = "the browser gets the cookies with the response"]
pub struct SessionCookies(pub(super) Vec<HeaderValue>);

impl SessionCookies {
    /// The values, one a header.
    pub fn values(&self) -> &[HeaderValue] {
        &self.0
    }
}

impl IntoResponseParts for SessionCookies {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        for cookie in self.0 {
            // Appended: the response may set cookies of the application's own.
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

impl IntoResponse for SessionCookies {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl IntoResponse for Issued {
    fn into_response(self) -> Response {
        (self.cookies, Json(self.answer)).into_response()
    }
}
