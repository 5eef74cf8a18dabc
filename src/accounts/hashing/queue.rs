//! The queue in front of the workers, of which each client has a share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::attempts::Network;

/// The part of the queue that one client may hold: a quarter. Without it, one client that
/// sends seventy requests a second would keep every other one from signing in.
const SHARE: usize = 4;

/// A queue with a bounded number of places. A client without a place is not served.
#[derive(Clone)]
pub(super) struct Queue {
    size: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    places: usize,
    /// How many of them each client holds. It has no zero.
    by_client: HashMap<Network, usize>,
}

/// A place in the queue. Dropping it frees the place.
#[must_use]
pub(in crate::accounts) struct Place {
    queue: Queue,
    client: Option<Network>,
}

impl Queue {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size,
            taken: Arc::default(),
        }
    }

    /// Takes a place for a client; `None` if the queue is full, or the client holds its share
    /// already. Clients whose network is unknown cannot be distinguished, and have no share.
    pub(super) fn take(&self, client: Option<Network>) -> Option<Place> {
        let mut taken = self.taken();
        if taken.places >= self.size {
            return None;
        }
        if let Some(client) = client {
            let share = (self.size / SHARE).max(1);
            let held = taken.by_client.entry(client).or_insert(0);
            if *held >= share {
                return None;
            }
            *held += 1;
        }
        taken.places += 1;
        Some(Place {
            queue: self.clone(),
            client,
        })
    }

    /// Returns how many places are taken.
    pub(super) fn len(&self) -> usize {
        self.taken().places
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.queue.taken();
        taken.places -= 1;
        if let Some(client) = self.client
            && let Some(held) = taken.by_client.get_mut(&client)
        {
            *held -= 1;
            if *held == 0 {
                taken.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u8) -> Network {
        Network::of([192, 0, 2, n].into())
    }

    #[test]
    fn one_client_holds_at_most_a_quarter() {
        let queue = Queue::new(8);
        let held: Vec<_> = std::iter::from_fn(|| queue.take(Some(client(1)))).collect();
        assert_eq!(held.len(), 2);
        let other = queue.take(Some(client(2)));
        assert!(other.is_some());
        drop(held);
        assert!(queue.take(Some(client(1))).is_some());
    }

    #[test]
    fn full_queue_has_no_place() {
        let queue = Queue::new(8);
        let held: Vec<_> = (1..9).filter_map(|n| queue.take(Some(client(n)))).collect();
        assert_eq!(held.len(), 8);
        assert!(queue.take(Some(client(9))).is_none());
        assert!(queue.take(None).is_none());
        drop(held);
        let unknown: Vec<_> = std::iter::from_fn(|| queue.take(None)).collect();
        assert_eq!(unknown.len(), 8);
    }

    #[test]
    fn queue_forgets_clients_without_a_place() {
        let queue = Queue::new(1);
        for n in 1..9 {
            assert!(
                queue.take(Some(client(n))).is_some(),
                "a queue of one has shares"
            );
            assert!(queue.taken().by_client.is_empty());
        }
        assert_eq!(queue.taken().places, 0);
    }
}
