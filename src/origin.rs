//! The public origin: the setting that determines everything about cookies and
//! cross-site requests. The `Host` header is not used.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

/// The origin at which browsers reach the application: scheme, host and port,
/// serialised as in RFC 6454.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicOrigin {
    serialized: String,
    is_secure: bool,
}

/// The reason why a string is not a valid public origin. The message is for the
/// operator.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OriginError {
    /// The string is not a URL with a host, its scheme is neither `https` nor `http`, or
    /// its host has a `*`.
    #[error("`{0}` is not an origin; write it like https://app.example.org")]
    Unreadable(String),
    /// The URL has more than a scheme, a host and a port.
    #[error(
        "`{0}` has more than a scheme, a host and a port; write it like https://app.example.org"
    )]
    NotOnlyOrigin(String),
    /// The URL is plain http on another host than a loopback host: cookies would be
    /// sent unencrypted.
    #[error(
        "`{0}` would send session cookies unencrypted; use https://, or http:// on a loopback host such as http://127.0.0.1:3000"
    )]
    Unencrypted(String),
}

impl PublicOrigin {
    /// Parses an origin: `https://` with any host, `http://` only with a loopback host.
    ///
    /// # Errors
    /// [`OriginError`], whose message says what to write instead.
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
        // The URL standard allows `*` in a host, but no browser has such an origin.
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

    /// Returns the origin as browsers send it in the `Origin` header: lower case, without
    /// a default port, without a slash.
    pub fn as_str(&self) -> &str {
        &self.serialized
    }

    /// Returns whether the scheme is `https`.
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
    fn plain_http_to_other_hosts_is_rejected() {
        for text in [
            "http://app.example.org",
            "http://10.0.0.1:3000",
            "http://127.0.0.1.example.org",
        ] {
            let parsed = PublicOrigin::parse(text);
            assert_eq!(
                parsed,
                Err(OriginError::Unencrypted(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn invalid_origins_are_rejected() {
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
            let parsed = PublicOrigin::parse(text);
            assert!(
                matches!(parsed, Err(OriginError::NotOnlyOrigin(_))),
                "{text}"
            );
        }
    }
}
