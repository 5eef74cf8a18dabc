//! The heading of a page, which is its title too.

use leptos::prelude::*;

use crate::title;

/// Takes the focus when the page is navigated to, and so is read out.
#[component]
pub(crate) fn Heading(
    text: &'static str,
    /// The title where it is another one than the heading.
    #[prop(optional)]
    title: Option<&'static str>,
) -> impl IntoView {
    title::set(title.unwrap_or(text));
    view! { <h1 tabindex="-1">{text}</h1> }
}
