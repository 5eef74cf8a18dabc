//! ARIA and other attributes that are present only while a condition holds.

use leptos::prelude::*;

/// Returns the value of an attribute that is left out while `holds` returns false. The
/// value is a signal, as for everything that changes in a view: a closure has a type of
/// its own, and the code that renders it is compiled for each type.
pub(crate) fn state(
    holds: impl Fn() -> bool + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    Signal::derive(move || holds().then_some("true"))
}
