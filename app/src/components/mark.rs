//! The logo: a portcullis in its arch, the same drawing as `public/favicon.svg`.

use leptos::prelude::*;

const DRAWING: &str = r#"<path d="M4 28V15a12 12 0 0 1 24 0v13"/><path d="M10 9.5V25M16 7v21M22 9.5V25M5 14h22M5 20h22"/>"#;

/// Renders the logo.
#[component]
pub(super) fn Mark() -> impl IntoView {
    view! { <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" inner_html=DRAWING></svg> }
}
