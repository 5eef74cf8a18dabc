//! The address of the client of a request. This is the only place that decides it.

use std::net::{IpAddr, SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions};

/// Returns the address of the peer of the connection; `None` if the server does not provide
/// it, as `into_make_service_with_connect_info` does. Headers of a proxy, such as
/// `X-Forwarded-For`, are not read, because any client can send them.
pub(super) fn client_address(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.0.ip())
}
