//! The response that a test gets.

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
};
use serde::de::DeserializeOwned;

/// A complete response: status, headers and body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TestResponse {
    /// The status. It compares with a number: `response.status == 200`.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl TestResponse {
    /// Returns the value of the first header with this name, or an empty string.
    ///
    /// # Panics
    /// If the header is not ASCII.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("an ASCII header"))
    }

    /// Returns the values of the `Set-Cookie` headers, in their order.
    ///
    /// # Panics
    /// If one of them is not ASCII.
    #[track_caller]
    pub fn set_cookies(&self) -> Vec<&str> {
        let values = self.headers.get_all(SET_COOKIE).iter();
        values
            .map(|value| value.to_str().expect("an ASCII header"))
            .collect()
    }

    /// Returns the body as a string.
    ///
    /// # Panics
    /// If the body is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// Deserializes the body from JSON, whatever its `Content-Type`.
    ///
    /// # Panics
    /// If the body is not JSON of this type.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error} in {}", String::from_utf8_lossy(&self.body)),
        }
    }
}
