//! Reading accounts and the audit trail in pages, for the administration.

use super::Accounts;
use crate::{
    ids::AccountId,
    store::{EmailPosition, EventFilter, EventPosition, EventRow, Page, StoreError, StoredAccount},
};

impl Accounts {
    /// Returns the accounts that were created before this one, newest first.
    pub(crate) async fn newest(
        &self,
        before: Option<AccountId>,
        len: usize,
    ) -> Result<Page<StoredAccount>, StoreError> {
        self.store.newest_accounts(before, len).await
    }

    /// Returns the accounts after a position whose e-mail address begins with `text`, by
    /// e-mail address; first those with exactly this id or external id.
    pub(crate) async fn by_email(
        &self,
        text: &str,
        after: Option<EmailPosition>,
        len: usize,
    ) -> Result<Page<StoredAccount>, StoreError> {
        self.store.accounts_by_email(text, after, len).await
    }

    /// Returns the events before a position, newest first.
    pub(crate) async fn events(
        &self,
        filter: &EventFilter,
        before: Option<EventPosition>,
        len: usize,
    ) -> Result<Page<EventRow>, StoreError> {
        self.store.events(filter, before, len).await
    }
}
