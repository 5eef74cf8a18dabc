//! The places for connections, and their counts.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places for connections, of which a listener has a limited number.
#[derive(Debug)]
pub(crate) struct Connections {
    places: Arc<Semaphore>,
    limit: usize,
    accepted: AtomicU64,
    waited: AtomicU64,
    failed: AtomicU64,
}

impl Connections {
    /// Creates `limit` places.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limit)),
            limit,
            accepted: AtomicU64::new(0),
            waited: AtomicU64::new(0),
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

    pub(super) fn count_accepted(&self) {
        self.accepted.fetch_add(1, Relaxed);
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

    /// Returns how many connections could not be accepted.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }
}
