//! The page on which an administrator reads the audit trail.

mod query;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portcullis::{
    leptos::list_audit_events,
    wire::{EventKind, EventPage, ListedEvent, paths},
};

use super::{Tab, address::address, listing::Listing, no_list, page, pager};
use crate::{boxed::changing, components::Moment, routes};
use query::Query;

const INVALID: &str = "Check the filter: there is no such account, or a day is not valid.";

/// Renders the page.
pub(super) fn events() -> AnyView {
    let query = use_query_map().with_untracked(Query::of);
    let read = move || {
        let Query {
            kind,
            account,
            from,
            to,
            after,
        } = query.clone();
        let [kind, account, from, to, after] = [kind, account, from, to, after].map(Some);
        Box::pin(list_audit_events(kind, account, from, to, after)) as _
    };
    page(Tab::Events, Arc::new(read), content)
}

fn content(listing: Listing<EventPage>) -> AnyView {
    let query = use_query_map().with_untracked(Query::of);
    let (filter, file) = (filter(&query), query.address(paths::ADMIN_EVENTS_CSV, ""));
    let is_filtered = query.is_filtered();
    let after_list = move || {
        let next = listing.with(|page| page.next.clone())?;
        let next = next.map(|next| query.address(routes::ADMIN_EVENTS, &next));
        let first = query.address(routes::ADMIN_EVENTS, "");
        pager(first, query.after.is_empty(), next)
    };
    view! {
        <div class="stack-wide">
            {filter}
            {changing(move || no_list(listing, INVALID))}
            {changing(move || listing.with(|page| rows(&page.events, is_filtered)))}
            {changing(after_list)}
            {changing(move || listing.with(|page| !page.events.is_empty())?.then(|| download(&file)))}
        </div>
    }
    .into_any()
}

fn filter(query: &Query) -> AnyView {
    let kinds = EventKind::ALL
        .iter()
        .filter(|kind| **kind != EventKind::Other);
    let kinds: Vec<AnyView> = kinds
        .map(|kind| {
            let is_selected = kind.as_str() == query.kind;
            view! { <option value=kind.as_str() selected=is_selected>{kind.message()}</option> }
                .into_any()
        })
        .collect();
    let day = |name: &'static str, label: &'static str, value: &str| {
        view! {
            <div class="field">
                <label for=name>{label}</label>
                <div class="input-row">
                    <input id=name name=name type="date" value=value.to_owned()/>
                </div>
            </div>
        }
        .into_any()
    };
    let all = query.is_filtered().then(|| {
        view! { <a class="button" href=routes::ADMIN_EVENTS rel="external">"Show all events"</a> }
            .into_any()
    });
    view! {
        <form class="filter filter-wide" method="get" action=routes::ADMIN_EVENTS role="search">
            <div class="field">
                <label for="kind">"Event"</label>
                <div class="input-row">
                    <select id="kind" name="kind">
                        <option value="">"All events"</option>
                        {kinds}
                    </select>
                </div>
            </div>
            <div class="field">
                <label for="account">"E-mail address or id of an account"</label>
                <div class="input-row">
                    <input
                        id="account"
                        name="account"
                        value=query.account.clone()
                        maxlength="254"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                    />
                </div>
            </div>
            {day("from", "First day (UTC)", &query.from)}
            {day("to", "Last day (UTC)", &query.to)}
            <div class="actions">
                <button class="button button-main">"Show events"</button>
                {all}
            </div>
        </form>
    }
    .into_any()
}

fn download(file: &str) -> AnyView {
    view! {
        <p class="actions">
            <a class="button" href=file.to_owned() rel="external" download="events.csv">
                "Download as CSV"
            </a>
        </p>
    }
    .into_any()
}

fn rows(events: &[ListedEvent], is_filtered: bool) -> AnyView {
    if events.is_empty() {
        let message = if is_filtered {
            "No event matches this filter."
        } else {
            "There are no events on this page."
        };
        return view! { <p class="empty" data-testid="events-empty">{message}</p> }.into_any();
    }
    let rows: Vec<AnyView> = events.iter().map(row).collect();
    view! { <ol class="entries" aria-label="Events" data-testid="admin-events" data-shown="true">{rows}</ol> }
        .into_any()
}

fn row(event: &ListedEvent) -> AnyView {
    let account = event.account_id.as_ref().map(|id| {
        let label = called(id, &event.account_email);
        let address = address(routes::ADMIN_EVENTS, &[("account", id)]);
        view! { <a href=address rel="external">{label}</a> }.into_any()
    });
    let actor = event.actor_id.as_ref().map(|id| {
        let label = called(id, &event.actor_email);
        view! { <p class="entry-note">"By "{label}</p> }.into_any()
    });
    let session = event.session_id.as_ref().map(|id| {
        view! { <p class="entry-note">"Session "<span class="id">{id.clone()}</span></p> }
            .into_any()
    });
    view! {
        <li class="entry event">
            <p><strong>{event.event.message()}</strong></p>
            <p class="event-time"><Moment seconds=event.at/></p>
            <p class="event-account">{account}</p>
            {actor}
            {session}
        </li>
    }
    .into_any()
}

/// Returns what an account is called: by its id if it has no e-mail address, or was deleted.
fn called(id: &str, email: &str) -> String {
    if email.is_empty() { id } else { email }.to_owned()
}
