//! The page for unknown paths.

use leptos::prelude::*;

use crate::components::Heading;

/// The page for any other path, with status 404.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! {
        <div class="narrow stack">
            <Heading text="Page not found"/>
            <p>"The address may be mistyped, or the page may have been removed."</p>
            <p><a href="/">"Go to the front page"</a></p>
        </div>
    }
    .into_any()
}
