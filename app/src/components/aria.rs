//! ARIA attributes, and others of the kind, that come and go.

use leptos::prelude::*;

/// The value of an attribute that is left out while `holds` says no. A signal and
/// no closure, as with all that changes in a view: what renders one is compiled
/// for each type, and each closure is a type.
pub(crate) fn state(
    holds: impl Fn() -> bool + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    Signal::derive(move || holds().then_some("true"))
}
