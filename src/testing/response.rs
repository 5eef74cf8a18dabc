//! A response that has arrived in full.

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
};
use serde::de::DeserializeOwned;

/// A response that has arrived in full.
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
    /// Returns the first header of that name, or an empty string.
    ///
    /// # Panics
    /// Where the header is not ASCII.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("an ASCII header"))
    }

    /// Returns the values of the `Set-Cookie` headers, in their order.
    ///
    /// # Panics
    /// Where one is not ASCII.
    #[track_caller]
    pub fn set_cookies(&self) -> Vec<&str> {
        let values = self.headers.get_all(SET_COOKIE).iter();
        values
            .map(|value| value.to_str().expect("an ASCII header"))
            .collect()
    }

    /// Returns the body.
    ///
    /// # Panics
    /// Where the body is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// Reads the body, whatever its `Content-Type`.
    ///
    /// # Panics
    /// Where the body is no JSON of that type.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error} in {}", String::from_utf8_lossy(&self.body)),
        }
    }
}
