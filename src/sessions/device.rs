//! The device on which a session began.

use std::net::IpAddr;

use super::user_agent::software;

/// The longest user agent that is stored, in bytes. Those of browsers have at most 200.
const MAX_USER_AGENT_LEN: usize = 512;

/// The device on which a session began, as the request of the sign-in described it. It is
/// shown to the user and decides nothing, because a client can send any user agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    user_agent: String,
    address: Option<IpAddr>,
}

impl Device {
    /// Creates a device from a `User-Agent` header and the address of the client. Removes
    /// control characters, shortens the header to 512 bytes, and converts an IPv6 address
    /// that stands for an IPv4 address to the latter.
    pub fn new(user_agent: &str, address: Option<IpAddr>) -> Self {
        // PostgreSQL stores no NUL in a string.
        let mut user_agent: String = user_agent.chars().filter(|c| !c.is_control()).collect();
        user_agent.truncate(user_agent.floor_char_boundary(MAX_USER_AGENT_LEN));
        Self {
            user_agent,
            address: address.map(|address| address.to_canonical()),
        }
    }

    /// Returns the `User-Agent` header; empty if unknown.
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// Returns the browser in words, such as `Firefox`; `None` if unknown. The words come
    /// from a fixed list.
    pub fn browser(&self) -> Option<&'static str> {
        software(&self.user_agent).browser
    }

    /// Returns the operating system in words, such as `Android`; `None` if unknown. The words
    /// come from a fixed list.
    pub fn system(&self) -> Option<&'static str> {
        software(&self.user_agent).system
    }

    /// Returns the IP address; `None` if unknown.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user_agent(header: &str) -> String {
        Device::new(header, None).user_agent
    }

    #[test]
    fn long_user_agent_is_cut_at_a_character() {
        assert_eq!(user_agent(&"a".repeat(512)).len(), 512);
        assert_eq!(user_agent(&"a".repeat(9_000)).len(), 512);
        let cut = user_agent(&format!("a{}", "é".repeat(400)));
        assert_eq!(cut, format!("a{}", "é".repeat(255)));
    }

    #[test]
    fn control_characters_are_removed() {
        assert_eq!(user_agent("a\0b\tc\u{1b}[0m\u{85}"), "abc[0m");
    }

    #[test]
    fn mapped_ipv4_address_becomes_ipv4() {
        for (address, expected) in [
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            let device = Device::new("", address.parse().ok());
            assert_eq!(device.address(), expected.parse().ok(), "{address}");
        }
    }
}
