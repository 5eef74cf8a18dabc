//! The page on which an administrator reads the audit trail.

mod filter;
mod query;
mod row;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portcullis::{
    leptos::list_audit_events,
    wire::{EventPage, ListedEvent, paths},
};

use super::{
    Tab,
    list::{List, Position},
    listing::Listing,
    page,
};
use crate::{boxed::changing, routes};
use query::Query;

const INVALID: &str =
    "Check the filter: there is no such account, or a day or the id of a request is not valid.";

/// Renders the page.
pub(super) fn events() -> AnyView {
    let query = use_query_map().with_untracked(Query::of);
    let read = move || {
        let Query {
            kind,
            account,
            from,
            to,
            request,
            position: Position { after, before },
        } = query.clone();
        let [kind, account, from, to, request, after, before] =
            [kind, account, from, to, request, after, before].map(Some);
        let events = list_audit_events(kind, account, from, to, request, after, before);
        Box::pin(events) as _
    };
    page(Tab::Events, Arc::new(read), content)
}

fn content(listing: Listing<EventPage>) -> AnyView {
    let query = use_query_map().with_untracked(Query::of);
    let filter = filter::filter(&query);
    let file = query.address(paths::ADMIN_EVENTS_CSV, &Position::default());
    let empty = if query.is_filtered() {
        "No event matches this filter."
    } else {
        "There are no events on this page."
    };
    let list = List {
        listing,
        name: "events",
        invalid: INVALID,
        empty: empty.to_owned(),
        is_empty: |page| page.events.is_empty(),
        neighbours: |page| [page.previous.clone(), page.next.clone()],
        position: query.position.clone(),
        address: Box::new(move |position| query.address(routes::ADMIN_EVENTS, position)),
    };
    let rows = changing(move || listing.with(|page| rows(&page.events)).flatten());
    view! {
        <div class="stack-wide">
            {filter}
            {list.view(rows.into_any())}
            {changing(move || listing.with(|page| !page.events.is_empty())?.then(|| download(&file)))}
        </div>
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

fn rows(events: &[ListedEvent]) -> Option<AnyView> {
    if events.is_empty() {
        return None;
    }
    let rows: Vec<AnyView> = events.iter().map(row::row).collect();
    let view = view! {
        <ol class="entries" aria-label="Events" data-testid="admin-events" data-shown="true">
            {rows}
        </ol>
    };
    Some(view.into_any())
}
