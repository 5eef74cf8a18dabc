//! Pages of accounts, for the administration. Deleted accounts are left out.
//!
//! Each page begins at a position and reads only its own rows, by an index, so that a page
//! costs the same however many accounts there are.

use super::{
    Store, StoreError, StoredAccount,
    connection::either::with_connection,
    page::{Page, PagePosition, limit_for},
};
use crate::{accounts::MAX_EMAIL_LEN, ids::AccountId};

/// A position in the accounts by e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EmailPosition {
    /// The e-mail address, its ASCII letters in lower case.
    pub(crate) email: String,
    pub(crate) id: AccountId,
}

impl EmailPosition {
    /// Returns the position of an account.
    pub(crate) fn of(account: &StoredAccount) -> Self {
        Self {
            email: account.email.to_ascii_lowercase(),
            id: account.id,
        }
    }
}

pub(super) const NEWEST: &str = "
    SELECT id, external_id, email, name, is_active, is_admin, created_at, last_login_at
    FROM accounts WHERE id < $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT $2";

/// The accounts before a page of [`NEWEST`], in the opposite order.
pub(super) const NEWEST_BEFORE: &str = "
    SELECT id, external_id, email, name, is_active, is_admin, created_at, last_login_at
    FROM accounts WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2";

pub(super) const EXACT: &str = "
    SELECT id, external_id, email, name, is_active, is_admin, created_at, last_login_at
    FROM accounts WHERE (id = $1 OR external_id = $2) AND deleted_at IS NULL ORDER BY id";

/// The query of a page by e-mail address. `$key` is the first key of the index.
macro_rules! by_email {
    ($key:literal) => {
        by_email!($key, ">", "<", "")
    };
    // The accounts before a page, in the opposite order.
    (before $key:literal) => {
        by_email!($key, "<", ">=", " DESC")
    };
    ($key:literal, $from:literal, $to:literal, $order:literal) => {
        concat!(
            "SELECT id, external_id, email, name, is_active, is_admin, created_at, last_login_at
             FROM accounts
             WHERE (",
            $key,
            ", id) ",
            $from,
            " ($1, $2) AND ",
            $key,
            " ",
            $to,
            " $3 AND deleted_at IS NULL
               AND id IS DISTINCT FROM $4 AND external_id IS DISTINCT FROM $5
             ORDER BY ",
            $key,
            $order,
            ", id",
            $order,
            " LIMIT $6"
        )
    };
}

impl Store {
    /// Returns a page of accounts, newest first.
    pub(crate) async fn newest_accounts(
        &self,
        position: PagePosition<AccountId>,
        len: usize,
    ) -> Result<Page<StoredAccount>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            if let PagePosition::Before(first) = position {
                let rows = sqlx::query_as(NEWEST_BEFORE)
                    .bind(first)
                    .bind(limit_for(len))
                    .fetch_all(&mut *connection)
                    .await?;
                if let Some(page) = Page::before(rows, len) {
                    return Ok(page);
                }
            }
            let last = position.after();
            let rows = sqlx::query_as(NEWEST)
                .bind(last.unwrap_or(AccountId::MAX))
                .bind(limit_for(len))
                .fetch_all(connection)
                .await?;
            Ok(Page::new(rows, len, last.is_none()))
        })
    }

    /// Returns a page of the accounts whose e-mail address begins with `text`, by e-mail
    /// address. The first page begins with the accounts that have exactly this id or external
    /// id; there are at most two.
    pub(crate) async fn accounts_by_email(
        &self,
        text: &str,
        position: PagePosition<EmailPosition>,
        len: usize,
    ) -> Result<Page<StoredAccount>, StoreError> {
        // PostgreSQL stores no NUL, and rejects one as an argument.
        if text.contains('\0') {
            return Ok(Page::empty());
        }
        let id = text.parse::<AccountId>().ok();
        let [begin, end] = prefix_range(text);
        let [forwards, backwards] = self.by_email_statements();
        with_connection!(self.backend.read(), async |connection| {
            if let PagePosition::Before(first) = &position {
                let first = first.min(&end);
                let rows = sqlx::query_as(backwards)
                    .bind(&first.email)
                    .bind(first.id)
                    .bind(&begin.email)
                    .bind(id)
                    .bind(text)
                    .bind(limit_for(len))
                    .fetch_all(&mut *connection)
                    .await?;
                if let Some(page) = Page::before(rows, len) {
                    return Ok(page);
                }
            }
            let last = position.after();
            let is_first = last.is_none();
            let mut exact: Vec<StoredAccount> = Vec::new();
            if is_first {
                exact = sqlx::query_as(EXACT)
                    .bind(id)
                    .bind(text)
                    .fetch_all(&mut *connection)
                    .await?;
            }
            let last = last.map_or(begin.clone(), |last| last.max(begin));
            let len = len.saturating_sub(exact.len());
            let rows = sqlx::query_as(forwards)
                .bind(last.email)
                .bind(last.id)
                .bind(&end.email)
                .bind(id)
                .bind(text)
                .bind(limit_for(len))
                .fetch_all(connection)
                .await?;
            let mut page = Page::new(rows, len, is_first);
            page.rows.splice(0..0, exact);
            Ok(page)
        })
    }

    /// Returns the statements of a page after an account, and of a page before one.
    pub(super) const fn by_email_statements(&self) -> [&'static str; 2] {
        [
            self.backend.pick(
                by_email!("email_lower"),
                by_email!("lower(email COLLATE \"C\")"),
            ),
            self.backend.pick(
                by_email!(before "email_lower"),
                by_email!(before "lower(email COLLATE \"C\")"),
            ),
        ]
    }
}

/// Returns the positions before and after all e-mail addresses that begin with `prefix`.
fn prefix_range(prefix: &str) -> [EmailPosition; 2] {
    let emails = [prefix.to_ascii_lowercase(), end_of_prefix(prefix)];
    emails.map(|email| EmailPosition {
        email,
        id: AccountId::MIN,
    })
}

/// Returns a string after all e-mail addresses that begin with `prefix`, and before all others
/// that are after `prefix`, in the order of their bytes.
fn end_of_prefix(prefix: &str) -> String {
    let prefix = prefix.to_ascii_lowercase();
    let mut chars = prefix.trim_end_matches(char::MAX).chars();
    let next = chars.next_back().and_then(char_after);
    match next {
        Some(next) => format!("{}{next}", chars.as_str()),
        // No address is as long.
        None => char::MAX.to_string().repeat(MAX_EMAIL_LEN),
    }
}

fn char_after(c: char) -> Option<char> {
    // The range steps over the surrogates.
    (c..=char::MAX).nth(1)
}

#[cfg(test)]
mod tests {
    use super::end_of_prefix;

    #[test]
    fn end_of_prefix_is_the_next_string() {
        for (prefix, end) in [
            ("a", "b"),
            ("Ada@", "adaA"),
            ("a\u{7f}", "a\u{80}"),
            ("\u{d7ff}", "\u{e000}"),
            ("a\u{10ffff}\u{10ffff}", "b"),
        ] {
            assert_eq!(end_of_prefix(prefix), end, "{prefix:?}");
        }
        for prefix in ["", "\u{10ffff}"] {
            assert!(end_of_prefix(prefix).len() > 254, "{prefix:?}");
        }
    }
}
