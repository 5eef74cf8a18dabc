//! A part of a page for who is signed in.

use leptos::{children::ViewFn, either::Either, prelude::*};

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
pub fn SignedIn<C>(
    /// What is shown while an account is signed in.
    children: TypedChildrenFn<C>,
    /// What is shown while no one is signed in.
    #[prop(into)]
    fallback: ViewFn,
) -> impl IntoView
where
    C: IntoView + 'static,
{
    let session = use_session();
    let children = children.into_inner();
    let is_signed_in = Memo::new(move |_| session.is_signed_in());
    move || {
        if is_signed_in.get() {
            Either::Left(children())
        } else {
            Either::Right(fallback.run())
        }
    }
}
