//! The signing keys of an installation: carries out what their life asks for, at
//! the start, in the background, and on an operator's word.

use std::{convert::Infallible, fmt, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::{
    sync::Mutex,
    time::{MissedTickBehavior, interval},
};

use super::{
    KeyError, KeyRing, KeyState, MasterSecret, SealedKey,
    lifecycle::{self, EMERGENCY_PREPUBLISH, PREPUBLISH, Step, Terms},
};
use crate::{
    clock::{Clock, Timestamp},
    policy::Policy,
    store::{Store, StoreError, with_timeout},
    token::Tokens,
};

/// How often a process reads the keys. Some readings may fail within the time
/// after which an unknown key is not taken for forged any more.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// How often the keys are read again after something was done about them. A
/// second round sees it done, and one more what another process did meanwhile.
const MOST_ROUNDS: usize = 5;

/// Why something could not be done about the keys; a sentence for the operator.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Others changed them at the same time, again and again.
    #[error("the signing keys are being changed by others; try again")]
    Contended,
}

/// A signing key, as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedKey {
    /// The key's id, as in the header of the tokens that it signs.
    pub kid: String,
    /// Where it is in its life.
    pub state: KeyState,
}

/// What an operator's word for a rotation led to: the moment from which the next
/// key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRotation {
    /// It was published now.
    Made(Timestamp),
    /// It had been published before.
    Already(Timestamp),
}

/// The signing keys of an installation.
pub struct SigningKeys {
    store: Store,
    secret: MasterSecret,
    tokens: Arc<Tokens>,
    terms: Terms,
    clock: Arc<dyn Clock>,
    /// Held while the keys are read and taken over, or an earlier reading could
    /// take the place of a later one.
    following: Mutex<()>,
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
        let terms = Terms {
            key_age: policy.key_age(),
            // The longer of the two, which the policy sees to.
            longest_token: policy.refresh_lifetime(),
        };
        Self {
            store,
            secret,
            tokens,
            terms,
            clock,
            following: Mutex::new(()),
        }
    }

    /// Runs the background task: reads the keys every [`POLL_INTERVAL`]. Where
    /// they cannot be read, the process goes on with those that it has.
    pub(crate) async fn run(&self) -> Infallible {
        let mut poll = interval(POLL_INTERVAL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            poll.tick().await;
            if let Err(error) = with_timeout(self.follow()).await {
                tracing::error!(%error, "the signing keys could not be read");
            }
        }
    }

    /// Reads the keys, goes over to them, and does what is due: makes a
    /// successor, promises for how long keys verify, removes the dead. In the
    /// background this happens by itself.
    ///
    /// # Errors
    /// Where the database fails, or holds a key that does not open. Whatever was
    /// read before stays in use.
    pub async fn follow(&self) -> Result<(), SigningKeyError> {
        let _alone = self.following.lock().await;
        for _ in 0..MOST_ROUNDS {
            let now = self.clock.now();
            let keys = self.read(now).await?;
            let steps = lifecycle::judge(keys.lives(), &self.terms, now);
            self.take_over(keys);
            if steps.is_empty() {
                return Ok(());
            }
            for step in steps {
                self.carry_out(step).await?;
            }
        }
        Err(SigningKeyError::Contended)
    }

    /// All keys, the oldest first.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn list(&self) -> Result<Vec<ListedKey>, SigningKeyError> {
        let now = self.clock.now();
        let keys = self.read(now).await?;
        let lives = keys.lives();
        let listed = keys.entries().map(|(kid, life)| ListedKey {
            kid: kid.to_owned(),
            state: lifecycle::state(lives, life, &self.terms, now),
        });
        Ok(listed.collect())
    }

    /// Publishes a successor to the key that signs, unless there is one already.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn rotate(&self) -> Result<KeyRotation, SigningKeyError> {
        for _ in 0..MOST_ROUNDS {
            let now = self.clock.now();
            let keys = self.read(now).await?;
            if let Some(successor) = lifecycle::successor(keys.lives(), now) {
                return Ok(KeyRotation::Already(successor.signs_from));
            }
            let key = self.make(&keys, PREPUBLISH, now)?;
            if self.store.add_signing_key(&key).await? {
                return Ok(KeyRotation::Made(key.life.signs_from));
            }
        }
        Err(SigningKeyError::Contended)
    }

    /// Replaces all keys, because they may be in somebody else's hands. The new
    /// one signs within a minute, and from then on access tokens of all others
    /// count no more; their refresh tokens still renew, so that nobody is signed
    /// out. Returns the moment.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn revoke(&self) -> Result<Timestamp, SigningKeyError> {
        for _ in 0..MOST_ROUNDS {
            let now = self.clock.now();
            let keys = self.read(now).await?;
            let key = self.make(&keys, EMERGENCY_PREPUBLISH, now)?;
            if self.store.replace_signing_keys(&key).await? {
                return Ok(key.life.signs_from);
            }
        }
        Err(SigningKeyError::Contended)
    }

    /// Reads all keys. `now` was read from the clock before: a key that is made
    /// meanwhile may be missed.
    async fn read(&self, now: Timestamp) -> Result<KeyRing, SigningKeyError> {
        let sealed = self.store.signing_keys().await?;
        Ok(KeyRing::open(
            sealed,
            &self.secret,
            &self.tokens.keys(),
            now,
        )?)
    }

    fn make(
        &self,
        keys: &KeyRing,
        published_first: Duration,
        now: Timestamp,
    ) -> Result<SealedKey, KeyError> {
        let life = lifecycle::next(keys.lives(), published_first, &self.terms, now);
        SealedKey::generate(&self.secret, life)
    }

    async fn carry_out(&self, step: Step) -> Result<(), SigningKeyError> {
        match step {
            Step::Make(life) => {
                let key = SealedKey::generate(&self.secret, life)?;
                self.store.add_signing_key(&key).await?;
            }
            Step::Promise { number, until } => {
                self.store.promise_signing_key(number, until).await?;
            }
            Step::Retire { number, dead_since } => {
                self.store.retire_signing_key(number, dead_since).await?;
            }
        }
        Ok(())
    }

    fn take_over(&self, keys: KeyRing) {
        log_changes(&self.tokens.keys(), &keys);
        self.tokens.follow(keys);
    }
}

/// Tells the log what is new since the keys were last read.
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
