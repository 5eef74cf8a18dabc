//! Effects that are compiled once.

use leptos::prelude::*;

/// Runs in the browser after the first render, and again whenever what it reads
/// changes. Boxed, because Leptos compiles an effect for each type of closure.
pub(super) fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
