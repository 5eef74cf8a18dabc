//! The gate on the front page: open while a user is signed in, closed otherwise.

use leptos::prelude::*;
use portcullis::leptos::use_session;

use super::aria;

const DRAWING: &str = concat!(
    r#"<clipPath id="gate-arch"><path d="M40 232V120a80 80 0 0 1 160 0v112z"/></clipPath>"#,
    r#"<g clip-path="url(#gate-arch)"><g class="gate-grid">"#,
    r#"<path d="M40 72h160M40 108h160M40 144h160M40 180h160"/>"#,
    r#"<path d="M60 20v186l0 10M90 20v196M120 20v196M150 20v196M180 20v196"/>"#,
    r#"<path class="gate-spikes" d="M54 210h12l-6 18zM84 210h12l-6 18zM114 210h12l-6 18zM144 210h12l-6 18zM174 210h12l-6 18z"/>"#,
    r#"</g></g>"#,
    r#"<path class="gate-stone" d="M40 232V120a80 80 0 0 1 160 0v112M16 232V120a104 104 0 0 1 208 0v112"/>"#,
    r#"<path class="gate-joints" d="M16 196h24M16 158h24M200 196h24M200 158h24M16 120h24M200 120h24M20.5 91l22 8M219.5 91l-22 8M39.5 54l19 16M200.5 54l-19 16M72 27.5l11 22M168 27.5l-11 22M120 16v24"/>"#,
    r#"<path class="gate-ground" d="M0 232h240"/>"#,
);

/// Renders the gate. It is decoration: the text beside it says who is signed in.
#[component]
pub(crate) fn Gate() -> impl IntoView {
    let session = use_session();
    view! {
        <svg
            class="gate"
            data-open=aria::state(move || session.is_signed_in())
            viewBox="0 0 240 240"
            aria-hidden="true"
            inner_html=DRAWING
        ></svg>
    }
}
