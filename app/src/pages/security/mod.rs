//! The page on which a user changes the password and sees the recent events.

mod events;
mod hand_over;
mod password_form;
mod strength;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use portcullis::leptos::use_session;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::not_loaded::not_loaded;
#[cfg(not(feature = "ssr"))]
use crate::boxed::changing;
use crate::components::Heading;
use events::EventList;
use hand_over::Events;

/// The page `/account/security`. It is empty if no user is signed in: the server redirects
/// before it renders, and in the browser the guard leaves the page.
pub(crate) struct SecurityPage;

impl LazyRoute for SecurityPage {
    fn data() -> Self {
        Self
    }

    async fn view(_: Self) -> AnyView {
        security_page().await.unwrap_or_else(|_| not_loaded())
    }
}

#[wasm_split(security, fallible, preload(load_security))]
pub(crate) fn security_page() -> Result<AnyView, SplitLoaderError> {
    let page = view! {
        <Heading text="Security"/>
        {page()}
    };
    Ok(page.into_any())
}

/// Renders the page with the events, which the server reads first. A lazy page cannot wait
/// for them on the server (`flat_router.rs` of the router panics), but a part of it can.
#[cfg(feature = "ssr")]
fn page() -> AnyView {
    let session = use_session();
    Suspend::new(async move {
        if !session.is_signed_in() {
            return None;
        }
        let events = portcullis::leptos::list_events().await;
        let events = events.map_err(|error| error.code);
        let handed_over = hand_over::write(&events);
        Some(content(Some(events), handed_over))
    })
    .into_any()
}

/// Renders the page with the events that the server has handed over, or requests them.
#[cfg(not(feature = "ssr"))]
fn page() -> AnyView {
    let session = use_session();
    let events = StoredValue::new(hand_over::read());
    changing(move || {
        session
            .is_signed_in()
            .then(|| content(events.get_value(), String::new()))
    })
    .into_any()
}

fn content(events: Option<Events>, handed_over: String) -> AnyView {
    let events = EventList::new(events);
    view! {
        <div class="stack-wide">
            {password_form::password_form(events)}
            {events.view(handed_over)}
        </div>
    }
    .into_any()
}
