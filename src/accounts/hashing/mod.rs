//! Hashing passwords: with Argon2id, on threads of their own, a bounded number at once.

mod memory;
mod queue;
mod workers;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

use argon2::Argon2;
use thiserror::Error;
use tokio::sync::oneshot;

use super::password::{MAX_PASSWORD_LEN, NewPassword, normalize};
use crate::{attempts::Network, request_context, request_observer::Waited, store::PasswordHash};
use memory::Memory;
use queue::Queue;
use workers::Workers;

pub(super) use queue::Place;

/// The number of places in the queue for each worker, its current job included. A
/// hash takes about 20 MiB and 30 ms, so this bounds the wait to seconds. Further
/// callers get [`PasswordError::Busy`].
const QUEUE_PER_WORKER: usize = 32;

/// Hashes and verifies passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    workers: Workers,
    queue: Queue,
    /// The hash that stands in for the hash of an unknown account, so that checking
    /// its password takes the same time.
    decoy: PasswordHash,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    running: AtomicUsize,
    refused: AtomicU64,
}

/// Counts a job that runs, until it is dropped: also if the job panics.
struct Running(Arc<Counts>);

impl Running {
    fn begin(counts: Arc<Counts>) -> Self {
        counts.running.fetch_add(1, Relaxed);
        Self(counts)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Relaxed);
    }
}

/// The state of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HashingMetrics {
    pub(crate) waiting: usize,
    pub(crate) running: usize,
    /// How many callers were refused a place since the start.
    pub(crate) refused: u64,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

/// The reason why a password could not be hashed or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// Too many callers are waiting.
    #[error("too many passwords are being checked")]
    Busy,
    /// The hash function failed, for example for lack of memory or randomness.
    #[error("a password could not be hashed")]
    Failed,
}

impl Passwords {
    /// Starts one worker for each core of the machine.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] if a hash cannot be computed or a thread cannot be
    /// started.
    pub(crate) fn new() -> Result<Self, PasswordError> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let decoy = Memory::default().hash(&normalize("the decoy password"))?;
        Ok(Self {
            workers: Workers::start(workers).map_err(|_| PasswordError::Failed)?,
            queue: Queue::new(workers * QUEUE_PER_WORKER),
            decoy,
            counts: Arc::default(),
        })
    }

    /// Takes a place in the queue for a client, before anything is read for it.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] if the queue is full, or the client holds its share already.
    pub(super) fn reserve(&self, client: Option<Network>) -> Result<Place, PasswordError> {
        let place = self.queue.take(client);
        if place.is_none() {
            self.counts.refused.fetch_add(1, Relaxed);
        }
        place.ok_or(PasswordError::Busy)
    }

    pub(super) fn metrics(&self) -> HashingMetrics {
        let running = self.counts.running.load(Relaxed);
        HashingMetrics {
            // A place is taken before its job runs, and freed after it.
            waiting: self.queue.len().saturating_sub(running),
            running,
            refused: self.counts.refused.load(Relaxed),
        }
    }

    pub(super) async fn hash(
        &self,
        place: Place,
        password: &NewPassword,
    ) -> Result<PasswordHash, PasswordError> {
        let password = password.secret().clone();
        self.run(place, move |memory| memory.hash(&password)).await
    }

    /// Verifies `password` against `hash`. Without a hash (no such account) it does the same
    /// work, and the password is wrong. If the password is right, `may_rehash` is set, and the
    /// hash has weaker parameters than those of today, hashes it again.
    pub(super) async fn verify(
        &self,
        place: Place,
        password: &str,
        hash: Option<&PasswordHash>,
        may_rehash: bool,
    ) -> Result<Verified, PasswordError> {
        // A longer password was never accepted: a megabyte need not be normalised.
        let is_plausible = hash.is_some() && password.len() <= MAX_PASSWORD_LEN;
        let hash = hash.unwrap_or(&self.decoy).clone();
        let password = normalize(if password.len() <= MAX_PASSWORD_LEN {
            password
        } else {
            ""
        });
        self.run(place, move |memory| {
            let is_right = memory.verify(&password, &hash) && is_plausible;
            let is_due = is_right && may_rehash && is_outdated(&hash);
            Ok(Verified {
                is_right,
                rehashed: is_due.then(|| memory.hash(&password)).transpose()?,
            })
        })
        .await
    }

    /// Runs a job on a worker and returns its result. The job holds the place, and not the
    /// request: the place of a caller that was dropped must stay taken while its hash is still
    /// to be computed.
    async fn run<T: Send + 'static>(
        &self,
        place: Place,
        job: impl FnOnce(&mut Memory) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let queued_at = Instant::now();
        let (sender, receiver) = oneshot::channel();
        let counts = Arc::clone(&self.counts);
        let job = Box::new(move |memory: &mut Memory| {
            let running = Running::begin(counts);
            let done = job(memory);
            drop(running);
            // The caller may have been dropped.
            let _ = sender.send(done);
            drop(place);
        });
        self.workers.run(job).map_err(|_| PasswordError::Failed)?;
        let done = receiver.await.map_err(|_| PasswordError::Failed)?;
        request_context::observe(Waited::PasswordHash, queued_at.elapsed());
        done
    }
}

