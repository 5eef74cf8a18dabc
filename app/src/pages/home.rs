//! The front page.

use leptos::prelude::*;
use portcullis::leptos::use_session;

use crate::{
    components::{Gate, Heading},
    routes,
    whole::{turns, whole},
};

/// `/`
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let session = use_session();
    whole(view! {
        <div class="hero">
            <div class="stack">
                <Heading text="Sign in once. Stay signed in, safely." title=""/>
                <p class="lead">
                    "A short-lived access token and a refresh token, both in cookies that no script can read. "
                    "The page renews them silently, before you could notice. "
                    "A stolen token is found out, and its session ends."
                </p>
                {turns(move || Some(match session.account() {
                    Some(account) => whole(view! {
                        <p>"The gate is open: you are signed in as " <strong>{account.email}</strong> "."</p>
                        <p class="actions">
                            <a class="button button-main" href=routes::ACCOUNT>"Your account"</a>
                        </p>
                    }),
                    None => whole(view! {
                        <p class="actions">
                            <a class="button button-main" href=routes::REGISTER>"Create an account"</a>
                            <a class="button" href=routes::LOGIN>"Sign in"</a>
                        </p>
                    }),
                }))}
            </div>
            <Gate/>
        </div>
    })
}
