//! The head of every page: the mark, the ways to go, and who is signed in.

use leptos::{either::Either, prelude::*};
use leptos_router::components::A;

use super::{SignOut, mark::Mark};
use crate::{routes, session::use_session};

/// Rendered with the page for whom the page is: right at first paint.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let session = use_session();
    view! {
        <header class="site-header">
            <a class="brand" href=routes::HOME><Mark/>"Portcullis"</a>
            <nav class="site-nav" aria-label="Main">
                {move || match session.account() {
                    Some(_) => Either::Left(view! {
                        <A href=routes::ACCOUNT>"Account"</A>
                        <SignOut/>
                    }),
                    None => Either::Right(view! {
                        <A href=routes::LOGIN>"Sign in"</A>
                        <A href=routes::REGISTER>"Register"</A>
                    }),
                }}
            </nav>
        </header>
    }
}
