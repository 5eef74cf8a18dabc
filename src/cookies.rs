//! Every cookie attribute, once; and how cookies are read.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use thiserror::Error;

use crate::{
    origin::PublicOrigin,
    token::{AccessToken, RefreshToken},
};

/// The names and attributes of both cookies, as they follow from the origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cookies {
    access: Arc<str>,
    refresh: Arc<str>,
    /// What follows the value and `Max-Age` in every `Set-Cookie`.
    attributes: &'static str,
}

/// Why a cookie cannot have the name that was set for it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CookieNameError {
    /// Not a token of RFC 6265, section 4.1.1, or with a prefix of its own.
    #[error(
        "`{0}` cannot be the name of a cookie; use letters, digits, `-` and `_`, without a prefix such as `__Host-`, which is added by itself"
    )]
    NotAName(String),
    /// One name for two cookies.
    #[error("both cookies have the name `{0}`; give them two")]
    Same(String),
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain) && !name.starts_with("__")
}

/// One cookie of a request. None of its content has been verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CookieValue<'a> {
    /// The request has no cookie of that name.
    Missing,
    /// The request has one.
    One(&'a str),
    /// The request has several of that name, and somebody may have planted one:
    /// none is used.
    Ambiguous,
}

impl std::fmt::Debug for CookieValue<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::One(_) => "One",
            Self::Ambiguous => "Ambiguous",
        })
    }
}

impl Cookies {
    /// The cookies of that origin, with the names `access_token` and
    /// `refresh_token`.
    pub(crate) fn new(origin: &PublicOrigin) -> Self {
        Self::of(origin, "access_token", "refresh_token")
    }

    /// The cookies of that origin, with names of the application's own.
    ///
    /// # Errors
    /// [`CookieNameError`] where a name cannot be one, or both are the same.
    pub(crate) fn named(
        origin: &PublicOrigin,
        access: &str,
        refresh: &str,
    ) -> Result<Self, CookieNameError> {
        for name in [access, refresh] {
            if !is_name(name) {
                return Err(CookieNameError::NotAName(name.to_owned()));
            }
        }
        if access.eq_ignore_ascii_case(refresh) {
            return Err(CookieNameError::Same(access.to_owned()));
        }
        Ok(Self::of(origin, access, refresh))
    }

    /// `__Host-` makes the browser itself hold them to this host, to
    /// encryption and to `Path=/` (RFC 6265bis, section 4.1.3.2). It needs
    /// `Secure`, which plain http on a loopback host cannot have.
    fn of(origin: &PublicOrigin, access: &str, refresh: &str) -> Self {
        let (prefix, attributes) = if origin.is_secure() {
            ("__Host-", "; Path=/; Secure; HttpOnly; SameSite=Lax")
        } else {
            ("", "; Path=/; HttpOnly; SameSite=Lax")
        };
        Self {
            access: format!("{prefix}{access}").into(),
            refresh: format!("{prefix}{refresh}").into(),
            attributes,
        }
    }

    /// The `Set-Cookie` value of an access token.
    pub(crate) fn set_access(&self, token: &AccessToken, lifetime: Duration) -> HeaderValue {
        self.set(&self.access, token.expose(), lifetime)
    }

    /// The `Set-Cookie` value of a refresh token.
    pub(crate) fn set_refresh(&self, token: &RefreshToken, lifetime: Duration) -> HeaderValue {
        self.set(&self.refresh, token.expose(), lifetime)
    }

    /// The `Set-Cookie` values that remove both.
    pub(crate) fn clear(&self) -> Vec<HeaderValue> {
        [&self.access, &self.refresh]
            .map(|name| self.set(name, "", Duration::ZERO))
            .into()
    }

    /// The access cookie of a request.
    pub(crate) fn access<'h>(&self, headers: &'h HeaderMap) -> CookieValue<'h> {
        read(headers, &self.access)
    }

    /// The refresh cookie of a request.
    pub(crate) fn refresh<'h>(&self, headers: &'h HeaderMap) -> CookieValue<'h> {
        read(headers, &self.refresh)
    }

    /// Whether a request carries any cookie of ours.
    pub(crate) fn are_in(&self, headers: &HeaderMap) -> bool {
        [self.access(headers), self.refresh(headers)]
            .iter()
            .any(|c| *c != CookieValue::Missing)
    }

    fn set(&self, name: &str, value: &str, lifetime: Duration) -> HeaderValue {
        let cookie = format!(
            "{name}={value}; Max-Age={}{}",
            lifetime.as_secs(),
            self.attributes
        );
        // A JWT in compact form is ASCII; what is not would be a fault of ours,
        // and no cookie is better than a broken one.
        let mut header =
            HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}

