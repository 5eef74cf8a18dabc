//! The signing keys of an installation: performs the due steps of their life cycle, at the
//! start and in the background, and the rotations that an operator requests.

use std::{convert::Infallible, fmt, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::{
    sync::Mutex,
    time::{MissedTickBehavior, interval},
};

use super::{
    KeyError, KeyRing, KeyState, MasterSecret, SealedKey,
    lifecycle::{self, EMERGENCY_PREPUBLISH, KeyLife, KeyPolicy, PREPUBLISH, Step},
};
use crate::{
    audit::Actor,
    clock::{Clock, Timestamp},
    policy::Policy,
    store::{Store, StoreError, with_timeout},
    token::Tokens,
};

/// How often a process reads the keys. A few reads may fail before the ring is too old to
/// treat an unknown key as forged.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The maximum number of rounds in which the keys are read and changed. The second round
/// normally finds the change done; another one is needed if another process changed the
/// keys meanwhile.
const MAX_ROUNDS: usize = 5;

/// An error of [`SigningKeys`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Other processes changed the keys at the same time, in every round.
    #[error("other processes are changing the signing keys; try again")]
    Contended,
}

/// A signing key, as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedKey {
    /// The key's id, as in the header of the tokens that it signs.
    pub kid: String,
    /// Its state in the life cycle.
    pub state: KeyState,
}

/// The result of [`SigningKeys::rotate`]: when the next key begins to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRotation {
    /// The next key was published now.
    Published(Timestamp),
    /// The next key had been published before this call.
    AlreadyPublished(Timestamp),
}

/// The signing keys of an installation.
pub struct SigningKeys {
    store: Store,
    secret: MasterSecret,
    tokens: Arc<Tokens>,
    policy: KeyPolicy,
    clock: Arc<dyn Clock>,
    /// Held while the keys are read and replaced. Otherwise the keys of an earlier read
    /// could replace those of a later one.
    reload_lock: Mutex<()>,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKeys")
            .field(&self.tokens.keys())
            .finish()
    }
}

impl SigningKeys {
    pub(crate) fn new(
        store: Store,
        secret: MasterSecret,
        tokens: Arc<Tokens>,
        policy: &Policy,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let policy = KeyPolicy {
            key_age: policy.key_age(),
            // Longer than that of access tokens: `Policy` checks it.
            max_token_lifetime: policy.refresh_lifetime(),
        };
        Self {
            store,
            secret,
            tokens,
            policy,
            clock,
            reload_lock: Mutex::new(()),
        }
    }

    /// Runs the background task: reloads the keys every [`POLL_INTERVAL`]. If that fails, the
    /// process continues with the keys that it has.
    pub(crate) async fn run(&self) -> Infallible {
        let mut poll = interval(POLL_INTERVAL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            poll.tick().await;
            if let Err(error) = with_timeout(self.reload()).await {
                tracing::error!(
                    %error,
                    "the signing keys could not be reloaded; the process continues with those \
                     that it has and retries in two seconds"
                );
            }
        }
    }

    /// Reloads the keys and performs the due steps of their life cycle: creates a successor,
    /// raises the time until which keys have to verify, and deletes expired keys. The
    /// background task calls this method.
    ///
    /// # Errors
    /// [`SigningKeyError::Store`] if the database fails, [`SigningKeyError::Key`] if a key
    /// cannot be opened or generated, [`SigningKeyError::Contended`] if other processes change
    /// the keys in every round. The keys that were read last stay in use.
    pub async fn reload(&self) -> Result<(), SigningKeyError> {
        self.reload_and(|_| true).await
    }

    /// Reloads the keys, and creates the first one if there is none. Performs no other step of
    /// their life cycle: the settings and the clock of a command may be other than those of the
    /// servers, and a key that is deleted too early makes tokens invalid.
    ///
    /// # Errors
    /// As [`SigningKeys::reload`].
    pub(crate) async fn load(&self) -> Result<(), SigningKeyError> {
        self.reload_and(<[KeyLife]>::is_empty).await
    }

    /// Reloads the keys, and performs the due steps if `may_change` allows that for these keys.
    async fn reload_and(
        &self,
        may_change: impl Fn(&[KeyLife]) -> bool,
    ) -> Result<(), SigningKeyError> {
        let _guard = self.reload_lock.lock().await;
        for _ in 0..MAX_ROUNDS {
            let now = self.clock.now();
            let keys = self.read(now).await?;
            let lives = keys.lives();
            let steps = if may_change(lives) {
                lifecycle::due_steps(lives, &self.policy, now)
            } else {
                Vec::new()
            };
            self.replace_keys(keys);
            if steps.is_empty() {
                return Ok(());
            }
            for step in steps {
                self.perform(step).await?;
            }
        }
        Err(SigningKeyError::Contended)
    }

