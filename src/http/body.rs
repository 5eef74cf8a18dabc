//! Bodies of this library's part of the HTTP interface: small, a form or JSON, and
//! handed on as a form.

use std::error::Error;

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::Next,
    response::Response,
};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::{error_response, media_type::has_content_type};
use crate::wire::{ApiError, Code, Problem, paths};

const FORM: &str = "application/x-www-form-urlencoded";

/// The largest body: far more than any form of ours, and far less than would hurt,
/// however many come at once.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Reads the body of a request for one of this library's paths, or refuses it: with
/// 413 where it is too large, with 422 where it is cut off, of another kind, or not
/// UTF-8. A JSON object of plain values is rewritten into the form that handlers and
/// server functions read. Requests for the application's paths pass as they are.
///
/// It stands behind the same-origin check, and a browser sends JSON to another
/// origin only where CORS allows it: this opens nothing.
pub(super) async fn body(request: Request, next: Next) -> Response {
    if !paths::is_own(request.uri().path()) {
        return next.run(request).await;
    }
    match form(request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error_response(error),
    }
}

async fn form(request: Request) -> Result<Request, ApiError> {
    let (mut parts, body) = request.into_parts();
    let body = read(body).await?;
    if std::str::from_utf8(&body).is_err() {
        return Err(Code::InvalidInput.into());
    }
    let body = match kind(&parts.headers, &body)? {
        Kind::Form => Body::from(body),
        Kind::Json => {
            let form = as_form(&body)?;
            let headers = &mut parts.headers;
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
            headers.insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
            Body::from(form)
        }
    };
    Ok(Request::from_parts(parts, body))
}

async fn read(body: Body) -> Result<Bytes, ApiError> {
    // A body that is announced as too large is not waited for.
    let announced = body.size_hint().lower();
    if usize::try_from(announced).is_ok_and(|bytes| bytes > MAX_BODY_BYTES) {
        return Err(Code::TooLarge.into());
    }
    let read = to_bytes(body, MAX_BODY_BYTES).await;
    read.map_err(|error| {
        let code = if is_too_large(&error) {
            Code::TooLarge
        } else {
            Code::InvalidInput
        };
        code.into()
    })
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}

enum Kind {
    Form,
    Json,
}

/// Refuses plain text, multipart and bodies without a type: a page of another site
/// can send those without asking first (Fetch standard, "CORS-safelisted
/// request-header"). The same-origin check refuses them by where they come from,
/// and this by what they are.
fn kind(headers: &HeaderMap, body: &Bytes) -> Result<Kind, ApiError> {
    if has_content_type(headers, "application/json") {
        Ok(Kind::Json)
    } else if body.is_empty() || has_content_type(headers, FORM) {
        Ok(Kind::Form)
    } else {
        Err(Code::InvalidInput.into())
    }
}

/// `null` is a field that is not there; a list or an object is in no form.
fn as_form(body: &[u8]) -> Result<String, ApiError> {
    if body.is_empty() {
        return Ok(String::new());
    }
    let object: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| Code::InvalidInput)?;
    let mut form = Serializer::new(String::new());
    for (name, value) in &object {
        match value {
            Value::Null => {}
            Value::String(text) => drop(form.append_pair(name, text)),
            Value::Bool(_) | Value::Number(_) => drop(form.append_pair(name, &value.to_string())),
            Value::Array(_) | Value::Object(_) => {
                return Err(ApiError::field(name, Problem::Invalid));
            }
        }
    }
    Ok(form.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_plain_values_is_a_form() {
        let cases = [
            ("", ""),
            ("{}", ""),
            (
                r#"{"email":"a+b@example.org","next":null}"#,
                "email=a%2Bb%40example.org",
            ),
            (
                r#"{"password":"a&b=c é","n":1,"yes":true}"#,
                "n=1&password=a%26b%3Dc+%C3%A9&yes=true",
            ),
        ];
        for (json, form) in cases {
            assert_eq!(as_form(json.as_bytes()), Ok(form.to_owned()), "{json}");
        }
    }

    #[test]
    fn anything_else_is_said_to_be_wrong() {
        for json in ["[]", "\"text\"", "{", "null", "\u{feff}{}"] {
            assert_eq!(
                as_form(json.as_bytes()),
                Err(Code::InvalidInput.into()),
                "{json}"
            );
        }
        let nested = as_form(br#"{"email":["a@example.org"]}"#);
        assert_eq!(nested, Err(ApiError::field("email", Problem::Invalid)));
    }
}
