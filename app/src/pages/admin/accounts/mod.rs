//! The page on which an administrator searches and changes accounts.

mod act;
mod query;
mod row;
mod state;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portcullis::{leptos::list_accounts, wire::AccountPage};

use super::{Tab, listing::Listing, no_list, page, pager};
use crate::{boxed::changing, components::aria, routes};
use query::{Order, Query};
use state::Accounts;

/// Renders the page.
pub(super) fn accounts() -> AnyView {
    let query = use_query_map().with_untracked(Query::of);
    let read = move || {
        let Query {
            search,
            order,
            after,
            ..
        } = query.clone();
        let order = Some(order.as_str().to_owned());
        let accounts = list_accounts(Some(search), order, Some(after));
        Box::pin(accounts) as _
    };
    page(Tab::Accounts, Arc::new(read), content)
}

fn content(listing: Listing<AccountPage>) -> AnyView {
    let query = use_query_map().with_untracked(Query::of);
    let accounts = Accounts::new(listing, query.clone());
    let query = StoredValue::new(query);
    let after_list = move || {
        let next = listing.with(|page| page.next.clone())?;
        let query = query.get_value();
        let next = next.map(|next| query.page(&next));
        pager(query.page(""), query.after.is_empty(), next)
    };
    view! {
        <div class="stack-wide">
            {search_form(&query.get_value())}
            <div
                class="notice notice-live"
                class:notice-error=move || accounts.has_failed()
                data-shown=aria::state(move || !accounts.message().is_empty())
            >
                <p role="status" data-testid="accounts-message">
                    {Signal::derive(move || accounts.message())}
                </p>
            </div>
            {changing(move || no_list(listing, "This page of the list cannot be shown."))}
            {changing(move || {
                let is_empty = listing.with(|page| page.accounts.is_empty())?;
                is_empty.then(|| empty(&query.get_value()))
            })}
            <ul class="entries" aria-label="Accounts" data-shown=aria::state(move || !accounts.rows().is_empty())>
                <For
                    each=move || accounts.rows()
                    // An account that has changed is rendered again.
                    key=|account| (account.id.clone(), account.is_active, account.is_admin)
                    children=move |account| row::row(accounts, account)
                />
            </ul>
            {changing(after_list)}
        </div>
    }
    .into_any()
}

/// Renders the search, and below it the order of the list, or what was searched for.
fn search_form(query: &Query) -> AnyView {
    let below = if query.search.is_empty() {
        let link = |order: Order, label: &'static str| {
            let current = (order == query.order).then_some("true");
            let address = query.ordered(order);
            view! { <a href=address rel="external" aria-current=current>{label}</a> }.into_any()
        };
        view! {
            <nav class="orders" aria-label="Order">
                {link(Order::Newest, "Newest first")}
                {link(Order::Email, "By e-mail address")}
            </nav>
        }
        .into_any()
    } else {
        view! {
            <p class="orders">
                <a href=routes::ADMIN_ACCOUNTS rel="external">"Show all accounts"</a>
            </p>
        }
        .into_any()
    };
    view! {
        <div class="stack">
            <form class="filter" method="get" action=routes::ADMIN_ACCOUNTS role="search">
                <div class="field">
                    <label for="search">"The beginning of an e-mail address"</label>
                    <div class="input-row">
                        <input
                            id="search"
                            name="search"
                            type="search"
                            value=query.search.clone()
                            maxlength="254"
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                        />
                    </div>
                </div>
                <button class="button button-main">"Search"</button>
            </form>
            {below}
        </div>
    }
    .into_any()
}

fn empty(query: &Query) -> AnyView {
    let message = if query.search.is_empty() {
        "There are no accounts on this page.".to_owned()
    } else {
        format!("No account begins with “{}”.", query.search)
    };
    view! { <p class="empty" data-testid="accounts-empty">{message}</p> }.into_any()
}
