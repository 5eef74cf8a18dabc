//! The places for connections, and their counts.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use portcullis::http::TrustedProxies;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::peers::{Counted, Peers};

/// The places for connections, of which a listener has a limited number.
#[derive(Debug)]
pub(crate) struct Connections {
    places: Arc<Semaphore>,
    limit: usize,
    peers: Arc<Peers>,
    accepted: AtomicU64,
    waited: AtomicU64,
    closed: AtomicU64,
    failed: AtomicU64,
}

/// The place of an accepted connection, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    _counted: Counted,
}

impl Connections {
    /// Creates `limit` places. The clients of one network get at most `of_one_network` of them;
    /// those of trusted proxies any number.
    pub(super) fn new(
        limit: usize,
        of_one_network: Option<usize>,
        proxies: TrustedProxies,
    ) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limit)),
            limit,
            peers: Arc::new(Peers::new(of_one_network, proxies)),
            accepted: AtomicU64::new(0),
            waited: AtomicU64::new(0),
            closed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Returns whether all places are taken.
    pub(super) fn are_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// Waits for a place and takes it.
    pub(super) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        if self.are_full() {
            self.waited.fetch_add(1, Relaxed);
        }
        // The semaphore is never closed.
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// Gives the place to an accepted connection. Returns `None`, and the place is free again,
    /// if the network of its peer has as many connections as it may.
    pub(super) fn give(&self, permit: OwnedSemaphorePermit, peer: IpAddr) -> Option<Place> {
        self.accepted.fetch_add(1, Relaxed);
        let Some(counted) = self.peers.count(peer) else {
            self.closed.fetch_add(1, Relaxed);
            return None;
        };
        Some(Place {
            _permit: permit,
            _counted: counted,
        })
    }

    pub(super) fn count_failed(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    /// Returns the number of places.
    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// Returns how many connections are open. While the listener waits for the next connection,
    /// it holds a place for it.
    pub(crate) fn open(&self) -> usize {
        let taken = self.limit - self.places.available_permits();
        taken.saturating_sub(1)
    }

    /// Returns how many connections were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Relaxed)
    }

    /// Returns how often the listener waited for a place.
    pub(crate) fn waited(&self) -> u64 {
        self.waited.load(Relaxed)
    }

    /// Returns how many connections were closed because their network had too many.
    pub(crate) fn closed(&self) -> u64 {
        self.closed.load(Relaxed)
    }

    /// Returns how many connections could not be accepted.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }
}
