//! The layer that sets the status of server function errors. Server functions of Leptos
//! 0.8 return status 500 for every error; the code in the body determines the status.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, REFERER, RETRY_AFTER,
            WWW_AUTHENTICATE,
        },
    },
    response::Response,
};

use super::{error_response, media_type::accepts_html};
use crate::wire::{ApiError, CODE_HEADER, Code, paths};

/// The header that marks the response of a failed server function.
const SERVER_FN_ERROR_HEADER: &str = "serverfnerror";

/// The largest error body that is read.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The rule for the status of a response.
pub(super) struct StatusRule {
    is_form: bool,
    /// Whether it is a form whose page is not known.
    has_no_page: bool,
}

impl StatusRule {
    /// Returns the rule for the response to a request.
    ///
    /// If a request to a server function accepts HTML, Leptos redirects the browser to the
    /// page that it came from. That is meant for forms, and no form of this library is sent
    /// by GET. So a GET request for one of its paths asks for JSON: a browser that opens such
    /// a path gets the response instead of a redirect.
    pub(super) fn of(request: &mut Request) -> Self {
        if request.method() == Method::GET && paths::is_own(request.uri().path()) {
            request
                .headers_mut()
                .insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        let is_form = request.method() == Method::POST && accepts_html(request.headers());
        Self {
            is_form,
            has_no_page: is_form && !request.headers().contains_key(REFERER),
        }
    }

    /// Gives the response of a failed server function the status of its code, and replaces
    /// the 302 after a form by 303, because a browser must not post the form again (RFC 9110,
    /// section 15.4.4).
    ///
    /// The page that a form came from is known by its `Referer`, which users can turn off.
    /// Leptos redirects such a form to the front page, where nothing shows its error. Here it
    /// gets the error, which becomes an error page.
    pub(super) async fn apply(self, mut response: Response) -> Response {
        let has_failed =
            |response: &Response| response.headers().contains_key(SERVER_FN_ERROR_HEADER);
        if self.is_form && response.status() == StatusCode::FOUND {
            if self.has_no_page && has_failed(&response) {
                response.headers_mut().remove(LOCATION);
                return with_status_of_code(response).await;
            }
            *response.status_mut() = StatusCode::SEE_OTHER;
        }
        if response.status() == StatusCode::INTERNAL_SERVER_ERROR && has_failed(&response) {
            return with_status_of_code(response).await;
        }
        response
    }
}

async fn with_status_of_code(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if parts.headers.contains_key(CONTENT_ENCODING) {
        tracing::warn!(
            "cannot set the status of a server function error, because the response is \
             compressed: put the compression around the router that `Portcullis::protect` returns"
        );
        return Response::from_parts(parts, body);
    }
    let Ok(body) = to_bytes(body, MAX_ERROR_BYTES).await else {
        return error_response(Code::Internal.into());
    };
    // Any other error type is the application's own.
    let Ok(error) = serde_json::from_slice::<ApiError>(&body) else {
        return Response::from_parts(parts, Body::from(body));
    };
    let plain = error_response(error);
    parts.status = plain.status();
    for name in [
        CONTENT_TYPE,
        RETRY_AFTER,
        WWW_AUTHENTICATE,
        CONTENT_LENGTH,
        HeaderName::from_static(CODE_HEADER),
    ] {
        parts.headers.remove(&name);
        if let Some(value) = plain.headers().get(&name) {
            parts.headers.insert(name, value.clone());
        }
    }
    let body = if parts.status.is_server_error() {
        // It has the id of the request.
        plain.into_body()
    } else {
        Body::from(body)
    };
    Response::from_parts(parts, body)
}
