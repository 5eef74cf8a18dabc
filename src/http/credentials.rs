//! The presented tokens of a request: from the cookies first, then from the
//! `Authorization` header. Nothing here is verified.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use secrecy::SecretString;

use crate::cookies::{CookieValue, Cookies};

/// The presented tokens of a request, not verified.
#[derive(Default)]
pub(super) struct UnverifiedTokens {
    pub(super) access: Option<SecretString>,
    pub(super) refresh: Option<SecretString>,
    /// Whether one of the cookies occurs more than once. Its token is not used, because an
    /// attacker may have planted one of them.
    pub(super) is_ambiguous: bool,
}

impl UnverifiedTokens {
    /// Reads the tokens of a request.
    pub(super) fn read(cookies: &Cookies, headers: &HeaderMap) -> Self {
        let (access, refresh) = (cookies.access(headers), cookies.refresh(headers));
        let one = |value| match value {
            CookieValue::One(token) => Some(SecretString::from(token)),
            CookieValue::Missing | CookieValue::Ambiguous => None,
        };
        // The header is for clients without cookies. An access cookie takes precedence, even
        // if its token has expired.
        let bearer = || bearer(headers).map(SecretString::from);
        Self {
            access: one(access).or_else(|| (access == CookieValue::Missing).then(bearer)?),
            refresh: one(refresh),
            is_ambiguous: [access, refresh].contains(&CookieValue::Ambiguous),
        }
    }
}

/// Returns the token of `Authorization: Bearer …` (RFC 6750, section 2.1). If there are
/// two such headers, neither is used.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim_matches(' '))
}
