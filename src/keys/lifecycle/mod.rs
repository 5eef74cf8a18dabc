//! The life cycle of a signing key: published, signing, verifying, and finally retired, which
//! removes it from the database. Which steps are due is decided here and nowhere else. The
//! current time and the times of all keys are passed in.
//!
//! Which key signs depends only on times that are in the database before they come, and not
//! on when a process reads them. This gives two guarantees, if the clocks of the processes
//! agree within [`MAX_CLOCK_SKEW`]:
//!
//! - **Every process knows a key before it signs.** A ring that was read within
//!   [`MAX_RING_AGE`] has all keys that can have signed a token. A key that it does not have is
//!   forged or retired. An older ring may lack a genuine key, and does not reject a token as
//!   invalid because its key is unknown.
//! - **No token outlives its key.** The time until which a key has to verify is in the
//!   database before the key signs, and a ring signs no token that expires later than the
//!   time that it has read. The time is only ever raised: neither a shorter lifetime in the
//!   settings nor another process with a shorter lifetime can lower it.

use std::time::Duration;

use crate::{
    clock::Timestamp,
    policy::{MAX_CLOCK_SKEW, MAX_COMMIT_DELAY},
};

/// How long a client may cache the set of public keys.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// How long a key is published before it signs.
pub(crate) const PREPUBLISH: Duration = Duration::from_secs(10 * 60);

/// How long a key is published before it signs if the earlier keys may have been stolen. This
/// is long enough for the processes of the installation. Other verifiers, which use the set of
/// public keys, may know the key only [`JWKS_MAX_AGE`] after its publication.
pub(crate) const EMERGENCY_PREPUBLISH: Duration = Duration::from_secs(60);

/// The maximum age of a ring that treats an unknown key as forged.
pub(crate) const MAX_RING_AGE: Duration = Duration::from_secs(10);

/// How much longer a key has to verify than its tokens need, so that the time is extended
/// once an hour and not with every token.
const KEY_MARGIN: Duration = Duration::from_secs(60 * 60);

const _: () = {
    let spread = MAX_RING_AGE.as_secs() + 2 * MAX_CLOCK_SKEW.as_secs() + MAX_COMMIT_DELAY.as_secs();
    assert!(EMERGENCY_PREPUBLISH.as_secs() > spread);
    assert!(PREPUBLISH.as_secs() > JWKS_MAX_AGE.as_secs() + spread);
};

/// A key's number and the times of its life cycle, as stored in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct KeyLife {
    /// Keys are numbered in order. A successor has the next number; if two processes create
    /// a successor at once, the database accepts the first.
    pub(crate) number: i64,
    /// When the key was created and published.
    pub(crate) created_at: Timestamp,
    /// When the key begins to sign. It signs until a later key does.
    pub(crate) signs_from: Timestamp,
    /// Until when the key has to verify. No token that it signed expires later.
    pub(crate) verifies_until: Timestamp,
    /// From when its access tokens are invalid. Its refresh tokens stay valid, so that no user
    /// is signed out. This is safe, because a forged refresh token is worth nothing without
    /// the session's `key`, of which the database has only the hash.
    pub(crate) revoked_at: Option<Timestamp>,
}

impl KeyLife {
    /// Returns whether access tokens that the key signed are invalid at `now`.
    pub(crate) fn is_revoked(&self, now: Timestamp) -> bool {
        self.revoked_at.is_some_and(|at| at <= now)
    }
}

/// The settings on which the life cycle of an installation's keys depends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyPolicy {
    /// How long a key signs.
    pub(crate) key_age: Duration,
    /// The longest lifetime of a token that this process signs.
    pub(crate) max_token_lifetime: Duration,
}

/// A step of the life cycle of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Create and publish a key with this life, unless its number is taken.
    Create(KeyLife),
    /// Raise the time until which the key has to verify.
    Extend { number: i64, until: Timestamp },
    /// Delete the key, unless it has to verify beyond `cutoff`.
    Retire { number: i64, cutoff: Timestamp },
}

/// The state of a key in its life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Published, but not signing yet.
    Published {
        /// When it was published.
        since: Timestamp,
        /// When it begins to sign.
        until: Timestamp,
    },
    /// Signing.
    Signing {
        /// When it began to sign.
        since: Timestamp,
        /// When the next key begins to sign.
        until: Timestamp,
    },
    /// No longer signing, but verifying the tokens that it signed.
    Verifying {
        /// When the next key began to sign.
        since: Timestamp,
        /// When the last token that it may have signed has expired.
        until: Timestamp,
    },
    /// Revoked: its access tokens are invalid, its refresh tokens still valid.
    Revoked {
        /// When it was revoked.
        since: Timestamp,
        /// When the last token that it may have signed has expired.
        until: Timestamp,
    },
}

