//! The settings of the HTTP server: listen address, public origin and site folder.

use std::{net::SocketAddr, time::Duration};

use leptos::config::{Env, LeptosOptions, ReloadWSProtocol};
use portcullis::{
    PublicOrigin,
    http::{TrustedProxies, TrustedProxiesError},
};

use super::{SettingError, Share, Source, TlsFiles, Values, boolean, duration, table, tls};

const MIN_IDLE_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_IDLE_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// The settings of the HTTP server.
#[derive(Clone, Debug)]
pub struct Http {
    /// `PORTCULLIS_ORIGIN`: the origin that browsers use.
    pub origin: PublicOrigin,
    /// `PORTCULLIS_LISTEN`.
    pub listen: SocketAddr,
    /// `PORTCULLIS_METRICS_LISTEN`; `None` if the metrics are not served.
    pub metrics_listen: Option<SocketAddr>,
    /// `PORTCULLIS_TLS_CERTIFICATE` and `PORTCULLIS_TLS_KEY`; `None` without TLS.
    pub tls: Option<TlsFiles>,
    /// `PORTCULLIS_ACCESS_COOKIE` and `PORTCULLIS_REFRESH_COOKIE`.
    pub cookie_names: (String, String),
    /// `PORTCULLIS_HSTS_INCLUDE_SUBDOMAINS`.
    pub hsts_include_subdomains: bool,
    /// `PORTCULLIS_TRUSTED_PROXIES`: addresses and ranges of addresses.
    pub trusted_proxies: Vec<String>,
    /// `PORTCULLIS_CONNECTIONS_PER_ADDRESS`.
    pub connections_per_address: Share,
    /// `PORTCULLIS_IDLE_TIMEOUT`.
    pub idle_timeout: Duration,
    /// `PORTCULLIS_SITE_ROOT`, and how pages refer to the files in it.
    pub site: LeptosOptions,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is not an IP address and a port; write it like 127.0.0.1:3000")
    })
}

impl Http {
    pub(super) fn read(values: &Values) -> Result<Self, SettingError> {
        let origin = values.parse(&table::ORIGIN, PublicOrigin::parse)?;
        let listen = values.parse(&table::LISTEN, address)?;
        let metrics_listen = values.parse(&table::METRICS_LISTEN, |text| match text {
            "none" => Ok(None),
            text => address(text).map(Some),
        })?;
        // Behind a proxy with TLS everything would seem to work, but the cookies would lack
        // `Secure` and the prefix `__Host-`.
        let is_named = values.get(&table::ORIGIN).source != Source::Default;
        if !listen.ip().is_loopback() && !is_named {
            return Err(SettingError::Contradiction(format!(
                "{} must be set if the server listens on {listen}, which other machines reach: it is the address that browsers show, such as https://app.example.org",
                table::ORIGIN.variable()
            )));
        }
        let tls = tls::read(values, &origin)?;
        let cookie = |setting| values.get(setting).text;
        Ok(Self {
            origin,
            listen,
            metrics_listen,
            tls,
            cookie_names: (
                cookie(&table::ACCESS_COOKIE),
                cookie(&table::REFRESH_COOKIE),
            ),
            trusted_proxies: values.parse(&table::TRUSTED_PROXIES, trusted_proxies)?,
            hsts_include_subdomains: values.parse(&table::HSTS_INCLUDE_SUBDOMAINS, boolean)?,
            connections_per_address: values.parse(&table::CONNECTIONS_PER_ADDRESS, Share::parse)?,
            idle_timeout: values.parse(&table::IDLE_TIMEOUT, idle_timeout)?,
            site: site(values, listen),
        })
    }
}

/// Parses the time for which a connection may be idle. The head of a request has to arrive in the
/// same time, so that it is bounded.
fn idle_timeout(text: &str) -> Result<Duration, String> {
    let timeout = duration::parse(text)?;
    if timeout < MIN_IDLE_TIMEOUT || timeout > MAX_IDLE_TIMEOUT {
        return Err(format!("`{text}` is not between 5s and 1h"));
    }
    Ok(timeout)
}

/// Parses a list of addresses and ranges of addresses, separated by commas.
fn trusted_proxies(text: &str) -> Result<Vec<String>, TrustedProxiesError> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let ranges: Vec<_> = text
        .split(',')
        .map(|range| range.trim().to_owned())
        .collect();
    TrustedProxies::parse(&ranges)?;
    Ok(ranges)
}

/// Returns the options of Leptos. The options of its live reload come from the
/// variables that `cargo leptos watch` sets for the server it starts, all others from
/// the settings.
fn site(values: &Values, listen: SocketAddr) -> LeptosOptions {
    let is_watched = values.leptos("WATCH").is_some();
    let port = |name| {
        values
            .leptos(name)
            .and_then(|port| port.parse::<u32>().ok())
    };
    LeptosOptions::builder()
        .output_name("portcullis")
        .site_pkg_dir("pkg")
        .site_root(values.get(&table::SITE_ROOT).text)
        .site_addr(listen)
        .env(if is_watched { Env::DEV } else { Env::PROD })
        .reload_port(port("RELOAD_PORT").unwrap_or(3001))
        .reload_external_port(port("RELOAD_EXTERNAL_PORT"))
        .reload_ws_protocol(match values.leptos("RELOAD_WS_PROTOCOL") {
            Some("wss" | "WSS") => ReloadWSProtocol::WSS,
            _ => ReloadWSProtocol::WS,
        })
        .build()
}
