//! A part of a page for who is signed in.

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
/// It decides what is shown and protects no data: every server function verifies
/// its caller by `signed_in()`.
#[component]
pub fn SignedIn(
    /// What is shown while an account is signed in.
    children: ChildrenFn,
    /// What is shown while no one is signed in.
    #[prop(into)]
    fallback: ViewFn,
) -> impl IntoView {
    let session = use_session();
    // Of one type: a closure that is generic in its views adds some kilobytes for each
    // place where it is used.
    move || {
        if session.is_signed_in() {
            children()
        } else {
            fallback.run()
        }
    }
}
