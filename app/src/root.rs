//! The application: session, header, pages.

use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use leptos::wasm_bindgen::JsCast;
use leptos_router::components::Router;
use portcullis::leptos::{Guard, Session, provide_session};

use crate::{
    boxed::effect,
    components::{ConnectionLine, Header, Notice},
    routes::Pages,
};

/// The id of the element in which the application is rendered.
pub(crate) const CONTAINER: &str = "app";

/// Starts the session keeper, loads the code of the page and hydrates the page.
///
/// All code is loaded before hydration begins: `hydrate_from` cannot wait for code, and
/// `hydrate_lazy`, which can, would add to every first load. If the code cannot be loaded,
/// the page stays as the server sent it and works as it does without JavaScript.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    portcullis::leptos::start();
    let path = window().location().pathname().unwrap_or_default();
    let Some(page) = crate::routes::lazy_page(&path) else {
        return hydrate_container();
    };
    wasm_bindgen_futures::spawn_local(async move {
        if (page.load)().await.is_ok() {
            hydrate_container();
        }
    });
}

#[cfg(feature = "hydrate")]
fn hydrate_container() {
    let container = document().get_element_by_id(CONTAINER);
    let container = container.and_then(|element| element.dyn_into().ok());
    if let Some(container) = container {
        leptos::mount::hydrate_from(container, App).forget();
    }
}

/// The root component, the same on the server and in the browser.
#[component]
pub fn App() -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos_meta::provide_meta_context();
    mark_hydrated(provide_session());
    view! {
        <Router>
            // The browser handles this link, because it also moves the focus; the router
            // would only scroll.
            <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
            <Header/>
            <Notice/>
            <main id="main" tabindex="-1" class="page">
                <Pages/>
            </main>
            <footer class="site-footer">
                <p>"Your tokens stay in cookies that no script can read."</p>
            </footer>
            <ConnectionLine/>
            <Guard/>
        </Router>
    }
}

/// Marks the document as hydrated, for style sheets and tests.
fn mark_hydrated(session: Session) {
    effect(move || {
        let root = document().document_element();
        if let Some(root) = root.filter(|_| session.is_hydrated()) {
            // It fails only for an invalid name.
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}
