//! The session cookies: their names and attributes, and how they are read from a request.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use thiserror::Error;

use crate::{
    origin::PublicOrigin,
    token::{AccessToken, RefreshToken},
};

/// The names and attributes of both cookies; they follow from the public origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cookies {
    access: Arc<str>,
    refresh: Arc<str>,
    /// The attributes that follow the value and `Max-Age` in every `Set-Cookie`.
    attributes: &'static str,
    is_secure: bool,
}

/// The reason why a configured cookie name is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CookieNameError {
    /// The name does not consist of 1 to 64 ASCII letters, digits, `-` and `_` (a token of
    /// RFC 6265, section 4.1.1), or it starts with `__` as the prefix `__Host-` does.
    #[error(
        "`{0}` cannot be the name of a cookie; use letters, digits, `-` and `_`, without a prefix such as `__Host-`, which is added automatically"
    )]
    NotAName(String),
    /// Both cookies have the same name, apart from upper and lower case.
    #[error("both cookies have the name `{0}`; give them different names")]
    Same(String),
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain) && !name.starts_with("__")
}

/// How many values of one name are read. A signature is verified for each, and a browser of an
/// honest user has few.
const MAX_VALUES: usize = 8;

/// The cookie with a given name in a request. Its value has not been verified.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum CookieValue<'a> {
    /// The request has no cookie of that name.
    Missing,
    /// The request has one.
    One(&'a str),
    /// The request has several cookies of that name, with these values: at least two, at
    /// most [`MAX_VALUES`]. Another application on this host may have set one of them, or an
    /// attacker may have planted it.
    Several(Vec<&'a str>),
}

impl std::fmt::Debug for CookieValue<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::One(_) => "One",
            Self::Several(_) => "Several",
        })
    }
}

impl Cookies {
    /// Returns the cookies for an origin, with the names `access_token` and
    /// `refresh_token`.
    pub(crate) fn new(origin: &PublicOrigin) -> Self {
        Self::build(origin, "access_token", "refresh_token")
    }

    /// Returns the cookies for an origin, with names chosen by the application.
    ///
    /// # Errors
    /// [`CookieNameError`] if a name is not valid or both names are the same.
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
        Ok(Self::build(origin, access, refresh))
    }

    /// Adds the prefix `__Host-` on https. With it, the browser itself binds the
    /// cookies to this host, to https and to `Path=/` (RFC 6265bis, section 4.1.3.2).
    /// The prefix requires `Secure`, which is not possible with plain http on a
    /// loopback host.
    fn build(origin: &PublicOrigin, access: &str, refresh: &str) -> Self {
        let (prefix, attributes) = if origin.is_secure() {
            ("__Host-", "; Path=/; Secure; HttpOnly; SameSite=Lax")
        } else {
            ("", "; Path=/; HttpOnly; SameSite=Lax")
        };
        Self {
            access: format!("{prefix}{access}").into(),
            refresh: format!("{prefix}{refresh}").into(),
            attributes,
            is_secure: origin.is_secure(),
        }
    }

    /// Returns the `Set-Cookie` value for an access token.
    pub(crate) fn set_access(&self, token: &AccessToken, lifetime: Duration) -> HeaderValue {
        self.set(&self.access, token.expose(), lifetime)
    }

    /// Returns the `Set-Cookie` value for a refresh token.
    pub(crate) fn set_refresh(&self, token: &RefreshToken, lifetime: Duration) -> HeaderValue {
        self.set(&self.refresh, token.expose(), lifetime)
    }

    /// Returns the `Set-Cookie` values that remove both cookies.
    pub(crate) fn clear(&self) -> Vec<HeaderValue> {
        [&self.access, &self.refresh]
            .map(|name| self.set(name, "", Duration::ZERO))
            .into()
    }

    /// Returns the value of `Clear-Site-Data` at a sign-out: the browser removes the cached
    /// pages, also those that it keeps for the back button. Only https has this header. It
    /// names no cookies, because those of the application would be removed too.
    pub(crate) fn clear_site_data(&self) -> Option<HeaderValue> {
        self.is_secure
            .then(|| HeaderValue::from_static("\"cache\""))
    }

    /// Reads the access cookie of a request.
    pub(crate) fn access<'h>(&self, headers: &'h HeaderMap) -> CookieValue<'h> {
        read(headers, &self.access)
    }

    /// Reads the refresh cookie of a request.
    pub(crate) fn refresh<'h>(&self, headers: &'h HeaderMap) -> CookieValue<'h> {
        read(headers, &self.refresh)
    }

    fn set(&self, name: &str, value: &str, lifetime: Duration) -> HeaderValue {
        let cookie = format!(
            "{name}={value}; Max-Age={}{}",
            lifetime.as_secs(),
            self.attributes
        );
        // A JWT in compact form is ASCII. If it were not, which would be a bug, an empty
        // header is better than a broken cookie.
        let mut header =
            HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}

