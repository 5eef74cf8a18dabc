//! Hands the list over from the server to the browser, in an attribute of the page, so that
//! the page is hydrated with the list that it shows.

use portcullis::wire::{ApiError, SessionList};

/// The id of the element with the attribute.
pub(super) const ID: &str = "devices-data";

/// Returns the value of the attribute: the JSON of the list, or the code of an error.
#[cfg(feature = "ssr")]
pub(super) fn write(list: &Result<SessionList, ApiError>) -> String {
    match list {
        Ok(list) => leptos::serde_json::to_string(list).unwrap_or_default(),
        Err(error) => error.code.as_str().to_owned(),
    }
}

/// Returns the value of the attribute in the page that the server rendered; `None` after a
/// navigation in the browser.
#[cfg(not(feature = "ssr"))]
pub(super) fn value() -> Option<String> {
    if portcullis::leptos::use_session().is_hydrated() {
        return None;
    }
    let element = leptos::prelude::document().get_element_by_id(ID)?;
    element.get_attribute("data-list")
}

/// Parses the value of the attribute.
#[cfg(not(feature = "ssr"))]
pub(super) fn read(value: &str) -> Result<SessionList, ApiError> {
    use portcullis::{browser::parse_json, wire::Code};

    let code = || Code::from_wire(value).unwrap_or(Code::Internal);
    parse_json(value).ok_or_else(|| code().into())
}
