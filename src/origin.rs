//! The public origin: the one setting that everything about cookies and
//! cross-site requests follows from. The `Host` header decides nothing.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

/// Where browsers reach the application: scheme, host and port, as RFC 6454
/// serialises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicOrigin {
    serialized: String,
    is_secure: bool,
}

/// Why a text is no public origin; a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Not a URL, or one without a host.
    #[error("`{0}` is not an origin; write it like https://app.example.org")]
    Unreadable(String),
    /// There is more than scheme, host and port.
    #[error(
        "`{0}` has more than a scheme, a host and a port; write it like https://app.example.org"
    )]
    NotOnlyOrigin(String),
    /// Cookies would travel in the clear.
    #[error(
        "`{0}` would send session cookies unencrypted; use https://, or http:// on a loopback host such as http://127.0.0.1:3000"
    )]
    Unencrypted(String),
}

impl PublicOrigin {
    /// Reads an origin: `https://` anywhere, `http://` on a loopback host only.
    ///
    /// # Errors
    /// A sentence that says what to write instead.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError::Unreadable(text.to_owned()))?;
        let Some(host) = url.host() else {
            return Err(OriginError::Unreadable(text.to_owned()));
        };
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        // The URL standard allows it in a name, and no browser is ever there.
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(OriginError::Unreadable(text.to_owned()));
        }
        if !is_bare {
            return Err(OriginError::NotOnlyOrigin(text.to_owned()));
        }
        let is_secure = match url.scheme() {
            "https" => true,
            "http" if is_loopback(&host) => false,
            "http" => return Err(OriginError::Unencrypted(text.to_owned())),
            _ => return Err(OriginError::Unreadable(text.to_owned())),
        };
        Ok(Self {
            serialized: url.origin().ascii_serialization(),
            is_secure,
        })
    }

    /// As browsers write it in `Origin`: lower case, no default port, no slash.
    pub fn as_str(&self) -> &str {
        &self.serialized
    }

    /// Whether it is `https://`.
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }
}

impl fmt::Display for PublicOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.serialized)
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_serialised_as_browsers_do() {
        let cases = [
            ("https://App.Example.ORG", "https://app.example.org", true),
            (
                "https://app.example.org:443/",
                "https://app.example.org",
                true,
            ),
            (
                "https://app.example.org:8443",
                "https://app.example.org:8443",
                true,
            ),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000", false),
            ("http://localhost", "http://localhost", false),
            ("http://[::1]:3000", "http://[::1]:3000", false),
            (
                "http://app.localhost:3000",
                "http://app.localhost:3000",
                false,
            ),
        ];
        for (text, serialized, is_secure) in cases {
            let origin = PublicOrigin::parse(text).expect(text);
            assert_eq!(
                (origin.as_str(), origin.is_secure()),
                (serialized, is_secure),
                "{text}"
            );
        }
    }

    #[test]
    fn plain_http_off_this_machine_is_refused() {
        for text in [
            "http://app.example.org",
            "http://10.0.0.1:3000",
            "http://127.0.0.1.example.org",
        ] {
            let refused = PublicOrigin::parse(text);
            assert_eq!(
                refused,
                Err(OriginError::Unencrypted(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "app.example.org",
            "ftp://example.org",
            "https://",
            "file:///etc/passwd",
            "https://*.example.org",
        ] {
            assert!(
                matches!(PublicOrigin::parse(text), Err(OriginError::Unreadable(_))),
                "{text}"
            );
        }
        for text in [
            "https://a.example/app",
            "https://a.example/?q",
            "https://u:p@a.example/",
        ] {
            let refused = PublicOrigin::parse(text);
            assert!(
                matches!(refused, Err(OriginError::NotOnlyOrigin(_))),
                "{text}"
            );
        }
    }
}
