//! The head of every page: the mark, the ways to go, and who is signed in.

use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_location;
use portcullis::leptos::use_session;

use super::{SignOut, mark::Mark};
use crate::routes;

/// Rendered with the page for whom the page is: right at first paint.
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

/// A link that says so on the page that it leads to, and on those below it.
fn link(href: &'static str, label: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let current = Signal::derive(move || {
        let is_here = routes::is_below(&path.get(), href);
        is_here.then_some("page")
    });
    view! { <a href=href aria-current=current>{label}</a> }
}
