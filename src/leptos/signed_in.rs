//! A part of a page that is shown only while a user is signed in.

use leptos::{children::ViewFn, prelude::*};

use super::session::use_session;

/// Shows its children while an account is signed in, and `fallback` otherwise:
///
/// ```
/// use leptos::prelude::*;
/// use portcullis::leptos::{SignInForm, SignedIn};
///
/// #[component]
/// fn Account() -> impl IntoView {
///     view! {
///         <SignedIn fallback=SignInForm>
///             <p>"You are signed in."</p>
///         </SignedIn>
///     }
/// }
/// ```
///
/// It decides only what is shown and protects no data: every server function must verify
/// its caller with `signed_in()`.
#[component]
pub fn SignedIn(
    /// The view while an account is signed in.
    children: ChildrenFn,
    /// The view while no account is signed in.
    #[prop(into)]
    fallback: ViewFn,
) -> impl IntoView {
    let session = use_session();
    // Both views have one type. A closure that is generic in its views would add some
    // kilobytes to the WASM for each place where it is used.
    move || {
        if session.is_signed_in() {
            children()
        } else {
            fallback.run()
        }
    }
}
