//! The life of a signing key: published, signing, verifying, gone. What is to be
//! done about the keys is decided here and nowhere else; the time and the moments
//! of all keys come in as arguments.
//!
//! Which key signs follows from moments that are in the database before they
//! come, never from who has read what. That gives two promises, as long as the
//! processes' clocks agree within [`CLOCKS_DIFFER`]:
//!
//! - **Every process knows a key before it signs.** A ring that was read within
//!   [`KNOWN_FOR`] knows all keys that can have signed anything. What it does not
//!   know is forged, or dead; an older ring cannot tell, and refuses nobody.
//! - **No token outlives its key.** Until when a key has to verify is in the
//!   database before it signs, and a ring signs nothing that ends later than what
//!   it has read there. The moment is only ever raised: neither a lifetime that
//!   is lowered nor another process with a shorter one can take it back.

use std::time::Duration;

use crate::{
    clock::Timestamp,
    policy::{CLOCKS_DIFFER, COMMITTED_WITHIN},
};

/// How long the set of public keys may be kept by whoever fetches it.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// How long a key is published before it signs.
pub(crate) const PREPUBLISH: Duration = Duration::from_secs(10 * 60);

/// The same where the keys before it may be in somebody else's hands: enough for
/// our own processes. Who verifies by the public set is late by its age.
pub(crate) const EMERGENCY_PREPUBLISH: Duration = Duration::from_secs(60);

/// How old the knowledge of the keys may be for an unknown key to count as
/// forged.
pub(crate) const KNOWN_FOR: Duration = Duration::from_secs(10);

/// How far ahead of what is signed a key's life is promised, so that the promise
/// is written once in an hour and not with every token.
const KEY_MARGIN: Duration = Duration::from_secs(60 * 60);

const _: () = {
    let spread = KNOWN_FOR.as_secs() + 2 * CLOCKS_DIFFER.as_secs() + COMMITTED_WITHIN.as_secs();
    assert!(EMERGENCY_PREPUBLISH.as_secs() > spread);
    assert!(PREPUBLISH.as_secs() > JWKS_MAX_AGE.as_secs() + spread);
};

/// The moments of a key's life, as the database keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct KeyLife {
    /// Its place in the line: a successor has the next number, and of two
    /// processes that make one at once the database takes the first.
    pub(crate) number: i64,
    /// When it was made and published.
    pub(crate) created_at: Timestamp,
    /// From when it signs, until a later one does.
    pub(crate) signs_from: Timestamp,
    /// Until when it has to verify: no token that it signed ends later.
    pub(crate) verifies_until: Timestamp,
    /// From when its access tokens count no more. Its refresh tokens still renew:
    /// they are worth nothing without the session's `key`, which the database
    /// holds the hash of, so that nobody has to be signed out.
    pub(crate) revoked_at: Option<Timestamp>,
}

impl KeyLife {
    /// Whether access tokens that it signed count no more.
    pub(crate) fn is_revoked(&self, now: Timestamp) -> bool {
        self.revoked_at.is_some_and(|at| at <= now)
    }
}

/// What the lives of an installation's keys depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// How long a key signs.
    pub(crate) key_age: Duration,
    /// How long the longest token lives that this process signs.
    pub(crate) longest_token: Duration,
}

/// What is to be done about the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Make and publish a key with this life, unless its number is taken.
    Make(KeyLife),
    /// Raise the moment until which the key has to verify.
    Promise { number: i64, until: Timestamp },
    /// Remove the key, unless it has been promised beyond that moment.
    Retire { number: i64, dead_since: Timestamp },
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Known to everybody, and signs nothing yet.
    Published {
        /// When it was published.
        since: Timestamp,
        /// When it begins to sign.
        until: Timestamp,
    },
    /// Signs.
    Signing {
        /// Since when.
        since: Timestamp,
        /// When the next one takes over.
        until: Timestamp,
    },
    /// Signs no more, and verifies what it signed.
    Verifying {
        /// When the next one took over.
        since: Timestamp,
        /// When the last token has died that it may have signed.
        until: Timestamp,
    },
    /// Its access tokens count no more, and its refresh tokens still renew.
    Revoked {
        /// Since when.
        since: Timestamp,
        /// When the last token has died that it may have signed.
        until: Timestamp,
    },
}

