//! Pages of accounts, for the administration. Deleted accounts are left out.
//!
//! Each page begins at a position and reads only its own rows, by an index, so that a page
//! costs the same however many accounts there are.

use super::{
    Store, StoreError, StoredAccount,
    connection::either::with_connection,
    page::{Page, limit_for},
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
    /// Returns the position before all addresses that begin with `prefix`.
    fn before(prefix: &str) -> Self {
        Self {
            email: prefix.to_ascii_lowercase(),
            id: AccountId::MIN,
        }
    }

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

pub(super) const EXACT: &str = "
    SELECT id, external_id, email, name, is_active, is_admin, created_at, last_login_at
    FROM accounts WHERE (id = $1 OR external_id = $2) AND deleted_at IS NULL ORDER BY id";

/// The query of a page by e-mail address. `$key` is the first key of the index.
macro_rules! by_email {
    ($key:literal) => {
        concat!(
            "SELECT id, external_id, email, name, is_active, is_admin, created_at, last_login_at
             FROM accounts
             WHERE (",
            $key,
            ", id) > ($1, $2) AND ",
            $key,
            " < $3 AND deleted_at IS NULL
               AND id IS DISTINCT FROM $4 AND external_id IS DISTINCT FROM $5
             ORDER BY ",
            $key,
            ", id LIMIT $6"
        )
    };
}

impl Store {
    /// Returns the accounts that were created before this one, newest first.
    pub(crate) async fn newest_accounts(
        &self,
        before: Option<AccountId>,
        len: usize,
    ) -> Result<Page<StoredAccount>, StoreError> {
        with_connection!(self.backend.read(), async |connection| {
            let rows = sqlx::query_as(NEWEST)
                .bind(before.unwrap_or(AccountId::MAX))
                .bind(limit_for(len))
                .fetch_all(connection)
                .await?;
            Ok(Page::new(rows, len))
        })
    }

    /// Returns the accounts after a position whose e-mail address begins with `text`, by
    /// e-mail address. The first page begins with the accounts that have exactly this id or
    /// external id; there are at most two.
    pub(crate) async fn accounts_by_email(
        &self,
        text: &str,
        after: Option<EmailPosition>,
        len: usize,
    ) -> Result<Page<StoredAccount>, StoreError> {
        // PostgreSQL stores no NUL, and rejects one as an argument.
        if text.contains('\0') {
            return Ok(Page::empty());
        }
        let id = text.parse::<AccountId>().ok();
        let is_first = after.is_none();
        let begin = EmailPosition::before(text);
        let after = after.map_or(begin.clone(), |after| after.max(begin));
        let statement = self.by_email_statement();
        with_connection!(self.backend.read(), async |connection| {
            let mut exact: Vec<StoredAccount> = Vec::new();
            if is_first {
                exact = sqlx::query_as(EXACT)
                    .bind(id)
                    .bind(text)
                    .fetch_all(&mut *connection)
                    .await?;
            }
            let len = len.saturating_sub(exact.len());
            let rows = sqlx::query_as(statement)
                .bind(after.email)
                .bind(after.id)
                .bind(end_of_prefix(text))
                .bind(id)
                .bind(text)
                .bind(limit_for(len))
                .fetch_all(connection)
                .await?;
            let mut page = Page::new(rows, len);
            page.rows.splice(0..0, exact);
            Ok(page)
        })
    }

    pub(super) const fn by_email_statement(&self) -> &'static str {
        self.backend.pick(
            by_email!("email_lower"),
            by_email!("lower(email COLLATE \"C\")"),
        )
    }
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
