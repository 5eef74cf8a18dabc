//! The heading of a page, which is also its title.

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use crate::title;

/// Renders the heading of a page. It takes the focus after a navigation to the page, so
/// that screen readers announce it.
#[component]
pub(crate) fn Heading(
    text: &'static str,
    /// The title, if it differs from the heading.
    #[prop(optional)]
    title: Option<&'static str>,
) -> impl IntoView {
    set_title_and_focus(text, title.unwrap_or(text));
    view! { <h1 tabindex="-1">{text}</h1> }
}

/// Sets the title of the page with this heading. After a navigation it also moves the
/// focus to the heading, because the focused link may have been removed with the previous
/// page.
pub(crate) fn set_title_and_focus(heading: &'static str, title: &'static str) {
    #[cfg(feature = "ssr")]
    {
        let _ = heading;
        title::set(title);
    }
    #[cfg(not(feature = "ssr"))]
    if untrack(|| portcullis::leptos::use_session().is_hydrated()) {
        // By then the page is shown, unless the user has navigated to another page while
        // its code was loading.
        queue_microtask(move || {
            if shown_heading().is_some_and(|h| h.text_content().as_deref() == Some(heading)) {
                title::set(title);
                focus_heading();
            }
        });
    }
}

/// Moves the focus to the heading of the page.
pub(crate) fn focus_heading() {
    if let Some(heading) = shown_heading() {
        // It fails only if the heading cannot take the focus.
        let _ = heading.focus();
    }
}

fn shown_heading() -> Option<HtmlElement> {
    let heading = document().query_selector("h1").ok()??;
    heading.dyn_into().ok()
}
