//! The cookie jar of a test browser.

mod set_cookie;
#[cfg(test)]
mod tests;

use std::{fmt, net::IpAddr, sync::Arc};

use axum::http::Uri;

use crate::clock::{Clock, Timestamp};
use set_cookie::SetCookie;

pub use set_cookie::CookieRejection;

/// The cookies of one browser, by the rules of RFC 6265bis.
///
/// A cookie is sent to the host and below the path that it belongs to, until its `Max-Age`
/// has passed on the jar's clock. A `Secure` cookie is sent only over https or to a loopback
/// host. A cookie whose name begins with `__Secure-` or `__Host-` is kept only with the
/// attributes that its prefix requires.
///
/// `Expires` and the list of public suffixes are ignored. `SameSite` is ignored too, because
/// a jar does not know which page sends a request.
///
/// A clone starts with the same cookies and uses the same clock; later changes of one jar do
/// not affect the other. So a clone behaves like cookies that a thief has copied.
///
/// ```
/// use portcullis::testing::{CookieJar, TestClock};
///
/// let page = "https://app.example.org/account".parse().expect("a URL");
/// let other = "https://api.example.org/".parse().expect("a URL");
/// let mut jar = CookieJar::new(TestClock::new());
/// jar.store(&page, "theme=dark; Path=/; Max-Age=60").expect("kept");
/// assert_eq!(jar.header(&page).as_deref(), Some("theme=dark"));
/// assert_eq!(jar.header(&other), None);
/// assert!(jar.store(&page, "__Host-id=1; Path=/").is_err(), "not `Secure`");
/// ```
#[derive(Clone)]
pub struct CookieJar {
    /// In the order in which they were first set.
    cookies: Vec<Cookie>,
    clock: Arc<dyn Clock>,
}

#[derive(Clone, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    host: String,
    /// Whether the cookie is sent only to the host, and not to its subdomains.
    is_host_only: bool,
    path: String,
    is_secure: bool,
    /// `None` if the cookie lasts until the browser is closed.
    expires_at: Option<Timestamp>,
}

impl CookieJar {
    /// Returns an empty jar whose cookies expire by `clock`.
    pub fn new(clock: impl Clock) -> Self {
        Self {
            cookies: Vec::new(),
            clock: Arc::new(clock),
        }
    }

    /// Stores, replaces or removes a cookie. `set_cookie` is the value of a `Set-Cookie`
    /// header in the response to a request for `from`, an absolute URL.
    ///
    /// # Errors
    /// [`CookieRejection`] if a browser would ignore the header.
    pub fn store(&mut self, from: &Uri, set_cookie: &str) -> Result<(), CookieRejection> {
        let set = SetCookie::parse(set_cookie)?;
        let is_secure_page = is_secure(from);
        set.check_prefix()?;
        if set.is_secure && !is_secure_page {
            return Err(CookieRejection::SecureOverHttp);
        }
        let host = host(from);
        if !set.domain.is_empty() && !is_below(&host, &set.domain) {
            return Err(CookieRejection::OtherHost);
        }
        let is_host_only = set.domain.is_empty();
        let cookie = Cookie {
            name: set.name.to_owned(),
            value: set.value.to_owned(),
            host: if is_host_only { host } else { set.domain },
            is_host_only,
            path: match set.path {
                Some(path) => path.to_owned(),
                None => default_path(from.path()),
            },
            is_secure: set.is_secure,
            expires_at: set.max_age.map(|age| self.clock.now() + age),
        };
        if !set.is_secure && !is_secure_page && self.has_secure(&cookie) {
            return Err(CookieRejection::OverSecure);
        }
        self.put(cookie);
        Ok(())
    }

