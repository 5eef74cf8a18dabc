//! The record of failed attempts in the audit trail.
//!
//! A stranger can cause any number of them. So each is logged, but only a limited number is
//! stored: of each account, and of all accounts together. The failures for addresses without an
//! account have limits of their own, so that they do not keep out those for accounts.

use super::{Attempts, Charge, Limit, Network};
use crate::{audit::AuditEntry, store::StoreError};

/// Stored failures for one account: 20 at once, and 288 in a day.
const ACCOUNT: Limit = Limit::of_seconds(20, 300);
/// Stored failures for all accounts: 2,000 at once, and 4,320 in a day.
const ALL_ACCOUNTS: Limit = Limit::of_seconds(2_000, 20);
/// Stored failures from one network for e-mail addresses without an account.
const UNKNOWN_FROM_NETWORK: Limit = Limit::of_seconds(20, 300);
/// Stored failures for all e-mail addresses without an account: 500 at once, and 1,440 in a day.
const ALL_UNKNOWN: Limit = Limit::of_seconds(500, 60);

impl Attempts {
    /// Logs a failed attempt, and stores it in the audit trail unless that has enough of them.
    /// The two cases, an account and none, run the same statements.
    pub(crate) async fn record_failure(&self, entry: AuditEntry, network: Option<Network>) {
        entry.log();
        let charges = self.charges(&entry, network);
        let stored = self
            .store
            .record_limited(entry, &charges, self.clock.now())
            .await;
        match stored {
            Ok(()) | Err(StoreError::TooManyAttempts(_)) => {}
            Err(error) => tracing::warn!(%error, "a failed attempt could not be stored"),
        }
    }

    fn charges(&self, entry: &AuditEntry, network: Option<Network>) -> [Charge; 2] {
        let charge = |purpose, part: &[u8], limit| Charge {
            key: self.keys.key(purpose, &[part]),
            limit,
        };
        let mut charges = if let Some(account) = entry.account {
            let account = account.to_string();
            [
                charge("stored failures", account.as_bytes(), ACCOUNT),
                charge("all stored failures", b"", ALL_ACCOUNTS),
            ]
        } else {
            let network = network.map(Network::to_bytes).unwrap_or_default();
            [
                charge("stored unknown", &network, UNKNOWN_FROM_NETWORK),
                charge("all stored unknown", b"", ALL_UNKNOWN),
            ]
        };
        // In one order, so that two failures do not deadlock.
        charges.sort_unstable_by_key(|charge| charge.key);
        charges
    }
}
