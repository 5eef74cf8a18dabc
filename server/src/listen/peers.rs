//! How many connections the clients of one network hold, so that no network takes all places.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use portcullis::http::TrustedProxies;

/// The counts of the networks that have a connection: never more than there are connections.
#[derive(Debug)]
pub(super) struct Peers {
    /// The most connections of one network; `None` without a limit.
    limit: Option<usize>,
    /// They pass on the requests of many clients, and have no limit.
    proxies: TrustedProxies,
    counts: Mutex<HashMap<Network, usize>>,
}

/// The network of a client: an IPv4 address, or the first 64 bits of an IPv6 address. A client
/// with IPv6 has all addresses with these bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Network {
    V4(u32),
    V6(u128),
}

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.into()),
            IpAddr::V6(address) => Self::V6(u128::from(address) & (u128::MAX << 64)),
        }
    }
}

/// A connection of a network, which is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Counted {
    peers: Arc<Peers>,
    /// `None` if the peer has no limit.
    network: Option<Network>,
}

impl Peers {
    pub(super) fn new(limit: Option<usize>, proxies: TrustedProxies) -> Self {
        Self {
            limit,
            proxies,
            counts: Mutex::default(),
        }
    }

    /// Counts a connection of this address, or returns `None` if its network has as many
    /// connections as it may.
    pub(super) fn count(self: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let mut counted = Counted {
            peers: Arc::clone(self),
            network: None,
        };
        let Some(limit) = self.limit else {
            return Some(counted);
        };
        if self.proxies.contains(address.to_canonical()) {
            return Some(counted);
        }
        let network = Network::of(address);
        let mut counts = self.counts();
        let count = counts.entry(network).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        counted.network = Some(network);
        Some(counted)
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Network, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Some(network) = self.network else {
            return;
        };
        if let Entry::Occupied(mut entry) = self.peers.counts().entry(network) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(limit: usize) -> Arc<Peers> {
        let proxies = TrustedProxies::parse(["10.0.0.0/8"]).expect("a range");
        Arc::new(Peers::new(Some(limit), proxies))
    }

    fn count(peers: &Arc<Peers>, address: &str) -> Option<Counted> {
        peers.count(address.parse().expect("an address"))
    }

    #[test]
    fn network_has_as_many_connections_as_it_may() {
        for (one, same, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1"),
        ] {
            let peers = peers(2);
            let first = count(&peers, one).expect("the first");
            let _second = count(&peers, same).expect("the second");
            assert!(count(&peers, one).is_none(), "{one} has both");
            assert!(count(&peers, same).is_none(), "{same} is of that network");
            assert!(count(&peers, other).is_some(), "{other} is not");
            drop(first);
            assert!(count(&peers, same).is_some(), "one was closed");
        }
    }

    #[test]
    fn trusted_proxy_has_no_limit() {
        let peers = peers(1);
        for proxy in ["10.1.2.3", "::ffff:10.1.2.3"] {
            let counted = [count(&peers, proxy), count(&peers, proxy)];
            assert!(counted.iter().all(Option::is_some), "{proxy}");
        }
    }

    /// Otherwise an attacker with many addresses would fill the memory over time.
    #[test]
    fn closed_connection_leaves_nothing_in_memory() {
        let peers = peers(1);
        for last in 0..=255 {
            let address = format!("192.0.2.{last}");
            drop(count(&peers, &address).expect("counted"));
        }
        assert!(peers.counts().is_empty());
    }
}
