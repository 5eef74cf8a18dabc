//! The account of who is signed in.

use leptos::prelude::*;
use portcullis::leptos::use_session;

use crate::{
    components::{CheckSession, Heading, SessionPanel},
    whole::{turns, whole},
};

/// `/account`. Shows nothing where nobody is signed in: the server answers that
/// before it renders, and the guard leaves.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let session = use_session();
    whole(view! {
        <Heading text="Your account"/>
        {turns(move || session.account().map(|account| whole(view! {
            <div class="stack-wide">
                <section class="card stack" aria-labelledby="you-heading">
                    <h2 id="you-heading">"You"</h2>
                    <dl class="facts">
                        <div><dt>"E-mail"</dt><dd data-testid="account-email">{account.email}</dd></div>
                        {(!account.name.is_empty()).then(|| whole(view! {
                            <div><dt>"Name"</dt><dd data-testid="account-name">{account.name}</dd></div>
                        }))}
                    </dl>
                </section>
                <SessionPanel/>
                <CheckSession/>
            </div>
        })))}
    })
}
