//! The cookies of a browser: their names, and the generation of the refresh token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis::testing::CookieJar;
use serde_json::Value;

pub(crate) const ACCESS: &str = "access_token";
pub(crate) const REFRESH: &str = "refresh_token";

/// Returns the generation in the refresh token, or -1 if there is no refresh token.
pub(crate) fn token_generation(jar: &CookieJar) -> i64 {
    let token = jar.get(REFRESH).unwrap_or_default();
    let claims = token.split('.').nth(1).unwrap_or_default();
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    claims["gen"].as_i64().unwrap_or(-1)
}
