//! What the lists of the administration have in common: the state of a list that is loading,
//! has failed or is empty, and the links to its other pages.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use portcullis::wire::Code;

use super::listing::Listing;
use crate::{boxed::changing, hand_over::Loadable};

/// The position of a page in its list, in the query of the page: after a row or before one, or
/// at the beginning if both are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) after: String,
    pub(super) before: String,
}

impl Position {
    pub(super) fn of(query: &ParamsMap) -> Self {
        let text = |name| query.get_str(name).unwrap_or_default().trim().to_owned();
        Self {
            after: text("after"),
            before: text("before"),
        }
    }

    pub(super) fn after(cursor: String) -> Self {
        Self {
            after: cursor,
            before: String::new(),
        }
    }

    pub(super) fn before(cursor: String) -> Self {
        Self {
            after: String::new(),
            before: cursor,
        }
    }

    /// Returns the fields of the query.
    pub(super) fn fields(&self) -> [(&'static str, &str); 2] {
        [("after", &self.after), ("before", &self.before)]
    }

    fn is_first(&self) -> bool {
        *self == Self::default()
    }
}

/// A list, with the words and addresses that differ from those of another list.
pub(super) struct List<T: Loadable> {
    pub(super) listing: Listing<T>,
    /// The name of the list in `data-testid`.
    pub(super) name: &'static str,
    /// The message for a query that the server does not understand.
    pub(super) invalid: &'static str,
    /// The message if the page has no rows.
    pub(super) empty: String,
    pub(super) is_empty: fn(&T) -> bool,
    /// Returns the positions of the page before this one and of the page after it.
    pub(super) neighbours: fn(&T) -> [Option<String>; 2],
    pub(super) position: Position,
    /// Returns the address of the page at a position.
    pub(super) address: Box<dyn Fn(&Position) -> String + Send>,
}

impl<T: Loadable> List<T> {
    /// Renders the list around its rows.
    pub(super) fn view(self, rows: AnyView) -> AnyView {
        let Self {
            listing,
            name,
            invalid,
            empty,
            is_empty,
            neighbours,
            position,
            address,
        } = self;
        let state = move || {
            let is_empty = listing.with(is_empty);
            if is_empty == Some(true) {
                let view = view! { <p class="empty" data-testid=format!("{name}-empty")>{empty.clone()}</p> };
                return Some(view.into_any());
            }
            no_list(listing, invalid)
        };
        let pages = move || {
            let [previous, next] = listing.with(neighbours)?;
            // A page without rows does not know the page before it.
            let is_first = previous.is_none() && (next.is_some() || position.is_first());
            let link = |position, label, rel: &'static str| {
                let address = address(&position);
                view! { <a class="button" href=address rel=rel>{label}</a> }.into_any()
            };
            let links: Vec<AnyView> = [
                (!is_first).then(|| link(Position::default(), "First page", "external")),
                previous.map(|row| link(Position::before(row), "Previous page", "prev external")),
                next.map(|row| link(Position::after(row), "Next page", "next external")),
            ]
            .into_iter()
            .flatten()
            .collect();
            if links.is_empty() {
                return None;
            }
            let view = view! { <nav class="actions" aria-label="Pages">{links}</nav> };
            Some(view.into_any())
        };
        view! {
            {changing(state)}
            {rows}
            {changing(pages)}
        }
        .into_any()
    }
}

/// Renders the state of data that are not there: they are loading, or reading them has failed.
/// `invalid` is the message for a query that the server does not understand.
pub(super) fn no_list<T: Loadable>(listing: Listing<T>, invalid: &'static str) -> Option<AnyView> {
    if listing.is_loading() {
        let view = view! { <p class="card list-loading" aria-busy="true">"Loading …"</p> };
        return Some(view.into_any());
    }
    let code = listing.error()?;
    let is_invalid = code == Code::InvalidInput;
    let message = if is_invalid { invalid } else { code.message() };
    let retry = (!is_invalid)
        .then(|| view! { <a class="button" rel="external" href="">"Try again"</a> }.into_any());
    let view = view! {
        <div class="notice notice-error" role="alert" data-testid="list-failed">
            <p>{message}</p>
            {retry}
        </div>
    };
    Some(view.into_any())
}
