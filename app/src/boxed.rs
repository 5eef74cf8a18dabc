//! Boxed closures. Leptos compiles the code that runs a closure once for each type of
//! closure; boxed closures all have one type (`docs/performance.md`, "What the browser
//! loads").

use leptos::prelude::*;

/// Creates an effect: `run` is called in the browser after the first render, and again
/// whenever a signal that it reads changes.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}

/// Boxes the closure of a part of a view that changes or disappears. Write
/// `{changing(move || …)}` instead of the closure alone.
pub(crate) fn changing(
    view: impl FnMut() -> Option<AnyView> + Send + 'static,
) -> Box<dyn FnMut() -> Option<AnyView> + Send> {
    Box::new(view)
}
