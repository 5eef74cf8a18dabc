//! The heading of a page, which is its title too.

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use crate::title;

/// The heading of a page. It takes the focus when the page is navigated to, and so
/// screen readers read it.
#[component]
pub(crate) fn Heading(
    text: &'static str,
    /// The title where it is another one than the heading.
    #[prop(optional)]
    title: Option<&'static str>,
) -> impl IntoView {
    introduce(text, title.unwrap_or(text));
    view! { <h1 tabindex="-1">{text}</h1> }
}

/// Sets the title of the page with that heading, and moves the focus to the heading
/// after a navigation, as a page load does: the focus would stay on a link that is
/// gone.
pub(crate) fn introduce(heading: &'static str, title: &'static str) {
    #[cfg(feature = "ssr")]
    {
        let _ = heading;
        title::set(title);
    }
    #[cfg(not(feature = "ssr"))]
    if untrack(|| portcullis::leptos::use_session().is_hydrated()) {
        // The page is shown then, unless the user went on while its code was loaded.
        queue_microtask(move || {
            if shown_heading().is_some_and(|h| h.text_content().as_deref() == Some(heading)) {
                title::set(title);
                focus_heading();
            }
        });
    }
}

/// Moves the focus to the heading of the page.
pub(super) fn focus_heading() {
    if let Some(heading) = shown_heading() {
        // It fails only where the heading takes no focus.
        let _ = heading.focus();
    }
}

fn shown_heading() -> Option<HtmlElement> {
    let heading = document().query_selector("h1").ok()??;
    heading.dyn_into().ok()
}
