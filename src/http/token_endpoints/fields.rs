//! The fields of a request: of a JSON object, or of a form.

use axum::{
    body::{Body, Bytes},
    http::HeaderMap,
};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::errors::TokenEndpointError;
use crate::http::{
    body::{FORM, read},
    media_type::has_content_type,
};

/// The fields of a request. A field that occurs twice has its last value.
pub(super) struct Fields(Map<String, Value>);

/// The problem with a field, with the message of Django REST framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldProblem {
    Missing,
    Null,
    Blank,
    NoString,
    HasNul,
}

impl FieldProblem {
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Missing => "This field is required.",
            Self::Null => "This field may not be null.",
            Self::Blank => "This field may not be blank.",
            Self::NoString => "Not a valid string.",
            Self::HasNul => "Null characters are not allowed.",
        }
    }
}

impl Fields {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// 413 if it is too large, 415 if it is of another media type, and 400 if it cannot be
    /// read or is not an object.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, TokenEndpointError> {
        let body = read(body).await?;
        Self::parse(headers, &body)
    }

    fn parse(headers: &HeaderMap, body: &Bytes) -> Result<Self, TokenEndpointError> {
        if body.is_empty() {
            return Ok(Self(Map::new()));
        }
        if has_content_type(headers, "application/json") {
            return Self::of_json(body);
        }
        if has_content_type(headers, FORM) {
            let pairs = form_urlencoded::parse(body).into_owned();
            let fields = pairs.map(|(name, value)| (name, Value::String(value)));
            return Ok(Self(fields.collect()));
        }
        Err(TokenEndpointError::MediaType)
    }

    fn of_json(body: &[u8]) -> Result<Self, TokenEndpointError> {
        let value = serde_json::from_slice(body).map_err(|_| TokenEndpointError::Json)?;
        let kind = match value {
            Value::Object(fields) => return Ok(Self(fields)),
            Value::Null => return Err(TokenEndpointError::NoData),
            Value::Bool(_) => "bool",
            Value::Number(number) if number.is_f64() => "float",
            Value::Number(_) => "int",
            Value::String(_) => "str",
            Value::Array(_) => "list",
        };
        Err(TokenEndpointError::NoObject(kind))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the value of a field, which is not blank. White space stays: it may be part of
    /// a password.
    pub(super) fn get(&self, name: &str) -> Result<String, FieldProblem> {
        let text = match self.0.get(name) {
            None => return Err(FieldProblem::Missing),
            Some(Value::Null) => return Err(FieldProblem::Null),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(FieldProblem::NoString);
            }
        };
        if text.trim().is_empty() {
            Err(FieldProblem::Blank)
        } else if text.contains('\0') {
            Err(FieldProblem::HasNul)
        } else {
            Ok(text)
        }
    }
}
