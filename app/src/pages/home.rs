//! The front page.

use leptos::prelude::*;
use portcullis::leptos::use_session;

use crate::{
    boxed::changing,
    components::{Gate, Heading},
};

/// The page `/`.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let session = use_session();
    view! {
        <div class="hero">
            <div class="stack">
                <Heading text="Sign in once. Stay signed in, safely." title=""/>
                <p class="lead">
                    "A short-lived access token and a refresh token are in cookies that no script can read. "
                    "The page refreshes them silently in the background. "
                    "If a stolen refresh token is used beside yours, the server detects it and ends the session."
                </p>
                {changing(move || Some(match session.account() {
                    Some(account) => view! {
                        <p>"You are signed in as " <strong>{account.email}</strong> "."</p>
                        <p class="actions">
                            <a class="button button-main" href="/account">"Your account"</a>
                        </p>
                    }.into_any(),
                    None => view! {
                        <p class="actions">
                            <a class="button button-main" href="/register">"Create an account"</a>
                            <a class="button" href="/login">"Sign in"</a>
                        </p>
                    }.into_any(),
                }))}
            </div>
            <Gate/>
        </div>
    }.into_any()
}
