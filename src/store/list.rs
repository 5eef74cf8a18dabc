//! Listing the sessions that have not ended.

use super::{Store, StoreError, connection::either::with_connection};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
    policy::Policy,
};

/// A session that has not ended, with the e-mail address of its account and its device.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct ListedRow {
    pub(crate) id: SessionId,
    pub(crate) email: String,
    /// Empty if unknown, also for a session that began before devices were stored.
    pub(crate) user_agent: String,
    /// Empty if unknown.
    pub(crate) address: String,
    pub(crate) created_at: Timestamp,
    pub(crate) handed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// The times by which a session that has not ended is live, or has expired.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LiveTimes {
    /// It expires after this time.
    pub(crate) now: Timestamp,
    /// Its refresh token was last issued after this time.
    pub(crate) issued_after: Timestamp,
    /// It began after this time.
    pub(crate) began_after: Timestamp,
}

impl LiveTimes {
    /// Returns the times for the lifetimes of today, which may have been longer when a session
    /// began or was refreshed.
    pub(crate) fn at(now: Timestamp, policy: &Policy) -> Self {
        Self {
            now,
            issued_after: now - policy.refresh_lifetime(),
            began_after: now - policy.session_lifetime(),
        }
    }
}

/// The maximum number of live sessions that are counted of one account.
pub(crate) const MAX_COUNTED: u32 = 1_000;

/// The statement that counts the live sessions of accounts, each by the index. Their ids are a
/// JSON array, which `$accounts` expands, so that there is one statement for any number of them.
/// The expression keeps the database from using the index by expiry, which has the sessions of
/// all accounts.
macro_rules! count_by_account {
    ($accounts:literal) => {
        concat!(
            "SELECT account_id,
                    (SELECT count(*) FROM
                         (SELECT 1 FROM sessions s
                          WHERE s.account_id = page.account_id AND s.ended_at IS NULL
                            AND s.expires_at + 0 > $2 AND s.handed_at > $3 AND s.created_at > $4
                          LIMIT $5) AS live) AS count
             FROM (",
            $accounts,
            ") AS page"
        )
    };
}

impl Store {
    /// Returns the live sessions of one account or of all, newest first, and at most `limit` of
    /// them.
    pub(crate) async fn live_sessions(
        &self,
        account: Option<AccountId>,
        times: LiveTimes,
        limit: u32,
    ) -> Result<Vec<ListedRow>, StoreError> {
        // Two statements, so that each can use an index of its own.
        let statement = match account {
            None => {
                "SELECT s.id, a.email, s.created_at, s.handed_at, s.expires_at,
                        coalesce(d.user_agent, '') AS user_agent,
                        coalesce(d.address, '') AS address
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                      LEFT JOIN session_devices d ON d.session_id = s.id
                 WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.handed_at > $2
                   AND s.created_at > $3
                 ORDER BY s.id DESC LIMIT $4"
            }
            Some(_) => {
                "SELECT s.id, a.email, s.created_at, s.handed_at, s.expires_at,
                        coalesce(d.user_agent, '') AS user_agent,
                        coalesce(d.address, '') AS address
                 FROM sessions s JOIN accounts a ON a.id = s.account_id
                      LEFT JOIN session_devices d ON d.session_id = s.id
                 WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.handed_at > $2
                   AND s.created_at > $3 AND s.account_id = $5
                 ORDER BY s.id DESC LIMIT $4"
            }
        };
        with_connection!(self.backend.read(), async |connection| {
            let query = sqlx::query_as(statement)
                .bind(times.now)
                .bind(times.issued_after)
                .bind(times.began_after)
                .bind(i64::from(limit));
            let query = match account {
                None => query,
                Some(account) => query.bind(account),
            };
            Ok(query.fetch_all(connection).await?)
        })
    }

    /// Returns how many live sessions each of these accounts has; at most [`MAX_COUNTED`] of
    /// an account are counted.
    pub(crate) async fn count_live_by_account(
        &self,
        accounts: &[AccountId],
        times: LiveTimes,
    ) -> Result<Vec<(AccountId, i64)>, StoreError> {
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = accounts.iter().map(ToString::to_string).collect();
        let ids = format!("[\"{}\"]", ids.join("\",\""));
        let statement = self.count_by_account_statement();
        with_connection!(self.backend.read(), async |connection| {
            let counts = sqlx::query_as(statement)
                .bind(ids)
                .bind(times.now)
                .bind(times.issued_after)
                .bind(times.began_after)
                .bind(i64::from(MAX_COUNTED))
                .fetch_all(connection)
                .await?;
            Ok(counts)
        })
    }

    pub(super) const fn count_by_account_statement(&self) -> &'static str {
        self.backend.pick(
            count_by_account!("SELECT unhex(value, '-') AS account_id FROM json_each($1)"),
            count_by_account!(
                "SELECT CAST(value AS uuid) AS account_id
                 FROM json_array_elements_text(CAST($1 AS json)) AS ids (value)"
            ),
        )
    }
}
