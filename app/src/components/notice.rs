//! A message about the session, above the page.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use portcullis::{
    leptos::use_session,
    wire::{Code, REASON_PARAMETER},
};

use super::{aria, heading::focus_heading};
use crate::routes;

/// Renders the message: why the session ended, or that signing out failed. The text is a
/// live region and always present, so that screen readers announce a new message. The
/// button is outside of the live region.
#[component]
pub(crate) fn Notice() -> impl IntoView {
    let notice = use_session().notice();
    let reason = reason_in_url();
    let dismiss = move |_| {
        notice.set(None);
        // The button that had the focus is now hidden.
        focus_heading();
    };
    let code = move || notice.get().or_else(|| reason.get());
    let text = Signal::derive(move || code().map_or_else(String::new, |c| c.message().to_owned()));
    view! {
        <div class="notices">
            <div class="notice" data-shown=aria::state(move || code().is_some())>
                <p role="status" data-testid="notice">{text}</p>
                <button
                    class="button button-plain"
                    hidden=aria::state(move || notice.get().is_none())
                    on:click=dismiss
                >
                    "Dismiss"
                </button>
            </div>
        </div>
    }
}

/// Returns the reason in the URL of the sign-in page. An attacker may have written the
/// URL, but can only choose among the reasons, and the message of each is harmless.
fn reason_in_url() -> Memo<Option<Code>> {
    let (location, query) = (use_location(), use_query_map());
    let session = use_session();
    Memo::new(move |_| {
        let is_login = location.pathname.with(|path| path == routes::LOGIN);
        let code = query.with(|query| query.get_str(REASON_PARAMETER).and_then(Code::from_wire));
        code.filter(|code| is_login && code.is_reason() && !session.is_signed_in())
    })
}