    /// Returns all keys, the oldest first.
    ///
    /// # Errors
    /// [`SigningKeyError::Store`] if the database fails, [`SigningKeyError::Key`] if a key
    /// cannot be opened.
    pub async fn list(&self) -> Result<Vec<ListedKey>, SigningKeyError> {
        let now = self.clock.now();
        let keys = self.read(now).await?;
        let lives = keys.lives();
        let listed = keys.entries().map(|(kid, life)| ListedKey {
            kid: kid.to_owned(),
            state: lifecycle::state(lives, life, &self.policy, now),
        });
        Ok(listed.collect())
    }

    /// Publishes a successor to the key that signs, unless there is one already.
    ///
    /// # Errors
    /// [`SigningKeyError::Store`] if the database fails, [`SigningKeyError::Key`] if a key
    /// cannot be opened or generated, [`SigningKeyError::Contended`] if other processes change
    /// the keys in every round.
    pub async fn rotate(&self) -> Result<KeyRotation, SigningKeyError> {
        for _ in 0..MAX_ROUNDS {
            let now = self.clock.now();
            let keys = self.read(now).await?;
            if let Some(successor) = lifecycle::successor(keys.lives(), now) {
                return Ok(KeyRotation::AlreadyPublished(successor.signs_from));
            }
            let key = self.generate(&keys, PREPUBLISH, now)?;
            if self.store.add_signing_key(&key, Actor::Operator).await? {
                return Ok(KeyRotation::Published(key.life.signs_from));
            }
        }
        Err(SigningKeyError::Contended)
    }

    /// Replaces all keys, because they may have been stolen. Returns the time at which the new key
    /// begins to sign, within a minute.
    ///
    /// From then on the access tokens of all other keys are invalid. Their refresh tokens stay
    /// valid, so that no user is signed out.
    ///
    /// # Errors
    /// [`SigningKeyError::Store`] if the database fails, [`SigningKeyError::Key`] if a key
    /// cannot be opened or generated, [`SigningKeyError::Contended`] if other processes change
    /// the keys in every round.
    pub async fn revoke(&self) -> Result<Timestamp, SigningKeyError> {
        for _ in 0..MAX_ROUNDS {
            let now = self.clock.now();
            let keys = self.read(now).await?;
            let key = self.generate(&keys, EMERGENCY_PREPUBLISH, now)?;
            if self
                .store
                .replace_signing_keys(&key, Actor::Operator)
                .await?
            {
                return Ok(key.life.signs_from);
            }
        }
        Err(SigningKeyError::Contended)
    }

    /// Reads all keys. `now` must be from before the read, because the read may miss a key
    /// that is created meanwhile.
    async fn read(&self, now: Timestamp) -> Result<KeyRing, SigningKeyError> {
        let sealed = self.store.signing_keys().await?;
        Ok(KeyRing::open(
            sealed,
            &self.secret,
            &self.tokens.keys(),
            now,
        )?)
    }

    /// Generates the next key, which begins to sign `prepublish` after `now`.
    fn generate(
        &self,
        keys: &KeyRing,
        prepublish: Duration,
        now: Timestamp,
    ) -> Result<SealedKey, KeyError> {
        let life = lifecycle::next(keys.lives(), prepublish, &self.policy, now);
        SealedKey::generate(&self.secret, life)
    }

    async fn perform(&self, step: Step) -> Result<(), SigningKeyError> {
        match step {
            Step::Create(life) => {
                let key = SealedKey::generate(&self.secret, life)?;
                self.store.add_signing_key(&key, Actor::System).await?;
            }
            Step::Extend { number, until } => {
                self.store.extend_signing_key(number, until).await?;
            }
            Step::Retire { number, cutoff } => {
                let now = self.clock.now();
                self.store.retire_signing_key(number, cutoff, now).await?;
            }
        }
        Ok(())
    }

    fn replace_keys(&self, keys: KeyRing) {
        log_changes(&self.tokens.keys(), &keys);
        self.tokens.replace_keys(keys);
    }
}

/// Logs what has changed since the keys were last read.
fn log_changes(before: &KeyRing, after: &KeyRing) {
    let is_start = before.lives().is_empty();
    let find = |keys: &KeyRing, kid: &str| {
        let mut entries = keys.entries();
        entries
            .find(|(other, _)| *other == kid)
            .map(|(_, life)| *life)
    };
    for (kid, life) in after.entries().filter(|_| !is_start) {
        let known = find(before, kid);
        if known.is_none() {
            let signs_from = life.signs_from.as_seconds();
            tracing::info!(kid, signs_from, "a signing key was published");
        }
        if life.revoked_at.is_some() && known.is_some_and(|known| known.revoked_at.is_none()) {
            tracing::warn!(kid, "a signing key was revoked");
        }
    }
    for (kid, _) in before
        .entries()
        .filter(|(kid, _)| find(after, kid).is_none())
    {
        tracing::info!(kid, "a signing key was retired");
    }
}
