//! In place of a page of which the code could not be loaded.

use leptos::prelude::*;

use crate::components::introduce;

const HEADING: &str = "This page could not be loaded";

/// What is shown while offline, and after an update of the server: it has no code any
/// more for the version that this tab runs. The link loads the page as a document.
pub(super) fn not_loaded() -> AnyView {
    introduce(HEADING, HEADING);
    // All of it is literal, so that it is compiled as one string.
    view! {
        <div class="narrow stack">
            <h1 tabindex="-1">"This page could not be loaded"</h1>
            <p>"The connection may be down, or this application was updated."</p>
            <p class="actions"><a class="button button-main" rel="external" href="">"Try again"</a></p>
        </div>
    }
    .into_any()
}