    /// Returns the value of the `Cookie` header of a request for `to`, an absolute URL.
    /// Returns `None` if no cookie belongs to it.
    pub fn header(&self, to: &Uri) -> Option<String> {
        let mut cookies: Vec<_> = self
            .unexpired()
            .filter(|cookie| cookie.belongs_to(to))
            .collect();
        // Longer paths first. The sort is stable: it keeps the order of paths of equal length.
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> = cookies.into_iter().map(Cookie::pair).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Returns the value of the first cookie with this name that has not expired, whatever its
    /// host and path.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut unexpired = self.unexpired();
        unexpired
            .find(|cookie| cookie.name == name)
            .map(|cookie| cookie.value.as_str())
    }

    /// Returns the names of the cookies that have not expired.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.unexpired().map(|cookie| cookie.name.as_str())
    }

    /// Returns whether the jar is empty, apart from expired cookies.
    pub fn is_empty(&self) -> bool {
        self.unexpired().next().is_none()
    }

    /// Removes the cookies with this name.
    pub fn remove(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
    }

    fn unexpired(&self) -> impl Iterator<Item = &Cookie> {
        let now = self.clock.now();
        let is_unexpired = move |cookie: &&Cookie| cookie.expires_at.is_none_or(|at| now < at);
        self.cookies.iter().filter(is_unexpired)
    }

    /// Stores a cookie at the position of the cookie that it replaces, or at the end. Removes
    /// expired cookies.
    fn put(&mut self, cookie: Cookie) {
        let is_replaced = |old: &Cookie| {
            (&old.name, &old.host, old.is_host_only, &old.path)
                == (
                    &cookie.name,
                    &cookie.host,
                    cookie.is_host_only,
                    &cookie.path,
                )
        };
        match self.cookies.iter_mut().find(|old| is_replaced(old)) {
            Some(old) => *old = cookie,
            None => self.cookies.push(cookie),
        }
        let now = self.clock.now();
        self.cookies
            .retain(|cookie| cookie.expires_at.is_none_or(|at| now < at));
    }

    /// Returns whether the new cookie would hide a `Secure` cookie ("leave `Secure` cookies
    /// alone", RFC 6265bis, section 5.7).
    fn has_secure(&self, new: &Cookie) -> bool {
        self.unexpired().any(|old| {
            old.is_secure
                && old.name == new.name
                && (is_below(&old.host, &new.host) || is_below(&new.host, &old.host))
                && is_path_below(&new.path, &old.path)
        })
    }
}

impl Cookie {
    fn belongs_to(&self, to: &Uri) -> bool {
        let host = host(to);
        let is_host = if self.is_host_only {
            host == self.host
        } else {
            is_below(&host, &self.host)
        };
        is_host && is_path_below(to.path(), &self.path) && (!self.is_secure || is_secure(to))
    }

    fn pair(&self) -> String {
        match self.name.as_str() {
            "" => self.value.clone(),
            name => format!("{name}={}", self.value),
        }
    }
}

impl fmt::Debug for CookieJar {
    /// Prints only the names, because a value may be a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

fn host(uri: &Uri) -> String {
    uri.host().unwrap_or_default().to_ascii_lowercase()
}

/// Returns whether a URL is https, or has a loopback host, which browsers treat like https
/// (W3C Secure Contexts, section 3.1).
fn is_secure(uri: &Uri) -> bool {
    let host = host(uri);
    uri.scheme_str() == Some("https")
        || is_below(&host, "localhost")
        || ip(&host).is_some_and(|ip| ip.is_loopback())
}

fn ip(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// Returns whether a host is `parent` or a subdomain of it (RFC 6265bis, section 5.1.3).
fn is_below(host: &str, parent: &str) -> bool {
    host == parent
        || (ip(host).is_none()
            && host
                .strip_suffix(parent)
                .is_some_and(|rest| rest.ends_with('.')))
}

/// Returns whether a path is `parent` or below it (RFC 6265bis, section 5.1.4).
fn is_path_below(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || parent.ends_with('/') || rest.starts_with('/'))
}

/// Returns the default path of a cookie: the folder of a path (RFC 6265bis, section 5.1.4).
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => path[..end].to_owned(),
    }
}
