//! The page on which a user changes the password and sees the recent events.

mod events;
mod password_form;
mod strength;

use leptos::prelude::*;
use portcullis::{leptos::list_events, wire::RecentEvents};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::{
    components::Heading,
    hand_over::{PageData, with_data},
};
use events::EventList;

/// The page `/account/security`. It is empty if no user is signed in: the server redirects
/// before it renders, and in the browser the guard leaves the page.
#[wasm_split(security, fallible, preload(load_security))]
pub(crate) fn security_page() -> Result<AnyView, SplitLoaderError> {
    let page = view! {
        <Heading text="Security"/>
        {with_data(list_events, content)}
    };
    Ok(page.into_any())
}

fn content(events: Option<PageData<RecentEvents>>) -> AnyView {
    let events = EventList::new(events);
    view! {
        <div class="stack-wide side-by-side">
            {password_form::password_form(events)}
            {events.view()}
        </div>
    }
    .into_any()
}
