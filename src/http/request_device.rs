//! The device that sent a request.

use axum::http::{Extensions, HeaderMap, HeaderValue, header::USER_AGENT};

use super::{TrustedProxies, client_address::ClientAddress};
use crate::{attempts::Network, sessions::Device};

/// What a request says about its device. Reading it copies nothing, because only a sign-in
/// stores it.
#[derive(Clone, Debug)]
pub(super) struct RequestDevice {
    user_agent: Option<HeaderValue>,
    address: ClientAddress,
}

impl RequestDevice {
    pub(super) fn read(
        headers: &HeaderMap,
        extensions: &Extensions,
        trusted: &TrustedProxies,
    ) -> Self {
        Self {
            user_agent: headers.get(USER_AGENT).cloned(),
            address: ClientAddress::read(headers, extensions, trusted),
        }
    }

    /// Returns the network of the client, by which attempts are limited; `None` if unknown.
    pub(super) fn network(&self) -> Option<Network> {
        self.address.warn_if_shared();
        self.address.address.map(Network::of)
    }

    /// Returns the device to store with a session.
    pub(super) fn stored(&self) -> Device {
        let user_agent = self.user_agent.as_ref().map(HeaderValue::as_bytes);
        let user_agent = String::from_utf8_lossy(user_agent.unwrap_or_default());
        Device::new(&user_agent, self.address.address)
    }
}
