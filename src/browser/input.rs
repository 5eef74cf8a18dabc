//! Whether the user has entered something into the page.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event as DomEvent};

/// Marks an element into which the user has entered something, as long as it is in the page.
const EDITED: &str = "data-portcullis-edited";

/// Marked elements, without those that the browser's password manager has filled in. `:is` ignores
/// a selector that an older browser does not know.
const ENTERED: &str = "[data-portcullis-edited]:not(:is(:autofill))";

/// Marks the element of an `input` event. Events that a script sends are ignored: password
/// managers fill in sign-in forms that way.
pub(super) fn mark(event: &DomEvent) {
    let target = event.target().filter(|_| event.is_trusted());
    let element = target.and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(element) = element {
        // Fails only for an invalid attribute name.
        let _ = element.set_attribute(EDITED, "");
    }
}

/// Returns whether the page has something that the user has entered, and that would be lost with
/// the page.
pub(super) fn is_present() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.map(|document| document.query_selector(ENTERED));
    matches!(found, Some(Ok(Some(_))))
}
