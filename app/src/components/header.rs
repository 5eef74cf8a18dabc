//! The head of every page: the mark, the ways to go, and who is signed in.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use portcullis::leptos::use_session;

use super::{SignOut, mark::Mark};
use crate::{
    routes,
    whole::{turns, whole},
};

/// Rendered with the page for whom the page is: right at first paint.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let session = use_session();
    whole(view! {
        <header class="site-header">
            <a class="brand" href=routes::HOME><Mark/>"Portcullis"</a>
            <nav class="site-nav" aria-label="Main">
                {turns(move || Some(match session.account() {
                    Some(_) => whole(view! {
                        {link(routes::ACCOUNT, "Account")}
                        <SignOut/>
                    }),
                    None => whole(view! {
                        {link(routes::LOGIN, "Sign in")}
                        {link(routes::REGISTER, "Register")}
                    }),
                }))}
            </nav>
        </header>
    })
}

/// A link that says so on the page that it leads to, and on those below it.
fn link(href: &'static str, label: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let current = Signal::derive(move || {
        let is_here = routes::is_below(&path.get(), href);
        is_here.then_some("page")
    });
    whole(view! { <a href=href aria-current=current>{label}</a> })
}
