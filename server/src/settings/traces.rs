//! The settings of the traces.

use axum::http::Uri;

use super::{SettingError, Values, table};

/// The path of OTLP for traces.
const DEFAULT_PATH: &str = "/v1/traces";

/// The port of OTLP over HTTP.
const DEFAULT_PORT: u16 = 4318;

/// Where the spans of requests are sent, and which.
#[derive(Clone, Debug, PartialEq)]
pub struct Traces {
    /// `PORTCULLIS_TRACES_ENDPOINT`; `None` if there are no traces.
    pub endpoint: Option<CollectorEndpoint>,
    /// `PORTCULLIS_TRACES_SHARE`, from 0 to 1.
    pub share: f64,
    /// `PORTCULLIS_TRACES_SERVICE`.
    pub service: String,
}

/// The URL of a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorEndpoint(Uri);

impl Traces {
    pub(super) fn read(values: &Values) -> Result<Self, SettingError> {
        Ok(Self {
            endpoint: values.parse(&table::TRACES_ENDPOINT, |text| match text {
                "none" => Ok(None),
                text => CollectorEndpoint::parse(text).map(Some),
            })?,
            share: values.parse(&table::TRACES_SHARE, share)?,
            service: values.get(&table::TRACES_SERVICE).text,
        })
    }
}

/// Parses a percentage, such as `0.5%`.
fn share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(|number| {
        let is_number = number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        number.parse::<f64>().ok().filter(|_| is_number)
    });
    let share = percent.filter(|percent| (0.0..=100.0).contains(percent));
    share
        .map(|percent| percent / 100.0)
        .ok_or_else(|| format!("`{text}` is not a share of the traces; write it like 100% or 0.5%"))
}

impl CollectorEndpoint {
    /// Parses a URL. No error message repeats it, because it may contain a password.
    fn parse(text: &str) -> Result<Self, &'static str> {
        const EXAMPLE: &str = "write it like http://127.0.0.1:4318; a collector near the server \
                               passes the traces on over https";
        let endpoint = Self(text.parse().map_err(|_| EXAMPLE)?);
        let uri = &endpoint.0;
        let is_plain = uri.authority().is_some_and(|authority| {
            !authority.as_str().contains('@') && !endpoint.host().is_empty()
        });
        let is_valid = uri.scheme_str() == Some("http") && is_plain && uri.query().is_none();
        if is_valid { Ok(endpoint) } else { Err(EXAMPLE) }
    }

    /// Returns the host, without the brackets of an IPv6 address.
    pub(crate) fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(DEFAULT_PORT)
    }

    /// Returns the value of the header `Host`.
    pub(crate) fn authority(&self) -> &str {
        self.0
            .authority()
            .map_or("", |authority| authority.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        match self.0.path() {
            "" | "/" => DEFAULT_PATH,
            path => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_has_the_port_and_the_path_of_otlp() {
        for (url, host, port, path) in [
            ("http://127.0.0.1:4318", "127.0.0.1", 4318, "/v1/traces"),
            ("http://collector/", "collector", 4318, "/v1/traces"),
            (
                "http://[::1]:80/otlp/v1/traces",
                "::1",
                80,
                "/otlp/v1/traces",
            ),
        ] {
            let endpoint = CollectorEndpoint::parse(url).expect(url);
            let parts = (endpoint.host(), endpoint.port(), endpoint.path());
            assert_eq!(parts, (host, port, path));
        }
    }

    #[test]
    fn other_urls_are_rejected_and_never_repeated() {
        for url in [
            "https://collector.example.org",
            "http://user:hunter2@collector",
            "http://collector/?token=hunter2",
            "collector:4318",
            "http://",
            "/v1/traces",
            "",
        ] {
            let problem = CollectorEndpoint::parse(url).expect_err(url);
            assert!(problem.starts_with("write it like"), "{problem}");
        }
    }

    #[test]
    fn share_is_a_percentage() {
        for (text, expected) in [("100%", 1.0), ("0%", 0.0), ("0.5%", 0.005)] {
            let parsed = share(text).expect(text);
            assert!((parsed - expected).abs() < f64::EPSILON, "{text}");
        }
        for text in ["", "%", "1", "101%", "-1%", "nan%", "inf%", "1e1%", "half"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
