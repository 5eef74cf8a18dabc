//! Passwords: hashed with Argon2id on threads of their own, a bounded number at once.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::sync::{Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;

use crate::{store::PasswordHash, wire::Problem};

/// NIST SP 800-63B-4, section 3.1.1.2: at least 15 characters where the
/// password is the only factor.
const MIN_PASSWORD_CHARS: usize = 15;
/// The maximum length of a password, in characters.
const MAX_PASSWORD_CHARS: usize = 1000;
/// The maximum length of a password, in bytes: four for each character.
const MAX_PASSWORD_LEN: usize = 4 * MAX_PASSWORD_CHARS;

/// The number of places in the queue for each worker, its current job included. A
/// hash takes about 20 MiB and 30 ms, so this bounds the wait to seconds. Further
/// callers get [`PasswordError::Busy`].
const QUEUE_PER_WORKER: usize = 32;

/// A validated new password: its length is checked, and it is normalised to NFC, so
/// that a letter with an accent is the same however a keyboard composes it (NIST SP
/// 800-63B-4, section 3.1.1.2). It is never truncated.
#[derive(Clone)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Validates a password. Every character is allowed, and there are no composition
    /// rules.
    ///
    /// # Errors
    /// [`Problem::Missing`] if it is empty, [`Problem::PasswordTooShort`] if it has
    /// fewer than 15 characters, and [`Problem::PasswordTooLong`] if it has more than
    /// 1000.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::Missing);
        }
        if text.len() > MAX_PASSWORD_LEN {
            return Err(Problem::PasswordTooLong);
        }
        let normal = normalize(text);
        match normal.expose_secret().chars().count() {
            ..MIN_PASSWORD_CHARS => Err(Problem::PasswordTooShort),
            MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS => Ok(Self(normal)),
            _ => Err(Problem::PasswordTooLong),
        }
    }
}

impl NewPassword {
    /// Returns whether `entered` is the same password.
    pub(super) fn is(&self, entered: &str) -> bool {
        // A longer string is none, and need not be normalised.
        entered.len() <= MAX_PASSWORD_LEN
            && self.0.expose_secret() == normalize(entered).expose_secret()
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword")
    }
}

fn normalize(text: &str) -> SecretString {
    text.nfc().collect::<String>().into()
}

/// Hashes and verifies passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    workers: Workers,
    queue: Arc<Semaphore>,
    /// The hash that stands in for the hash of an unknown account, so that checking
    /// its password takes the same time.
    decoy: PasswordHash,
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
        let decoy = hash(&normalize("the decoy password"))?;
        Ok(Self {
            workers: Workers::start(workers).map_err(|_| PasswordError::Failed)?,
            queue: Arc::new(Semaphore::new(workers * QUEUE_PER_WORKER)),
            decoy,
        })
    }

    pub(super) async fn hash(&self, password: &NewPassword) -> Result<PasswordHash, PasswordError> {
        let password = password.0.clone();
        self.run(move || hash(&password)).await
    }

    /// Returns whether `password` matches `hash`. Without a hash (no such account) it
    /// does the same work and returns false.
    pub(super) async fn verify(
        &self,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError> {
        // A longer password was never accepted: a megabyte need not be normalised.
        let is_plausible = hash.is_some() && password.len() <= MAX_PASSWORD_LEN;
        let hash = hash.unwrap_or(&self.decoy).clone();
        let password = normalize(if password.len() <= MAX_PASSWORD_LEN {
            password
        } else {
            ""
        });
        self.run(move || {
            let password = password.expose_secret().as_bytes();
            let is_right = Argon2::default()
                .verify_password(password, hash.as_str())
                .is_ok();
            Ok(is_right && is_plausible)
        })
        .await
    }

    /// Runs a job on a worker and returns its result.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        // Held by the job, not by the request: the place of a caller that was dropped
        // must stay taken while its hash is still to be computed.
        let place = Arc::clone(&self.queue);
        let place = place.try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let (sender, receiver) = oneshot::channel();
        self.workers.run(Box::new(move || {
            // The caller may have been dropped.
            let _ = sender.send(job());
            drop(place);
        }))?;
        receiver.await.map_err(|_| PasswordError::Failed)?
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Threads that only hash. On the runtime's blocking threads, which start and stop,
/// the allocator keeps the memory that each thread once needed: hundreds of megabytes
/// after a burst of sign-ins, and finally a GB. Here the number of threads bounds it.
#[derive(Clone)]
struct Workers(mpsc::Sender<Job>);

impl Workers {
    fn start(count: usize) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..count {
            let receiver = Arc::clone(&receiver);
            let next_job = move || {
                receiver
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .recv()
            };
            // The threads stop when the last sender is dropped.
            let run_jobs = move || {
                while let Ok(job) = next_job() {
                    job();
                }
            };
            thread::Builder::new()
                .name("portcullis-hash".to_owned())
                .spawn(run_jobs)?;
        }
        Ok(Self(sender))
    }

    fn run(&self, job: Job) -> Result<(), PasswordError> {
        self.0.send(job).map_err(|_| PasswordError::Failed)
    }
}

