//! The value of a `Set-Cookie` header.

use std::time::Duration;

use thiserror::Error;

/// The maximum length of name and value together (RFC 6265bis, section 5.6).
const MAX_PAIR_BYTES: usize = 4096;

/// The maximum length of an attribute value. An attribute with a longer value is ignored.
const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// The maximum lifetime of a cookie: 400 days (RFC 6265bis, section 5.5).
const MAX_AGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The reason why a browser ignores a `Set-Cookie` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CookieRejection {
    /// The cookie is empty, longer than 4096 bytes, or has control characters.
    #[error("the cookie is empty, longer than 4096 bytes, or has control characters")]
    Malformed,
    /// The `Domain` of the cookie does not contain the host that sent it.
    #[error("the cookie is for another host")]
    OtherHost,
    /// The cookie is `Secure`, and was sent over http from a host that is not loopback.
    #[error("the cookie is `Secure`, and was sent over http")]
    SecureOverHttp,
    /// The cookie was sent over http, and would hide a `Secure` cookie of the same name.
    #[error("the cookie was sent over http and would hide a `Secure` one")]
    OverSecure,
    /// The name starts with `__Secure-`, but the cookie is not `Secure`. Or the name starts
    /// with `__Host-`, but the cookie is not `Secure`, lacks `Path=/`, or has a `Domain`.
    #[error("the cookie lacks an attribute that the prefix of its name requires")]
    Prefix,
}

/// A parsed `Set-Cookie` header.
pub(super) struct SetCookie<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Empty if the cookie is only for the host that sent it.
    pub(super) domain: String,
    /// `None` for the default path: the folder of the page that sent the cookie.
    pub(super) path: Option<&'a str>,
    pub(super) is_secure: bool,
    /// `None` if the cookie lasts until the browser is closed; zero if it is to be removed.
    pub(super) max_age: Option<Duration>,
}

impl<'a> SetCookie<'a> {
    /// Parses a header (RFC 6265bis, section 5.6).
    pub(super) fn parse(header: &'a str) -> Result<Self, CookieRejection> {
        if header
            .bytes()
            .any(|byte| byte.is_ascii_control() && byte != b'\t')
        {
            return Err(CookieRejection::Malformed);
        }
        let mut parts = header.split(';');
        let pair = parts.next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let mut cookie = Self {
            name: name.trim(),
            value: value.trim(),
            domain: String::new(),
            path: None,
            is_secure: false,
            max_age: None,
        };
        let length = cookie.name.len() + cookie.value.len();
        if length == 0 || length > MAX_PAIR_BYTES {
            return Err(CookieRejection::Malformed);
        }
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            cookie.apply_attribute(name.trim(), value.trim());
        }
        Ok(cookie)
    }

    /// Applies one attribute. If a name occurs twice, the last attribute applies. An invalid
    /// attribute is ignored.
    fn apply_attribute(&mut self, name: &str, value: &'a str) {
        if value.len() > MAX_ATTRIBUTE_BYTES {
            return;
        }
        match name.to_ascii_lowercase().as_str() {
            "secure" => self.is_secure = true,
            "domain" => self.domain = value.trim_start_matches('.').to_ascii_lowercase(),
            "path" => self.path = value.starts_with('/').then_some(value),
            "max-age" => self.max_age = max_age(value).or(self.max_age),
            _ => {}
        }
    }

    /// Checks the requirements of the prefix of the name. A browser reads the prefix without
    /// regard to case. It also reads it at the beginning of the value of a cookie without a
    /// name, because such a value is sent like a name.
    pub(super) fn check_prefix(&self) -> Result<(), CookieRejection> {
        let starts_with = |string: &str, prefix: &str| {
            string
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let is_satisfied = if self.name.is_empty() {
            !starts_with(self.value, "__Secure-") && !starts_with(self.value, "__Host-")
        } else if starts_with(self.name, "__Host-") {
            self.is_secure && self.domain.is_empty() && self.path == Some("/")
        } else {
            self.is_secure || !starts_with(self.name, "__Secure-")
        };
        is_satisfied.then_some(()).ok_or(CookieRejection::Prefix)
    }
}

/// Parses a `Max-Age`, at most 400 days. Returns zero if the cookie has already expired
/// (RFC 6265bis, section 5.6.2), and `None` if the value is not a number.
fn max_age(value: &str) -> Option<Duration> {
    let (is_past, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number that does not fit into an integer is more than 400 days.
    let seconds = digits.parse().map_or(MAX_AGE, Duration::from_secs);
    Some(if is_past {
        Duration::ZERO
    } else {
        seconds.min(MAX_AGE)
    })
}