/// Reads one cookie by its exact name. Names are case-sensitive (RFC 6265bis,
/// section 5.7), so `__HOST-access_token` is a different cookie.
///
/// The header is split as bytes, so other cookies may hold any bytes. If the value of
/// this cookie is not UTF-8, the cookie counts as present with an empty value, which is
/// rejected as an invalid token.
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
        let value = str::from_utf8(value).unwrap_or_default();
        found = match found {
            CookieValue::Missing => CookieValue::One(value),
            // The same value twice is no other token.
            CookieValue::One(first) if first == value => CookieValue::One(first),
            CookieValue::One(first) => CookieValue::Several(vec![first, value]),
            CookieValue::Several(mut values) => {
                if values.len() == MAX_VALUES {
                    return CookieValue::Several(values);
                }
                if !values.contains(&value) {
                    values.push(value);
                }
                CookieValue::Several(values)
            }
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(origin: &str) -> Cookies {
        Cookies::new(&PublicOrigin::parse(origin).expect("valid origin"))
    }

    fn headers(values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|v| (COOKIE, HeaderValue::from_str(v).expect("a header")))
            .collect()
    }

    #[test]
    fn cleared_cookies_keep_their_attributes() {
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
    fn every_value_of_a_planted_cookie_is_read() {
        use CookieValue::{Missing, One, Several};
        const UPPER: &str = "__HOST-access_token=bad; @=good";
        let cookies = cookies("https://a.example");
        // `@` stands for the name of the access cookie.
        let cases: [(&str, &[&str], CookieValue<'_>); 9] = [
            ("none", &[], Missing),
            ("one", &["a=b; @=good; c=d"], One("good")),
            (
                "planted after",
                &["@=good; @=bad"],
                Several(vec!["good", "bad"]),
            ),
            (
                "planted before",
                &["@=bad; @=good"],
                Several(vec!["bad", "good"]),
            ),
            (
                "in two headers",
                &["@=bad", "@=good"],
                Several(vec!["bad", "good"]),
            ),
            ("the same twice", &["@=good; @=good"], One("good")),
            ("upper case is another name", &[UPPER], One("good")),
            ("without the prefix", &["access_token=bad"], Missing),
            ("no value at all", &["@; =x"], Missing),
        ];
        for (name, values, expected) in cases {
            let values = values.iter().map(|v| v.replace('@', "__Host-access_token"));
            let values: Vec<_> = values.collect();
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            assert!(cookies.access(&headers(&values)) == expected, "{name}");
        }
    }

    #[test]
    fn invalid_utf8_in_another_cookie_is_ignored() {
        let cookies = cookies("https://a.example");
        let header = |bytes: &[u8]| {
            let value = HeaderValue::from_bytes(bytes).expect("header bytes");
            HeaderMap::from_iter([(COOKIE, value)])
        };
        let foreign = header(b"x=\xc3\xa9\xff; __Host-access_token=good");
        assert!(cookies.access(&foreign) == CookieValue::One("good"));
        let broken = header(b"__Host-access_token=\xff");
        assert!(
            cookies.access(&broken) == CookieValue::One(""),
            "present, with an empty value"
        );
    }

    #[test]
    fn debug_shows_no_token() {
        assert_eq!(format!("{:?}", CookieValue::One("secret")), "One");
        let token = cookies("http://localhost").clear();
        assert!(token[0].is_sensitive());
    }
}
