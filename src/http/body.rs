//! The layer that reads request bodies for the paths of this library: at most 64 KiB, a
//! form or JSON. JSON is converted to a form.

use std::{error::Error, mem};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::media_type::has_content_type;
use crate::wire::{ApiError, Code, Problem, paths};

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The largest request body that is read. It is far larger than any form of this
/// library, and small enough that many requests at once do no harm.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Reads the body of a request for one of this library's paths. Rejects the request with
/// 413 if the body is too large, and with 422 if it is cut off, of another media type, or
/// not UTF-8. A JSON object of plain values is converted to the form that handlers and
/// server functions read. Requests for the application's paths pass unchanged.
///
/// Accepting JSON enables no cross-site attack: this layer runs after the same-origin
/// check, and a browser sends JSON to another origin only if CORS allows it.
pub(super) async fn read_form_body(request: &mut Request) -> Result<(), ApiError> {
    if !paths::is_own(request.uri().path()) {
        return Ok(());
    }
    let body = read(mem::take(request.body_mut())).await?;
    if std::str::from_utf8(&body).is_err() {
        return Err(Code::InvalidInput.into());
    }
    let headers = request.headers_mut();
    *request.body_mut() = match body_format(headers, &body)? {
        BodyFormat::Form => Body::from(body),
        BodyFormat::Json => {
            let form = json_to_form(&body)?;
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
            headers.insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
            Body::from(form)
        }
    };
    Ok(())
}

/// Reads a body of at most [`MAX_BODY_BYTES`].
pub(super) async fn read(body: Body) -> Result<Bytes, ApiError> {
    // A body whose announced size exceeds the limit is rejected before it is read.
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

enum BodyFormat {
    Form,
    Json,
}

/// Rejects plain text, multipart and bodies without a media type: a page of another site
/// can send those without a CORS preflight (Fetch standard, "CORS-safelisted
/// request-header"). This is a second check: the same-origin check rejects such requests
/// by their origin, this one rejects them by their media type.
fn body_format(headers: &HeaderMap, body: &Bytes) -> Result<BodyFormat, ApiError> {
    if has_content_type(headers, "application/json") {
        Ok(BodyFormat::Json)
    } else if body.is_empty() || has_content_type(headers, FORM) {
        Ok(BodyFormat::Form)
    } else {
        Err(Code::InvalidInput.into())
    }
}

/// Converts a JSON object to a URL-encoded form. A field that is `null` is left out. A
/// list or an object as a value is an error, because a form cannot hold it.
fn json_to_form(body: &[u8]) -> Result<String, ApiError> {
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
    fn json_object_is_converted_to_a_form() {
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
            assert_eq!(json_to_form(json.as_bytes()), Ok(form.to_owned()), "{json}");
        }
    }

    #[test]
    fn json_of_another_shape_is_rejected() {
        for json in ["[]", "\"text\"", "{", "null", "\u{feff}{}"] {
            let form = json_to_form(json.as_bytes());
            assert_eq!(form, Err(Code::InvalidInput.into()), "{json}");
        }
        let nested = json_to_form(br#"{"email":["a@example.org"]}"#);
        assert_eq!(nested, Err(ApiError::field("email", Problem::Invalid)));
    }
}
