//! Effects that are compiled once.

use leptos::prelude::*;

/// Runs in the browser, once all is hydrated, and whenever what it reads changes.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(move |_: Option<()>| run());
}
