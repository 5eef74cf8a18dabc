//! The application: session, header, pages.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::{components::Router, hooks::use_location};
use portcullis::leptos::{Guard, Session, provide_session};

use crate::{
    components::{ConnectionLine, Header, Notice},
    effect::effect,
    routes::Pages,
};

/// The id of the element in which the application is rendered.
pub(crate) const CONTAINER: &str = "app";

/// Starts the session keeper and hydrates the page.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    portcullis::leptos::start();
    let container = document().get_element_by_id(CONTAINER);
    let container = container.and_then(|element| element.dyn_into().ok());
    if let Some(container) = container {
        leptos::mount::hydrate_from(container, App).forget();
    }
}

/// The root component, the same on both sides.
#[component]
pub fn App() -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos_meta::provide_meta_context();
    mark_hydrated(provide_session());
    view! {
        <Router>
            // Left to the browser, which moves the focus too; the router only scrolls.
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
            <FocusHeading/>
        </Router>
    }
}

/// Lets style sheets and tests see that the page reacts to its user.
fn mark_hydrated(session: Session) {
    effect(move || {
        let root = document().document_element();
        if let Some(root) = root.filter(|_| session.is_hydrated()) {
            // It fails for invalid names alone.
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}

/// Puts the focus on the heading of a page that was navigated to, as a page load
/// would start anew: else it stays on a link that is gone.
#[component]
fn FocusHeading() -> impl IntoView {
    let location = use_location();
    let mut before = None;
    effect(move || {
        let path = location.pathname.get();
        let before = before.replace(path.clone());
        if before.is_some_and(|before| before != path) {
            request_animation_frame(focus_heading);
        }
    });
}

/// Puts the focus on the heading of the page.
pub(crate) fn focus_heading() {
    let heading = document().query_selector("h1").ok().flatten();
    if let Some(heading) = heading.and_then(|h| h.dyn_into::<leptos::web_sys::HtmlElement>().ok()) {
        // It can only fail where the heading takes no focus.
        let _ = heading.focus();
    }
}
