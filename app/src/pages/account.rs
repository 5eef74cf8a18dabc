//! The account page.

use leptos::prelude::*;
use portcullis::leptos::use_session;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::{
    boxed::changing,
    components::{CheckSession, Heading, SessionPanel},
    routes,
};

/// The page `/account`. It is empty if no user is signed in: the server redirects before
/// it renders, and in the browser the guard leaves the page.
#[wasm_split(account, fallible, preload(load_account))]
pub(crate) fn account_page() -> Result<AnyView, SplitLoaderError> {
    let session = use_session();
    let page = view! {
        <Heading text="Your account"/>
        {changing(move || session.account().map(|account| view! {
            <div class="stack-wide">
                <section class="card stack" aria-labelledby="you-heading">
                    <h2 id="you-heading">"Your details"</h2>
                    <dl class="facts">
                        <div><dt>"E-mail"</dt><dd data-testid="account-email">{account.email}</dd></div>
                        {(!account.name.is_empty()).then(|| view! {
                            <div><dt>"Name"</dt><dd data-testid="account-name">{account.name}</dd></div>
                        }.into_any())}
                    </dl>
                </section>
                <p class="actions">
                    <a class="button" href=routes::SESSIONS>"Your devices"</a>
                    <a class="button" href=routes::SECURITY>"Password and recent events"</a>
                    {account.is_admin.then(|| view! {
                        <a class="button" href=routes::ADMIN>"Administration"</a>
                    }.into_any())}
                </p>
                <SessionPanel/>
                <CheckSession/>
            </div>
        }.into_any()))}
    };
    Ok(page.into_any())
}
