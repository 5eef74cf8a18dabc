//! Hands the events over from the server to the browser, in an attribute of the page, so
//! that the page is hydrated with the events that it shows.

use portcullis::wire::{Code, RecentEvents};

/// The events, or the code of the error.
pub(super) type Events = Result<RecentEvents, Code>;

/// The id of the element with the attribute.
pub(super) const ID: &str = "events-data";

/// Returns the value of the attribute: the JSON of the events, or the code of an error.
#[cfg(feature = "ssr")]
pub(super) fn write(events: &Events) -> String {
    match events {
        Ok(events) => leptos::serde_json::to_string(events).unwrap_or_default(),
        Err(code) => code.as_str().to_owned(),
    }
}

/// Returns the events in the page that the server rendered; `None` after a navigation in the
/// browser.
#[cfg(not(feature = "ssr"))]
pub(super) fn read() -> Option<Events> {
    if portcullis::leptos::use_session().is_hydrated() {
        return None;
    }
    let element = leptos::prelude::document().get_element_by_id(ID)?;
    let value = element.get_attribute("data-events")?;
    let events = portcullis::browser::parse_json(&value);
    Some(events.ok_or_else(|| Code::from_wire(&value).unwrap_or(Code::Internal)))
}
