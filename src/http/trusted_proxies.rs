//! The reverse proxies whose word about the address of a client is believed.

use std::net::IpAddr;

use thiserror::Error;

/// The addresses of the reverse proxies in front of an application. Only a request from one of
/// them has its `X-Forwarded-For` read, because any other client can write that header itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Range>);

/// A range of addresses (CIDR, RFC 4632).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: IpAddr,
    /// The number of bits that all addresses of the range have in common.
    prefix: u8,
}

/// The reason why a string is not a range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrustedProxiesError {
    /// It is neither an address nor a range.
    #[error(
        "`{0}` is neither an IP address nor a range of addresses; write it like 10.0.0.5, 10.0.0.0/8 or 2001:db8::/32"
    )]
    Invalid(String),
    /// The address has bits after the prefix, so it is not clear which range is meant.
    #[error("`{0}` is not a range, because its address has bits after the prefix; write {1}")]
    BitsAfterPrefix(String, String),
}

impl TrustedProxies {
    /// Parses addresses and ranges of addresses, such as `10.0.0.5`, `10.0.0.0/8` and
    /// `2001:db8::/32`.
    ///
    /// # Errors
    /// [`TrustedProxiesError`] for the first string that is neither.
    pub fn parse<S: AsRef<str>>(
        ranges: impl IntoIterator<Item = S>,
    ) -> Result<Self, TrustedProxiesError> {
        let ranges = ranges.into_iter();
        let parsed = ranges.map(|range| Range::parse(range.as_ref()));
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether this is the address of a trusted proxy. An IPv4 address must be written
    /// as one (`IpAddr::to_canonical`).
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(address))
    }
}

impl Range {
    fn parse(text: &str) -> Result<Self, TrustedProxiesError> {
        let invalid = || TrustedProxiesError::Invalid(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        // Addresses of clients are compared in their IPv4 form.
        if address != address.to_canonical() {
            return Err(invalid());
        }
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_digit()) => {
                prefix.parse().map_err(|_| invalid())?
            }
            Some(_) => return Err(invalid()),
        };
        if prefix > bits {
            return Err(invalid());
        }
        let first = masked(address, prefix);
        if first != address {
            let range = format!("{first}/{prefix}");
            return Err(TrustedProxiesError::BitsAfterPrefix(text.to_owned(), range));
        }
        Ok(Self { first, prefix })
    }

    fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.prefix) == self.first
    }
}

/// Returns the address with all bits after the prefix set to zero.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let after = |bits: u8| u32::from(bits.saturating_sub(prefix));
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(after(32)).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(after(128)).unwrap_or(0);
            IpAddr::V6((u128::from(address) & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &str, address: &str) -> bool {
        let trusted = TrustedProxies::parse([range]).expect("a range");
        trusted.contains(address.parse().expect("an address"))
    }

    #[test]
    fn range_contains_exactly_the_addresses_with_its_prefix() {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.128/25", "192.0.2.255", "192.0.2.127"),
            ("0.0.0.0/0", "203.0.113.1", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1", "::1", "::2"),
            ("::/0", "2001:db8::1", "203.0.113.1"),
        ] {
            assert!(contains(range, inside), "{range} {inside}");
            assert!(!contains(range, outside), "{range} {outside}");
        }
    }

    #[test]
    fn other_strings_are_rejected_with_examples() {
        for text in [
            "",
            "proxy",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/8,192.0.2.1",
            " 10.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:10.0.0.0/104",
            "10.0.0.1:80",
            "10.0.0.0/8/8",
        ] {
            let error = TrustedProxies::parse([text]).expect_err(text);
            assert!(error.to_string().ends_with("or 2001:db8::/32"), "{error}");
        }
    }

    #[test]
    fn address_with_bits_after_the_prefix_is_rejected_with_the_range() {
        let error = TrustedProxies::parse(["10.0.0.5/8"]).expect_err("ambiguous");
        assert!(error.to_string().ends_with("write 10.0.0.0/8"), "{error}");
    }
}
