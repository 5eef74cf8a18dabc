//! The content of the sign-in and registration pages for a user who is signed in.

use leptos::prelude::*;
use portcullis::{leptos::next_path, wire::Account};

use super::SignOut;
use crate::routes;

/// Renders who is signed in, with a link to the next page.
#[component]
pub(crate) fn SignedInAlready(account: Account) -> impl IntoView {
    let next = next_path();
    let (path, label) = match &next {
        Some(next) => (next.as_str(), "Continue"),
        None => (routes::ACCOUNT, "Go to your account"),
    };
    // With this relation, the router leaves the link to the browser.
    let rel = (!routes::is_in_router(path)).then_some("external");
    view! {
        <div class="card stack">
            <p>"You are signed in as " <strong>{account.email}</strong> "."</p>
            <div class="actions">
                <a class="button button-main" href=path.to_owned() rel=rel>{label}</a>
                <SignOut/>
            </div>
        </div>
    }
    .into_any()
}
