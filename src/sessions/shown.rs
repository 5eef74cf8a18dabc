//! What is shown of sessions and accounts that were read before: a bounded cache, so that a
//! request for the session, or for a page, reads no database.
//!
//! It decides nothing: a request is authenticated before, and a session that has ended is
//! rejected there. Of a session it keeps what never changes. Of an account it keeps what a
//! snapshot shows, until the account is changed: this process forgets it at once, and others
//! when the revocation feed returns the change.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use quick_cache::sync::Cache;

use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
    store::Holder,
    wire::Account,
};

/// How many sessions are cached, and how many accounts: 21 MB together, with addresses of thirty
/// characters.
const MAX_SESSIONS: usize = 50_000;
const MAX_ACCOUNTS: usize = 50_000;

/// The cache of sessions and accounts.
#[derive(Debug)]
pub(crate) struct ShownCache {
    sessions: Cache<SessionId, ShownSession>,
    accounts: Cache<AccountId, Account>,
    /// Counts the changes of accounts, so that what was read before a change is not kept.
    changes: AtomicU64,
}

/// What never changes in a session.
#[derive(Clone, Copy, Debug)]
struct ShownSession {
    account: AccountId,
    expires_at: Timestamp,
}

/// What is shown: the account of a session, and when the session expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) account: Account,
    pub(crate) expires_at: Timestamp,
}

/// The number of changes before a read of the database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BeforeRead(u64);

impl Default for ShownCache {
    fn default() -> Self {
        Self {
            sessions: Cache::new(MAX_SESSIONS),
            accounts: Cache::new(MAX_ACCOUNTS),
            changes: AtomicU64::new(0),
        }
    }
}

impl ShownCache {
    /// Returns what is shown of a session; `None` if it has to be read.
    pub(crate) fn get(&self, session: SessionId) -> Option<Shown> {
        let ShownSession {
            account,
            expires_at,
        } = self.sessions.get(&session)?;
        let account = self.accounts.get(&account)?;
        Some(Shown {
            account,
            expires_at,
        })
    }

    /// Must be called before the database is read.
    pub(crate) fn before_read(&self) -> BeforeRead {
        BeforeRead(self.changes.load(SeqCst))
    }

    /// Keeps what was read, unless an account has changed since: the change may be of this
    /// account, and may have been committed after the read.
    pub(crate) fn keep(&self, before: BeforeRead, session: SessionId, holder: &Holder) -> Shown {
        let (account, expires_at) = (holder.account_id, holder.expires_at);
        let shown = Shown {
            account: holder.into(),
            expires_at,
        };
        let has_changed = || self.changes.load(SeqCst) != before.0;
        if !has_changed() {
            self.sessions.insert(
                session,
                ShownSession {
                    account,
                    expires_at,
                },
            );
            self.accounts.insert(account, shown.account.clone());
            // A change in between has not found it.
            if has_changed() {
                self.accounts.remove(&account);
            }
        }
        shown
    }

    /// Forgets accounts that have changed.
    pub(crate) fn forget(&self, accounts: impl IntoIterator<Item = AccountId>) {
        for account in accounts {
            self.changes.fetch_add(1, SeqCst);
            self.accounts.remove(&account);
        }
    }

    /// Forgets all accounts: it is not known which have changed.
    pub(crate) fn forget_all(&self) {
        self.changes.fetch_add(1, SeqCst);
        self.accounts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(name: &str) -> Holder {
        let now = Timestamp::from_seconds(1);
        Holder {
            account_id: AccountId::new(now),
            expires_at: Timestamp::from_seconds(9),
            email: "ada@example.org".to_owned(),
            name: name.to_owned(),
            is_admin: false,
        }
    }

    fn session() -> SessionId {
        SessionId::new(Timestamp::from_seconds(1))
    }

    #[test]
    fn what_was_read_is_shown_until_the_account_changes() {
        let (cache, session, holder) = (ShownCache::default(), session(), holder("Ada"));
        assert_eq!(cache.get(session), None);
        let kept = cache.keep(cache.before_read(), session, &holder);
        assert_eq!(
            (&*kept.account.name, kept.expires_at),
            ("Ada", holder.expires_at)
        );
        assert_eq!(cache.get(session), Some(kept.clone()));
        cache.forget([AccountId::new(Timestamp::from_seconds(2))]);
        assert_eq!(cache.get(session), Some(kept), "another account");
        cache.forget([holder.account_id]);
        assert_eq!(cache.get(session), None);
        cache.keep(cache.before_read(), session, &holder);
        cache.forget_all();
        assert_eq!(cache.get(session), None);
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept() {
        for forget in [
            (|cache, account| cache.forget([account])) as fn(&ShownCache, AccountId),
            |cache, _| cache.forget_all(),
        ] {
            let (cache, session, old) = (ShownCache::default(), session(), holder("Ada"));
            let before = cache.before_read();
            forget(&cache, old.account_id);
            let shown = cache.keep(before, session, &old);
            assert_eq!(shown.account.name, "Ada", "it is shown once");
            assert_eq!(cache.get(session), None);
        }
    }
}
