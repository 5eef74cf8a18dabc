//! Effects that are compiled once.

use leptos::prelude::*;

/// Creates an effect: `run` is called in the browser after the first render, and again
/// whenever a signal that it reads changes. The closure is boxed, because Leptos
/// compiles an effect for each type of closure.
pub(super) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
