//! JSON where a form is expected: what axios and fetch send by default.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderValue,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::Next,
    response::Response,
};
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::{error_response, media_type::has_content_type};
use crate::wire::{ApiError, Code, Problem, paths};

/// The largest body that is rewritten.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Rewrites a JSON object of plain values into the form that this library's
/// handlers and server functions read. Other bodies, and the paths of the
/// application, pass as they are.
///
/// It stands behind the same-origin check, and a browser sends JSON to another
/// origin only where CORS allows it: this opens nothing.
pub(super) async fn json_form(request: Request, next: Next) -> Response {
    let is_ours = paths::is_own(request.uri().path())
        && has_content_type(request.headers(), "application/json");
    if !is_ours {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return error_response(Code::TooLarge.into());
    };
    let form = match as_form(&body) {
        Ok(form) => form,
        Err(error) => return error_response(error),
    };
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    parts.headers.insert(CONTENT_TYPE, kind);
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
    next.run(Request::from_parts(parts, Body::from(form))).await
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
