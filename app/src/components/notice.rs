//! What the user is to be told about the session, above the page.

use leptos::prelude::*;

use crate::session::use_session;

/// Why the session ended, or that signing out failed. Always there as a live
/// region, so that what comes into it is read out.
#[component]
pub(crate) fn Notice() -> impl IntoView {
    let notice = use_session().notice();
    view! {
        <div class="notices" role="status" data-testid="notice">
            {move || notice.get().map(|code| view! {
                <div class="notice">
                    <p>{code.sentence()}</p>
                    <button class="button button-plain" on:click=move |_| notice.set(None)>"Dismiss"</button>
                </div>
            })}
        </div>
    }
}
