//! The state of the page: the list, and the result of the last act.

use leptos::{
    ev::SubmitEvent, prelude::*, task::spawn_local_scoped_with_cancellation, wasm_bindgen::JsCast,
    web_sys::HtmlFormElement,
};
use portcullis::{
    browser::{RefreshingClient, send_form},
    wire::{AccountAct, AccountPage, Done, ListedAccount, paths},
};

use super::{super::listing::Listing, act::is_done, query::Query};
use crate::components::focus_heading;

/// The list and the result of the last act.
#[derive(Clone, Copy)]
pub(super) struct Accounts {
    listing: Listing<AccountPage>,
    query: StoredValue<Query>,
    message: RwSignal<&'static str>,
    has_failed: RwSignal<bool>,
    is_pending: RwSignal<bool>,
}

impl Accounts {
    pub(super) fn new(listing: Listing<AccountPage>, query: Query) -> Self {
        let message = listing.with(|page| message_of(&page.accounts, &query));
        Self {
            listing,
            message: RwSignal::new(message.flatten().unwrap_or_default()),
            query: StoredValue::new(query),
            has_failed: RwSignal::new(false),
            is_pending: RwSignal::new(false),
        }
    }

    /// Returns the accounts of the page.
    pub(super) fn rows(self) -> Vec<ListedAccount> {
        let rows = self.listing.with(|page| page.accounts.clone());
        rows.unwrap_or_default()
    }

    /// Returns the result of the last act; empty if there was none.
    pub(super) fn message(self) -> String {
        self.message.get().to_owned()
    }

    pub(super) fn has_failed(self) -> bool {
        self.has_failed.get()
    }

    pub(super) fn is_pending(self) -> bool {
        self.is_pending.get()
    }

    /// Returns the page to which the form without JavaScript leads.
    pub(super) fn next(self, act: AccountAct, account: &str) -> String {
        self.query.with_value(|query| query.after_act(act, account))
    }

    /// Sends the form of an act by script, and shows its result and the new list.
    pub(super) fn submit(self, event: &SubmitEvent, account: &str, act: AccountAct) {
        event.prevent_default();
        let form = event.target().map(JsCast::dyn_into::<HtmlFormElement>);
        let Some(Ok(form)) = form.filter(|_| !self.is_pending.get_untracked()) else {
            return;
        };
        self.is_pending.set(true);
        let path = paths::account_act(account, act);
        spawn_local_scoped_with_cancellation(async move {
            let result = send_form::<RefreshingClient, Done>(&path, &form).await;
            // The list is first: a row that changed closes, and the message invites to act again.
            self.listing.reload().await;
            self.is_pending.set(false);
            self.has_failed.set(result.is_err());
            self.message.set(match &result {
                Ok(_) => act.message(),
                Err(error) => error.code.message(),
            });
            // The message is below the heading, and the button that had the focus may have
            // disappeared.
            focus_heading();
        });
    }
}

/// Returns the message for what a form without JavaScript has done. The address may be a link
/// of another site: its claim has to agree with the list.
fn message_of(accounts: &[ListedAccount], query: &Query) -> Option<&'static str> {
    let (act, id) = query.done.as_ref()?;
    let account = accounts.iter().find(|account| account.id == *id)?;
    is_done(account, *act).then(|| act.message())
}