/// Hashes with Argon2id and the crate's defaults (19 MiB, two passes, one lane), the
/// first choice of the OWASP cheat sheet.
fn hash(password: &SecretString) -> Result<PasswordHash, PasswordError> {
    let hash = Argon2::default().hash_password(password.expose_secret().as_bytes());
    hash.map(|hash| hash.to_string().into())
        .map_err(|_| PasswordError::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> NewPassword {
        NewPassword::parse(text).expect("a valid password")
    }

    #[test]
    fn new_password_length_is_checked() {
        let cases = [
            ("", Some(Problem::Missing)),
            ("14 characters!", Some(Problem::PasswordTooShort)),
            ("15 characters!!", None),
            ("aaaaaaaaaaaaaaa", None),
            ("ééééééééééééééé", None),
        ];
        for (text, problem) in cases {
            assert_eq!(NewPassword::parse(text).err(), problem, "{text}");
        }
        assert!(NewPassword::parse(&"👩".repeat(1000)).is_ok());
        let long = NewPassword::parse(&"a".repeat(1001));
        assert_eq!(long.err(), Some(Problem::PasswordTooLong));
        assert_eq!(format!("{:?}", password("a secret of mine")), "NewPassword");
    }

    #[tokio::test]
    async fn passwords_are_normalized_and_not_truncated() {
        let passwords = Passwords::new().expect("workers");
        let long = "x".repeat(79);
        let hash = passwords
            .hash(&password(&format!("{long}a")))
            .await
            .expect("hashed");
        assert!(
            hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            hash.as_str()
        );
        let verify = |text: String| {
            let (passwords, hash) = (passwords.clone(), hash.clone());
            async move { passwords.verify(&text, Some(&hash)).await }
        };
        assert_eq!(verify(format!("{long}a")).await, Ok(true));
        assert_eq!(verify(format!("{long}b")).await, Ok(false));

        let composed = passwords
            .hash(&password("caf\u{e9} au lait, grand"))
            .await
            .expect("hashed");
        let verified = passwords
            .verify("cafe\u{301} au lait, grand", Some(&composed))
            .await;
        assert_eq!(verified, Ok(true));
    }

    #[tokio::test]
    async fn verify_without_a_hash_returns_false() {
        let passwords = Passwords::new().expect("workers");
        assert_eq!(
            passwords.verify("the decoy password", None).await,
            Ok(false)
        );
        assert_eq!(
            passwords.verify(&"a".repeat(1 << 20), None).await,
            Ok(false)
        );
    }

    #[tokio::test]
    async fn verify_with_a_full_queue_is_busy() {
        let passwords = Passwords::new().expect("workers");
        let places = u32::try_from(passwords.queue.available_permits()).expect("32 bits");
        let _all = passwords.queue.acquire_many(places).await;
        let verified = passwords.verify("anything", None).await;
        assert_eq!(verified, Err(PasswordError::Busy));
    }
}
