//! The header of every page: the logo and the navigation.

use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_location;
use portcullis::leptos::use_session;

use super::{SignOut, mark::Mark};
use crate::routes;

/// Renders the header. The server already renders it for the signed-in user, so it is
/// correct at first paint.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let session = use_session();
    view! {
        <header class="site-header">
            <a class="brand" href="/"><Mark/>"Portcullis"</a>
            <nav class="site-nav" aria-label="Main">
                {move || match session.account() {
                    Some(_) => Either::Left(view! {
                        {link(routes::ACCOUNT, "Account")}
                        <SignOut/>
                    }),
                    None => Either::Right(view! {
                        {link(routes::LOGIN, "Sign in")}
                        {link(routes::REGISTER, "Register")}
                    }),
                }}
            </nav>
        </header>
    }
}

/// Renders a link that is marked as current on its page and on all pages below it.
fn link(href: &'static str, label: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let current = Signal::derive(move || {
        let is_here = routes::is_below(&path.get(), href);
        is_here.then_some("page")
    });
    view! { <a href=href aria-current=current>{label}</a> }
}
