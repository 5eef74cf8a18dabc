//! The address of the client of a request. This is the only place that decides it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Once,
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, HeaderName},
};

use super::TrustedProxies;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client of a request, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientAddress {
    /// The address; `None` if the server does not provide that of the peer, as `axum::serve`
    /// with the protected router and `into_make_service_with_connect_info` do.
    pub(super) address: Option<IpAddr>,
    /// Whether the peer is a trusted proxy, whose headers about the request are believed.
    pub(super) is_behind_proxy: bool,
    /// Whether the request has an `X-Forwarded-For` that was not read, because its peer is not
    /// a trusted proxy.
    has_ignored_header: bool,
}

impl ClientAddress {
    /// Reads the address of the client: that of the peer of the connection, or, if the peer is
    /// a trusted proxy, the one in `X-Forwarded-For`.
    ///
    /// The header `Forwarded` (RFC 7239) is not read. Most proxies do not write it, and pass
    /// on the one of the client. If both headers were read, the client could choose.
    pub(super) fn read(
        headers: &HeaderMap,
        extensions: &Extensions,
        trusted: &TrustedProxies,
    ) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|peer| peer.0.ip().to_canonical());
        let is_trusted = peer.is_some_and(|peer| trusted.contains(peer));
        Self {
            address: peer.map(|peer| {
                if is_trusted {
                    client_behind(peer, headers, trusted)
                } else {
                    peer
                }
            }),
            is_behind_proxy: is_trusted,
            has_ignored_header: !is_trusted && headers.contains_key(X_FORWARDED_FOR),
        }
    }

    /// Logs a warning, once per process, if the limits on attempts cannot tell clients apart.
    pub(super) fn warn_if_shared(self) {
        static UNKNOWN: Once = Once::new();
        static IGNORED: Once = Once::new();
        match self.address {
            None => UNKNOWN.call_once(|| {
                tracing::warn!(
                    "the addresses of clients are not known, so attempts are limited by account \
                     only: serve the router with `into_make_service_with_connect_info::<SocketAddr>()`"
                );
            }),
            Some(peer) if self.has_ignored_header => IGNORED.call_once(|| {
                tracing::warn!(
                    %peer,
                    "the X-Forwarded-For of a request is ignored, because its peer is not a \
                     trusted proxy: if it is your proxy, trust its address, or all of its clients \
                     share their limits on attempts"
                );
            }),
            Some(_) => {}
        }
    }
}

/// Returns the address of the client behind `peer`. Each proxy appends the address of its own
/// peer, so the header is read from its end, up to the first address that is not a trusted
/// proxy: whatever is before that, the client may have written.
fn client_behind(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut client = peer;
    let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
    let entries = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for entry in entries {
        if !trusted.contains(client) {
            break;
        }
        // Without an address, all that is known is the last proxy.
        let Some(address) = parse(entry.trim()) else {
            break;
        };
        client = address.to_canonical();
    }
    client
}

/// Parses an address, which some proxies write with a port, or in brackets.
fn parse(entry: &str) -> Option<IpAddr> {
    let without_brackets = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || entry.parse().ok().map(|address: SocketAddr| address.ip());
    let address = entry.parse().ok();
    address.or_else(with_port).or_else(without_brackets)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    /// Returns the address of the client of a request from `peer` with these header lines.
    fn client(peer: &str, lines: &[&str]) -> String {
        let trusted = TrustedProxies::parse(["10.0.0.0/8", "2001:db8::/32"]).expect("ranges");
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).expect("a value");
            headers.append(X_FORWARDED_FOR, line);
        }
        let mut extensions = Extensions::new();
        let peer = SocketAddr::new(peer.parse().expect("an address"), 50_000);
        extensions.insert(ConnectInfo(peer));
        let read = ClientAddress::read(&headers, &extensions, &trusted);
        read.address.expect("known").to_string()
    }

    #[test]
    fn header_of_an_unknown_peer_is_ignored() {
        assert_eq!(client("192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(client(PROXY, &[]), PROXY, "the proxy itself");
    }

    #[test]
    fn header_is_read_from_the_right_to_the_first_unknown_address() {
        for (lines, expected) in [
            (&["203.0.113.9"][..], "203.0.113.9"),
            (&["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (&["1.1.1.1,203.0.113.9 , 10.2.0.2"], "203.0.113.9"),
            (&["1.1.1.1", "203.0.113.9", "10.2.0.2"], "203.0.113.9"),
            (&["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
            (&["10.3.0.3, 10.2.0.2"], "10.3.0.3"),
            (&["2001:db9::9, 2001:db8::1"], "2001:db9::9"),
        ] {
            assert_eq!(client(PROXY, lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn entry_without_an_address_is_not_skipped() {
        for (lines, expected) in [
            (&["203.0.113.9, unknown"][..], PROXY),
            (&["203.0.113.9, _hidden, 10.2.0.2"], "10.2.0.2"),
            (&["203.0.113.9,"], PROXY),
            (&["203.0.113.9, \u{e9}"], PROXY),
            (&[""], PROXY),
        ] {
            assert_eq!(client(PROXY, lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn address_may_have_a_port_or_brackets_or_be_mapped() {
        for (line, expected) in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db9::9]:4711", "2001:db9::9"),
            ("[2001:db9::9]", "2001:db9::9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, ::ffff:10.2.0.2", "203.0.113.9"),
        ] {
            assert_eq!(client(PROXY, &[line]), expected, "{line}");
        }
        assert_eq!(client("::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn address_is_unknown_without_the_peer() {
        let mut headers = HeaderMap::new();
        headers.insert(X_FORWARDED_FOR, HeaderValue::from_static("203.0.113.9"));
        let all = TrustedProxies::parse(["0.0.0.0/0"]).expect("a range");
        let read = ClientAddress::read(&headers, &Extensions::new(), &all);
        assert_eq!(read.address, None);
    }
}
