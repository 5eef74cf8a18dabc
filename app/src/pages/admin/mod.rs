//! The pages of the administration. Each is for administrators only: the server reads its data
//! for no other user, who gets a page that says so, with status 403.

mod accounts;
mod address;
mod events;
mod invitations;
mod list;
mod listing;
mod overview;

use leptos::prelude::*;
use portcullis::wire::Code;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::{
    boxed::changing,
    components::Heading,
    hand_over::{Loadable, with_data},
    routes,
};
use listing::{Listing, Read};

/// A page of the administration.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Accounts,
    Invitations,
    Events,
}

impl Tab {
    const ALL: [Self; 4] = [
        Self::Overview,
        Self::Accounts,
        Self::Invitations,
        Self::Events,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Overview => routes::ADMIN,
            Self::Accounts => routes::ADMIN_ACCOUNTS,
            Self::Invitations => routes::ADMIN_INVITATIONS,
            Self::Events => routes::ADMIN_EVENTS,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Accounts => "Accounts",
            Self::Invitations => "Invitations",
            Self::Events => "Events",
        }
    }
}

/// Renders a page of the administration. It is empty if no user is signed in: the server
/// redirects before it renders, and in the browser the guard leaves the page.
///
/// All pages of the administration are in one chunk, because they share most of their code.
#[wasm_split(admin, fallible, preload(load_admin))]
pub(crate) fn admin_page(tab: Tab) -> Result<AnyView, SplitLoaderError> {
    Ok(match tab {
        Tab::Overview => overview::overview(),
        Tab::Accounts => accounts::accounts(),
        Tab::Invitations => invitations::invitations(),
        Tab::Events => events::events(),
    })
}

/// Renders a page with the data that `read` returns; `content` renders
/// the data. The server has read them already, except after a navigation by script.
fn page<T: Loadable>(tab: Tab, read: Read<T>, content: fn(Listing<T>) -> AnyView) -> AnyView {
    let on_server = read.clone();
    with_data(
        move || on_server(),
        move |data| {
            let listing = Listing::new(data, read.clone());
            let is_forbidden = Memo::new(move |_| listing.error() == Some(Code::Forbidden));
            let page = changing(move || {
                let is_forbidden = is_forbidden.get();
                // The content follows the data by itself.
                Some(untrack(|| {
                    if is_forbidden {
                        forbidden()
                    } else {
                        allowed(tab, content(listing))
                    }
                }))
            });
            page.into_any()
        },
    )
}

fn allowed(tab: Tab, content: AnyView) -> AnyView {
    // Each link loads a document: the router would not render a page again if only its query
    // changes.
    let link = |other: Tab| {
        let current = (other == tab).then_some("page");
        view! { <a href=other.path() rel="external" aria-current=current>{other.label()}</a> }
            .into_any()
    };
    let links: Vec<AnyView> = Tab::ALL.into_iter().map(link).collect();
    view! {
        <Heading text=tab.label() title=tab.label()/>
        <nav class="tabs" aria-label="Administration">{links}</nav>
        {content}
    }
    .into_any()
}

/// Renders the page for a user who is no administrator.
fn forbidden() -> AnyView {
    view! {
        <div class="narrow stack" data-testid="forbidden">
            <Heading text="You may not open this page"/>
            <p>"This page is for administrators only."</p>
            <p class="actions"><a class="button" href=routes::ACCOUNT>"Go to your account"</a></p>
        </div>
    }
    .into_any()
}
