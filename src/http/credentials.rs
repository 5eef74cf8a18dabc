//! The tokens that a request carries: from the cookies first, then from the
//! `Authorization` header. Nothing here is verified.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use secrecy::SecretString;

use crate::cookies::{CookieValue, Cookies};

/// The tokens of a request, as they came.
#[derive(Default)]
pub(super) struct UnverifiedTokens {
    pub(super) access: Option<SecretString>,
    pub(super) refresh: Option<SecretString>,
    /// A cookie came twice: it is refused, because one of the two may be planted.
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
        // A cookie decides even where its token has expired: the header is for
        // clients without cookies.
        let bearer = || bearer(headers).map(SecretString::from);
        Self {
            access: one(access).or_else(|| (access == CookieValue::Missing).then(bearer)?),
            refresh: one(refresh),
            is_ambiguous: [access, refresh].contains(&CookieValue::Ambiguous),
        }
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1). Two such
/// headers are refused like two cookies.
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
