//! Closures in boxes. Leptos compiles the code that runs a closure for each type of
//! closure, and in a box all are of one type (`docs/performance.md`, "What the
//! browser loads").

use leptos::prelude::*;

/// Runs in the browser after the first render, and again whenever what it reads
/// changes.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}

/// A part of a view that changes or disappears: for `{changing(move || …)}` in place
/// of the closure alone.
pub(crate) fn changing(
    view: impl FnMut() -> Option<AnyView> + Send + 'static,
) -> Box<dyn FnMut() -> Option<AnyView> + Send> {
    Box::new(view)
}
