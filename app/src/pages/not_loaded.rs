//! The page that is shown if the code of a page could not be loaded.

use leptos::prelude::*;

use crate::components::set_title_and_focus;

const HEADING: &str = "This page could not be loaded";

/// Renders the page. It is shown while the browser is offline, and after an update of the
/// server, which then no longer serves the code for the version in this tab. The link
/// loads the page as a document.
pub(crate) fn not_loaded() -> AnyView {
    set_title_and_focus(HEADING, HEADING);
    // All of the view is literal, so that it is compiled to one string.
    view! {
        <div class="narrow stack">
            <h1 tabindex="-1">"This page could not be loaded"</h1>
            <p>"Your connection may be down, or the application may have been updated."</p>
            <p class="actions"><a class="button button-main" rel="external" href="">"Try again"</a></p>
        </div>
    }
    .into_any()
}
