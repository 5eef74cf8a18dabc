//! The value of a `Set-Cookie` header.

use std::time::Duration;

use thiserror::Error;

/// The longest name and value together (RFC 6265bis, section 5.6).
const MAX_PAIR_BYTES: usize = 4096;

/// The longest value of an attribute; a longer one is ignored.
const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// The longest lifetime: 400 days (RFC 6265bis, section 5.5).
const MAX_AGE: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Why a browser ignores a `Set-Cookie` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CookieRejection {
    /// It is empty, too long, or has control characters.
    #[error("the header is no cookie: empty, longer than 4096 bytes, or with control characters")]
    Malformed,
    /// Its `Domain` does not hold the host that sent it.
    #[error("the cookie is for another host")]
    OtherHost,
    /// It is `Secure`, and came over http from a host that is not loopback.
    #[error("the cookie is `Secure`, and came over http")]
    SecureOverHttp,
    /// It came over http, and there is a `Secure` cookie of that name.
    #[error("the cookie came over http and would hide a `Secure` one")]
    OverSecure,
    /// `__Secure-` without `Secure`, or `__Host-` without `Secure` and `Path=/` or
    /// with `Domain`.
    #[error("the cookie lacks what the prefix of its name demands")]
    Prefix,
}

/// A `Set-Cookie` header, taken apart.
pub(super) struct SetCookie<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Empty for the host that sent it.
    pub(super) domain: String,
    /// `None` for the folder of the page that sent it.
    pub(super) path: Option<&'a str>,
    pub(super) is_secure: bool,
    /// `None` until the browser is closed, and zero for a cookie that is removed.
    pub(super) max_age: Option<Duration>,
}

impl<'a> SetCookie<'a> {
    /// Takes a header apart (RFC 6265bis, section 5.6).
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
            cookie.take(name.trim(), value.trim());
        }
        Ok(cookie)
    }

    /// Takes one attribute in. The last of a name counts; one that is wrong is as
    /// if it were not there.
    fn take(&mut self, name: &str, value: &'a str) {
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

    /// Checks what the prefix of the name demands. A browser reads the prefix
    /// whatever its case, and also where it begins the value of a cookie without a
    /// name, which is sent as if it were one.
    pub(super) fn check_prefix(&self) -> Result<(), CookieRejection> {
        let begins = |text: &str, prefix: &str| {
            text.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let is_prefix_kept = if self.name.is_empty() {
            !begins(self.value, "__Secure-") && !begins(self.value, "__Host-")
        } else if begins(self.name, "__Host-") {
            self.is_secure && self.domain.is_empty() && self.path == Some("/")
        } else {
            self.is_secure || !begins(self.name, "__Secure-")
        };
        is_prefix_kept.then_some(()).ok_or(CookieRejection::Prefix)
    }
}

/// Zero for what has expired already (RFC 6265bis, section 5.6.2).
fn max_age(value: &str) -> Option<Duration> {
    let (is_past, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More digits than fit are more than 400 days.
    let seconds = digits.parse().map_or(MAX_AGE, Duration::from_secs);
    Some(if is_past {
        Duration::ZERO
    } else {
        seconds.min(MAX_AGE)
    })
}