/// The outcome of verifying a password.
pub(super) struct Verified {
    pub(super) is_right: bool,
    /// A new hash of the same password, to store in place of the verified one.
    pub(super) rehashed: Option<PasswordHash>,
}

/// Returns whether a hash has less memory or fewer passes than a new one, or is no Argon2id.
fn is_outdated(hash: &PasswordHash) -> bool {
    let parameter = |name: &str| {
        let mut parts = hash.as_str().split(['$', ',']);
        parts.find_map(|part| part.strip_prefix(name)?.parse::<u32>().ok())
    };
    let today = Argon2::default();
    let today = today.params();
    !hash.as_str().starts_with("$argon2id$")
        || parameter("m=").is_none_or(|memory| memory < today.m_cost())
        || parameter("t=").is_none_or(|passes| passes < today.t_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(passwords: &Passwords) -> Place {
        passwords.reserve(None).expect("a place")
    }

    async fn hash_of(passwords: &Passwords, text: &str) -> PasswordHash {
        let password = NewPassword::parse(text).expect("a valid password");
        let hash = passwords.hash(place(passwords), &password).await;
        hash.expect("hashed")
    }

    async fn is_right(passwords: &Passwords, text: &str, hash: Option<&PasswordHash>) -> bool {
        let verified = passwords.verify(place(passwords), text, hash, false).await;
        verified.expect("verified").is_right
    }

    #[tokio::test]
    async fn passwords_are_normalized_and_not_truncated() {
        let passwords = Passwords::new().expect("workers");
        let long = "x".repeat(79);
        let hash = hash_of(&passwords, &format!("{long}a")).await;
        assert!(
            hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            hash.as_str()
        );
        assert!(is_right(&passwords, &format!("{long}a"), Some(&hash)).await);
        assert!(!is_right(&passwords, &format!("{long}b"), Some(&hash)).await);

        let composed = hash_of(&passwords, "caf\u{e9} au lait, grand").await;
        assert!(is_right(&passwords, "cafe\u{301} au lait, grand", Some(&composed)).await);
    }

    #[tokio::test]
    async fn no_password_is_right_without_a_hash() {
        let passwords = Passwords::new().expect("workers");
        assert!(!is_right(&passwords, "the decoy password", None).await);
        assert!(!is_right(&passwords, &"a".repeat(1 << 20), None).await);
    }

    /// Returns a hash with less memory than those of today.
    fn weak_hash(text: &str) -> PasswordHash {
        use argon2::PasswordHasher as _;

        let params = argon2::Params::new(8_192, 1, 1, None).expect("valid");
        let weak = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let hash = weak.hash_password(text.as_bytes()).expect("hashed");
        hash.to_string().into()
    }

    #[tokio::test]
    async fn weaker_hash_is_replaced_if_the_password_is_right() {
        let passwords = Passwords::new().expect("workers");
        let weak = weak_hash("an engine of brass");
        let verify = async |text, hash, may_rehash| {
            let verified = passwords.verify(place(&passwords), text, Some(hash), may_rehash);
            verified.await.expect("verified")
        };
        let verified = verify("an engine of brass", &weak, true).await;
        let strong = verified.rehashed.expect("a new hash");
        assert!(
            strong.as_str().contains("m=19456,t=2,p=1"),
            "{}",
            strong.as_str()
        );
        let again = verify("an engine of brass", &strong, true).await;
        assert!(again.is_right && again.rehashed.is_none());
        for (text, may_rehash) in [("an engine of tin", true), ("an engine of brass", false)] {
            let verified = verify(text, &weak, may_rehash).await;
            assert!(verified.rehashed.is_none(), "{text}");
        }
    }
}
