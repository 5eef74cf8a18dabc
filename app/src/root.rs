//! The application: session, header, pages, and the guard of protected pages.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos_router::{
    NavigateOptions,
    components::Router,
    hooks::{use_location, use_navigate},
};

use portcullis::wire::Code;

use crate::{
    components::{ConnectionLine, Header, Notice},
    effect::effect,
    routes::{self, Pages},
    session::{self, use_session},
};

/// The root component, the same on both sides.
#[component]
pub fn App() -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos_meta::provide_meta_context();
    session::provide();
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

/// Leaves a protected page as soon as nobody is signed in. The server does the
/// same for page loads; no data depend on either.
#[component]
fn Guard() -> impl IntoView {
    let session = use_session();
    let location = use_location();
    let navigate = use_navigate();
    effect(move || {
        let path = location.pathname.get();
        if session.is_signed_in() || !routes::is_protected(&path) {
            return;
        }
        // A link to the page has not entered the history yet; going back to it
        // has, and must not be gone back to again.
        let replace = location_pathname().as_ref() == Some(&path);
        // Told on the page that it leads to, also after a reload.
        let reason = session.notice().get_untracked();
        if reason.is_some_and(Code::is_reason) {
            session.notice().set(None);
        }
        let login = routes::login_for(&path, &location.search.get_untracked(), reason);
        navigate(
            &login,
            NavigateOptions {
                replace,
                ..NavigateOptions::default()
            },
        );
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