/// Returns the key that signs at `now`: of the keys that have begun to sign and are not
/// revoked, the one with the highest number.
///
/// If there is any key, one is returned, whatever the clock says. After a clock was set back,
/// that is the key that begins to sign first.
pub(crate) fn signer(keys: &[KeyLife], now: Timestamp) -> Option<KeyLife> {
    let usable = || keys.iter().filter(|key| !key.is_revoked(now));
    let begun = usable().filter(|key| key.signs_from <= now);
    begun
        .max_by_key(|key| key.number)
        .or_else(|| usable().min_by_key(|key| (key.signs_from, key.number)))
        .or_else(|| keys.iter().max_by_key(|key| key.number))
        .copied()
}

/// Returns the published key that begins to sign soon. A key that begins much later was
/// created by a process with a wrong clock, and is ignored.
pub(crate) fn successor(keys: &[KeyLife], now: Timestamp) -> Option<KeyLife> {
    let signer = signer(keys, now)?;
    let soon = now + PREPUBLISH + MAX_CLOCK_SKEW;
    keys.iter()
        .filter(|key| key.number > signer.number && key.revoked_at.is_none())
        .filter(|key| key.signs_from <= soon)
        .max_by_key(|key| key.number)
        .copied()
}

/// Returns the life of a key that is created at `now` and begins to sign `prepublish` later.
/// The first key of all signs at once, because no other process could be without it.
pub(crate) fn next(
    keys: &[KeyLife],
    prepublish: Duration,
    policy: &KeyPolicy,
    now: Timestamp,
) -> KeyLife {
    let last = keys.iter().map(|key| key.number).max();
    let signs_from = last.map_or(now, |_| now + prepublish);
    KeyLife {
        number: last.unwrap_or(0) + 1,
        created_at: now,
        signs_from,
        verifies_until: signs_from + policy.max_token_lifetime + KEY_MARGIN * 2,
        revoked_at: None,
    }
}

/// Returns the steps that are due at `now`.
pub(crate) fn due_steps(keys: &[KeyLife], policy: &KeyPolicy, now: Timestamp) -> Vec<Step> {
    let create = || Step::Create(next(keys, PREPUBLISH, policy, now));
    let Some(signer) = signer(keys, now) else {
        return vec![create()];
    };
    let is_due = now + PREPUBLISH >= signer.signs_from + policy.key_age;
    let is_needed = is_due || signer.is_revoked(now);
    let mut steps = Vec::new();
    if is_needed && successor(keys, now).is_none() {
        steps.push(create());
    }
    steps.extend(keys.iter().filter_map(|key| {
        if key.number >= signer.number {
            extension(key, policy, now)
        } else {
            let cutoff = now - MAX_CLOCK_SKEW;
            let is_expired = key.verifies_until <= cutoff;
            is_expired.then_some(Step::Retire {
                number: key.number,
                cutoff,
            })
        }
    }));
    steps
}

/// Returns the extension that is due for a key that signs, or will sign.
fn extension(key: &KeyLife, policy: &KeyPolicy, now: Timestamp) -> Option<Step> {
    let needed = now.max(key.signs_from) + policy.max_token_lifetime + KEY_MARGIN;
    (key.verifies_until < needed).then_some(Step::Extend {
        number: key.number,
        until: needed + KEY_MARGIN,
    })
}

/// Returns the state of a key at `now`.
pub(crate) fn state(
    keys: &[KeyLife],
    key: &KeyLife,
    policy: &KeyPolicy,
    now: Timestamp,
) -> KeyState {
    let signs = signer(keys, now).map(|signer| signer.number);
    let later = |other: &&KeyLife| other.number > key.number;
    let until = key.verifies_until;
    // A key that is to be revoked soon, and does not sign now, counts as revoked.
    let is_signer = signs == Some(key.number);
    let is_revoked = |_: &Timestamp| key.is_revoked(now) || !is_signer;
    if let Some(since) = key.revoked_at.filter(is_revoked) {
        KeyState::Revoked { since, until }
    } else if is_signer {
        let planned = key.signs_from + policy.key_age;
        let until = successor(keys, now).map_or(planned, |next| next.signs_from);
        KeyState::Signing {
            since: key.signs_from,
            until,
        }
    } else if signs < Some(key.number) {
        KeyState::Published {
            since: key.created_at,
            until: key.signs_from,
        }
    } else {
        let next = keys.iter().filter(later).min_by_key(|other| other.number);
        let since = next.map_or(key.signs_from, |next| next.signs_from);
        KeyState::Verifying { since, until }
    }
}

#[cfg(test)]
mod tests;
