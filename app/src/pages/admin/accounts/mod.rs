//! The page on which an administrator searches and changes accounts.

mod act;
mod query;
mod row;
mod state;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portcullis::{leptos::list_accounts, wire::AccountPage};

use super::{
    Tab,
    list::{List, Position},
    listing::Listing,
    page,
};
use crate::{components::aria, routes};
use query::{Order, Query};
use state::Accounts;

/// Renders the page.
pub(super) fn accounts() -> AnyView {
    let query = use_query_map().with_untracked(Query::of);
    let read = move || {
        let Query {
            search,
            order,
            position,
            ..
        } = query.clone();
        let order = Some(order.as_str().to_owned());
        let Position { after, before } = position;
        let accounts = list_accounts(Some(search), order, Some(after), Some(before));
        Box::pin(accounts) as _
    };
    page(Tab::Accounts, Arc::new(read), content)
}

fn content(listing: Listing<AccountPage>) -> AnyView {
    let query = use_query_map().with_untracked(Query::of);
    let accounts = Accounts::new(listing, query.clone());
    let search = search_form(&query);
    let list = List {
        listing,
        name: "accounts",
        invalid: "This page of the list cannot be shown.",
        empty: empty(&query),
        is_empty: |page| page.accounts.is_empty(),
        neighbours: |page| [page.previous.clone(), page.next.clone()],
        position: query.position.clone(),
        address: Box::new(move |position| query.page(position)),
    };
    let rows = view! {
        <ul class="entries" aria-label="Accounts" data-shown=aria::state(move || !accounts.rows().is_empty())>
            <For
                each=move || accounts.rows()
                // An account that has changed is rendered again.
                key=|account| (account.id.clone(), account.is_active, account.is_admin, account.live_sessions)
                children=move |account| row::row(accounts, account)
            />
        </ul>
    };
    view! {
        <div class="stack-wide">
            {search}
            <div
                class="notice notice-live"
                class:notice-error=move || accounts.has_failed()
                data-shown=aria::state(move || !accounts.message().is_empty())
            >
                <p role="status" data-testid="accounts-message">
                    {Signal::derive(move || accounts.message())}
                </p>
            </div>
            {list.view(rows.into_any())}
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

fn empty(query: &Query) -> String {
    if query.search.is_empty() {
        "There are no accounts on this page.".to_owned()
    } else {
        format!("No account begins with “{}”.", query.search)
    }
}