/// Reads one cookie by its exact name: case counts (RFC 6265bis, section 5.7),
/// so `__HOST-access_token` is none of ours.
///
/// Byte by byte: what another cookie of the header holds is nobody's business
/// here. One of ours that cannot be read is there all the same, and counts as
/// a token that nobody signed.
fn read<'h>(headers: &'h HeaderMap, name: &str) -> CookieValue<'h> {
    let mut found = CookieValue::Missing;
    let pairs = headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .map(<[u8]>::trim_ascii);
    for pair in pairs {
        let value = pair
            .strip_prefix(name.as_bytes())
            .and_then(|rest| rest.strip_prefix(b"="));
        let Some(value) = value else { continue };
        found = match found {
            CookieValue::Missing => CookieValue::One(str::from_utf8(value).unwrap_or_default()),
            _ => return CookieValue::Ambiguous,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(origin: &str) -> Cookies {
        Cookies::new(&PublicOrigin::parse(origin).expect("an origin"))
    }

    fn headers(values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|v| (COOKIE, HeaderValue::from_str(v).expect("a value")))
            .collect()
    }

    #[test]
    fn clearing_has_the_attributes_of_setting() {
        let https: Vec<_> = cookies("https://a.example").clear();
        assert_eq!(
            https,
            [
                "__Host-access_token=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
                "__Host-refresh_token=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
            ]
        );
        let http: Vec<_> = cookies("http://127.0.0.1:3000").clear();
        assert_eq!(
            http,
            [
                "access_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
                "refresh_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            ]
        );
    }

    #[test]
    fn a_planted_cookie_never_stands_in() {
        let ours = cookies("https://a.example");
        let cases: [(&str, &[&str], CookieValue<'_>); 9] = [
            ("none", &[], CookieValue::Missing),
            (
                "one",
                &["a=b; __Host-access_token=good; c=d"],
                CookieValue::One("good"),
            ),
            (
                "planted behind",
                &["__Host-access_token=good; __Host-access_token=bad"],
                CookieValue::Ambiguous,
            ),
            (
                "planted before",
                &["__Host-access_token=bad; __Host-access_token=good"],
                CookieValue::Ambiguous,
            ),
            (
                "in two headers",
                &["__Host-access_token=bad", "__Host-access_token=good"],
                CookieValue::Ambiguous,
            ),
            (
                "the same twice",
                &["__Host-access_token=good; __Host-access_token=good"],
                CookieValue::Ambiguous,
            ),
            (
                "upper case is another name",
                &["__HOST-access_token=bad; __Host-access_token=good"],
                CookieValue::One("good"),
            ),
            (
                "without the prefix",
                &["access_token=bad"],
                CookieValue::Missing,
            ),
            (
                "no value at all",
                &["__Host-access_token; =x"],
                CookieValue::Missing,
            ),
        ];
        for (name, values, expected) in cases {
            assert!(ours.access(&headers(values)) == expected, "{name}");
        }
    }

    #[test]
    fn bytes_of_other_cookies_change_nothing() {
        let ours = cookies("https://a.example");
        let header = |bytes: &[u8]| {
            HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(bytes).expect("a value"))])
        };
        let foreign = header(b"x=\xc3\xa9\xff; __Host-access_token=good");
        assert!(ours.access(&foreign) == CookieValue::One("good"));
        let broken = header(b"__Host-access_token=\xff");
        assert!(
            ours.access(&broken) == CookieValue::One(""),
            "there, and no token"
        );
    }

    #[test]
    fn debug_shows_no_token() {
        assert_eq!(format!("{:?}", CookieValue::One("secret")), "One");
        let token = cookies("http://localhost").clear();
        assert!(token[0].is_sensitive());
    }
}
