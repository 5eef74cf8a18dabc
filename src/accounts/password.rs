//! Passwords: Argon2id, off the async threads, a bounded number at once.

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

use crate::wire::Problem;

/// NIST SP 800-63B-4, section 3.1.1.2: at least 15 characters where the
/// password is the only factor.
const MIN_PASSWORD_CHARS: usize = 15;
/// The longest password, in characters.
const MAX_PASSWORD_CHARS: usize = 1000;
/// What is hashed at most, in bytes: four to a character.
const MAX_PASSWORD_LEN: usize = 4 * MAX_PASSWORD_CHARS;

/// How many wait for each one that is being hashed. A hash takes some 20 MiB
/// and some 30 ms, so this bounds the wait to seconds; more are told to come
/// back.
const QUEUE_PER_WORKER: usize = 32;

/// A password that may become one: long enough, in NFC, so that a letter with
/// an accent is the same however a keyboard composes it (NIST SP 800-63B-4,
/// section 3.1.1.2). Nothing is cut off.
#[derive(Clone)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Reads a password. Any character counts, and there are no rules of
    /// composition.
    ///
    /// # Errors
    /// What is wrong with it, for the form.
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
    /// What an unknown account's password is checked against, so that it takes
    /// the same time as any other.
    decoy: Arc<str>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

/// Why a password was neither hashed nor checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// Too many are waiting.
    #[error("too many passwords are being checked")]
    Busy,
    /// The hash function failed, as it does without memory or randomness.
    #[error("a password could not be hashed")]
    Failed,
}

impl Passwords {
    /// As many at once as the machine has cores.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] where this machine cannot hash.
    pub(crate) fn new() -> Result<Self, PasswordError> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let decoy = hash(&normalize("the password of nobody"))?;
        Ok(Self {
            workers: Workers::start(workers).map_err(|_| PasswordError::Failed)?,
            queue: Arc::new(Semaphore::new(workers * QUEUE_PER_WORKER)),
            decoy: decoy.into(),
        })
    }

    pub(super) async fn hash(&self, password: &NewPassword) -> Result<String, PasswordError> {
        let password = password.0.clone();
        self.run(move || hash(&password)).await
    }

    /// Whether `password` is that of `hash`. Without a hash (no such account)
    /// the same work is done, and the answer is no.
    pub(super) async fn verify(
        &self,
        password: &str,
        hash: Option<&str>,
    ) -> Result<bool, PasswordError> {
        // Longer ones were never accepted: no need to normalise a megabyte.
        let is_plausible = hash.is_some() && password.len() <= MAX_PASSWORD_LEN;
        let hash = hash.unwrap_or(&self.decoy).to_owned();
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

    /// Runs work once its turn has come.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        // Held by the work, not by the request: a caller that goes away must
        // not make room for another while its hash is still to be computed.
        let place = Arc::clone(&self.queue);
        let place = place.try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let (sender, receiver) = oneshot::channel();
        self.workers.run(Box::new(move || {
            // Whoever asked may be gone.
            let _ = sender.send(work());
            drop(place);
        }))?;
        receiver.await.map_err(|_| PasswordError::Failed)?
    }
}

type Work = Box<dyn FnOnce() + Send>;

/// Threads that do nothing but hash. On the runtime's blocking threads, which
/// come and go, the allocator keeps what each of them once needed: hundreds of
/// megabytes after a burst of sign-ins, a GB in the end; here it is bounded by the
/// number of threads.
#[derive(Clone)]
struct Workers(mpsc::Sender<Work>);

impl Workers {
    fn start(count: usize) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Work>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..count {
            let receiver = Arc::clone(&receiver);
            let next = move || {
                receiver
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .recv()
            };
            // They end with the last sender.
            let hash = move || {
                while let Ok(work) = next() {
                    work();
                }
            };
            thread::Builder::new()
                .name("portcullis-hash".to_owned())
                .spawn(hash)?;
        }
        Ok(Self(sender))
    }

    fn run(&self, work: Work) -> Result<(), PasswordError> {
        self.0.send(work).map_err(|_| PasswordError::Failed)
    }
}

/// Argon2id with the crate's defaults: 19 MiB, two passes, one worker, the first
/// choice of the OWASP cheat sheet.
fn hash(password: &SecretString) -> Result<String, PasswordError> {
    let hash = Argon2::default().hash_password(password.expose_secret().as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|_| PasswordError::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> NewPassword {
        NewPassword::parse(text).expect("a good password")
    }

    #[test]
    fn the_rules_for_a_new_password() {
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
    async fn nothing_is_cut_off_and_accents_compose() {
        let passwords = Passwords::new().expect("a machine that hashes");
        let long = "x".repeat(79);
        let hash = passwords
            .hash(&password(&format!("{long}a")))
            .await
            .expect("hashed");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
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
    async fn an_unknown_account_is_never_right() {
        let passwords = Passwords::new().expect("a machine that hashes");
        assert_eq!(
            passwords.verify("the password of nobody", None).await,
            Ok(false)
        );
        assert_eq!(
            passwords.verify(&"a".repeat(1 << 20), None).await,
            Ok(false)
        );
    }

    #[tokio::test]
    async fn more_than_the_queue_holds_are_told_to_come_back() {
        let passwords = Passwords::new().expect("a machine that hashes");
        let places = u32::try_from(passwords.queue.available_permits()).expect("few");
        let _all = passwords.queue.acquire_many(places).await;
        let refused = passwords.verify("anything", None).await;
        assert_eq!(refused, Err(PasswordError::Busy));
    }
}