/// The key that signs at `now`: the latest in line of those whose time has come.
/// There is one where there is any key, whatever the clock says: after a clock
/// was set back, the one whose time comes first.
pub(crate) fn signer(keys: &[KeyLife], now: Timestamp) -> Option<KeyLife> {
    let usable = || keys.iter().filter(|key| !key.is_revoked(now));
    let begun = usable().filter(|key| key.signs_from <= now);
    begun
        .max_by_key(|key| key.number)
        .or_else(|| usable().min_by_key(|key| (key.signs_from, key.number)))
        .or_else(|| keys.iter().max_by_key(|key| key.number))
        .copied()
}

/// The key that is published and takes over soon. One that would much later was
/// made under a wrong clock, and is not waited for.
pub(crate) fn successor(keys: &[KeyLife], now: Timestamp) -> Option<KeyLife> {
    let signer = signer(keys, now)?;
    let soon = now + PREPUBLISH + CLOCKS_DIFFER;
    keys.iter()
        .filter(|key| key.number > signer.number && key.revoked_at.is_none())
        .filter(|key| key.signs_from <= soon)
        .max_by_key(|key| key.number)
        .copied()
}

/// The life of a key that is made now and signs after `published_first`. The
/// very first one signs at once: there is nobody who could not know it.
pub(crate) fn next(
    keys: &[KeyLife],
    published_first: Duration,
    terms: &Terms,
    now: Timestamp,
) -> KeyLife {
    let last = keys.iter().map(|key| key.number).max();
    let signs_from = last.map_or(now, |_| now + published_first);
    KeyLife {
        number: last.unwrap_or(0) + 1,
        created_at: now,
        signs_from,
        verifies_until: signs_from + terms.longest_token + KEY_MARGIN * 2,
        revoked_at: None,
    }
}

/// What is to be done about the keys at `now`.
pub(crate) fn judge(keys: &[KeyLife], terms: &Terms, now: Timestamp) -> Vec<Step> {
    let make = || Step::Make(next(keys, PREPUBLISH, terms, now));
    let Some(signer) = signer(keys, now) else {
        return vec![make()];
    };
    let is_due = now + PREPUBLISH >= signer.signs_from + terms.key_age;
    let is_needed = is_due || signer.is_revoked(now);
    let mut steps = Vec::new();
    if is_needed && successor(keys, now).is_none() {
        steps.push(make());
    }
    steps.extend(keys.iter().filter_map(|key| {
        if key.number >= signer.number {
            promise(key, terms, now)
        } else {
            let dead_since = now - CLOCKS_DIFFER;
            let is_dead = key.verifies_until <= dead_since;
            is_dead.then_some(Step::Retire {
                number: key.number,
                dead_since,
            })
        }
    }));
    steps
}

/// What has to be promised of a key that signs, or will.
fn promise(key: &KeyLife, terms: &Terms, now: Timestamp) -> Option<Step> {
    let needed = now.max(key.signs_from) + terms.longest_token + KEY_MARGIN;
    (key.verifies_until < needed).then_some(Step::Promise {
        number: key.number,
        until: needed + KEY_MARGIN,
    })
}

/// Where a key is in its life at `now`.
pub(crate) fn state(keys: &[KeyLife], key: &KeyLife, terms: &Terms, now: Timestamp) -> KeyState {
    let signs = signer(keys, now).map(|signer| signer.number);
    let later = |other: &&KeyLife| other.number > key.number;
    let until = key.verifies_until;
    // One that is to be revoked before it signs will never do so.
    let is_signer = signs == Some(key.number);
    let is_revoked = |_: &Timestamp| key.is_revoked(now) || !is_signer;
    if let Some(since) = key.revoked_at.filter(is_revoked) {
        KeyState::Revoked { since, until }
    } else if is_signer {
        let planned = key.signs_from + terms.key_age;
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
