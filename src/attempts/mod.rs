//! Limits on attempts to sign in, to register and to change a password.
//!
//! An attempt is charged to one or more keys before anything else is done for it, and what
//! it was charged is refunded unless the password was wrong. The limits are in the database,
//! so they hold for all processes together and over restarts. `docs/operations.md` describes
//! the limits and explains why a stranger cannot lock out the owner of an account.

mod failures;
mod key;
mod limit;
mod network;

pub use limit::{Limit, LimitError};
pub(crate) use {
    key::{AttemptKey, AttemptKeys},
    network::Network,
};

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    accounts::Email,
    clock::{Clock, Timestamp},
    ids::SessionId,
    store::{Store, StoreError},
};

/// How long a network is known to an account after a sign-in. Longer than a session lasts, so
/// that a user who signs in once a month is known.
const KNOWN_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The limits on attempts. An *address* is an IPv4 address, or the first 64 bits of an IPv6
/// address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Wrong passwords from one address. Default: 100 at once, then one in 10 seconds.
    pub address: Limit,
    /// Wrong passwords for one account from one address, or for the change of the password in
    /// one session. Default: 10 at once, then one in 5 minutes.
    pub account: Limit,
    /// Wrong passwords for one account from all addresses from which it has not signed in
    /// before. Default: 100 at once, then one in 2 minutes.
    pub unknown_addresses: Limit,
    /// Registrations from one address. Default: 100 at once, then one in a minute.
    pub registration: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            address: Limit::of_seconds(100, 10),
            account: Limit::of_seconds(10, 300),
            unknown_addresses: Limit::of_seconds(100, 120),
            registration: Limit::of_seconds(100, 60),
        }
    }
}

/// Counts attempts, and rejects those beyond the limits.
#[derive(Clone)]
pub(crate) struct Attempts {
    store: Store,
    keys: AttemptKeys,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

/// A charge of one attempt to a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge {
    pub(crate) key: AttemptKey,
    pub(crate) limit: Limit,
}

/// An attempt that was admitted. What it was charged stays charged until one of its methods
/// refunds it.
#[must_use]
pub(crate) struct Attempt<'a> {
    attempts: &'a Attempts,
    charges: Vec<Charge>,
    /// The key of the account and the network of the attempt.
    pair: Option<AttemptKey>,
}

impl Attempts {
    pub(crate) fn new(
        store: Store,
        keys: AttemptKeys,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            keys,
            limits,
            clock,
        }
    }

    /// Admits an attempt to sign in to the account with an e-mail address, whether there is
    /// one or not. Without the network of the client, only the limit of the account applies.
    ///
    /// # Errors
    /// [`StoreError::TooManyAttempts`], or another error if the database fails.
    pub(crate) async fn sign_in(
        &self,
        email: &str,
        network: Option<Network>,
    ) -> Result<Attempt<'_>, StoreError> {
        let now = self.clock.now();
        let email = account_name(email);
        let account = email.as_bytes();
        let mut charges = Vec::with_capacity(3);
        let mut pair = None;
        if let Some(network) = network {
            let bytes = network.to_bytes();
            let of_both = |purpose| self.keys.key(purpose, &[account, &bytes]);
            charges.push(self.address(network));
            charges.push(Charge {
                key: of_both("account and network"),
                limit: self.limits.account,
            });
            pair = Some(of_both("known network"));
        }
        let is_known = match &pair {
            Some(pair) => self.store.is_known_network(pair, now).await?,
            None => false,
        };
        if !is_known {
            charges.push(Charge {
                key: self.keys.key("account", &[account]),
                limit: self.limits.unknown_addresses,
            });
        }
        self.admit(charges, pair, now).await
    }

    /// Admits a registration. It is not refunded, because each adds an account.
    ///
    /// # Errors
    /// [`StoreError::TooManyAttempts`], or another error if the database fails.
    pub(crate) async fn register(&self, network: Option<Network>) -> Result<(), StoreError> {
        let Some(network) = network else {
            return Ok(());
        };
        let charge = Charge {
            key: self.keys.key("registration", &[&network.to_bytes()]),
            limit: self.limits.registration,
        };
        let attempt = self.admit(vec![charge], None, self.clock.now());
        attempt.await.map(drop)
    }

    /// Admits a change of the password. It is charged to the session and not to the account,
    /// so that a thief with one session does not keep the owner from changing the password.
    ///
    /// # Errors
    /// [`StoreError::TooManyAttempts`], or another error if the database fails.
    pub(crate) async fn change_password(
        &self,
        session: SessionId,
        network: Option<Network>,
    ) -> Result<Attempt<'_>, StoreError> {
        let session = session.to_string();
        let mut charges = vec![Charge {
            key: self
                .keys
                .key("password of a session", &[session.as_bytes()]),
            limit: self.limits.account,
        }];
        charges.extend(network.map(|network| self.address(network)));
        self.admit(charges, None, self.clock.now()).await
    }

    fn address(&self, network: Network) -> Charge {
        Charge {
            key: self.keys.key("network", &[&network.to_bytes()]),
            limit: self.limits.address,
        }
    }

    async fn admit(
        &self,
        mut charges: Vec<Charge>,
        pair: Option<AttemptKey>,
        now: Timestamp,
    ) -> Result<Attempt<'_>, StoreError> {
        // In one order, so that two attempts do not deadlock.
        charges.sort_unstable_by_key(|charge| charge.key);
        self.store.admit_attempt(&charges, now).await?;
        Ok(Attempt {
            attempts: self,
            charges,
            pair,
        })
    }
}

impl Attempt<'_> {
    /// Refunds the attempt, because the password was right, and remembers that the account
    /// has signed in from the network of the attempt.
    pub(crate) async fn succeed(self) {
        let until = self.attempts.clock.now() + KNOWN_FOR;
        let known = self.pair.map(|pair| (pair, until));
        self.finish(known).await;
    }

    /// Refunds the attempt, because the password could not be checked.
    pub(crate) async fn refund(self) {
        self.finish(None).await;
    }

    async fn finish(self, known: Option<(AttemptKey, Timestamp)>) {
        let refunded = self.attempts.store.refund_attempt(&self.charges, known);
        if let Err(error) = refunded.await {
            tracing::warn!(%error, "an attempt could not be refunded, so it counts as a failure");
        }
    }
}

/// Returns the string by which an account is named in keys: the normalised e-mail address. A
/// string that is none is limited in the same way, so that the response does not show it.
fn account_name(email: &str) -> String {
    match Email::parse(email) {
        Ok(email) => email.key().to_owned(),
        Err(_) => email.trim().to_lowercase(),
    }
}

impl fmt::Debug for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
