//! Waits until the view is hydrated. That never happens if hydration fails, for example
//! because a browser extension or a translator has changed the page before.

use std::{rc::Rc, time::Duration};

use leptos::prelude::*;

use super::effect::effect;

type IsHydrating = Rc<dyn Fn() -> bool>;

/// Calls `then` in the browser once the view is hydrated. Until then the browser handles
/// links and forms, as it does without JavaScript: in a partly hydrated view, a click
/// would change the address but not the page.
pub(super) fn after_hydration(then: impl FnOnce() + 'static) {
    let context = Owner::current_shared_context();
    let is_hydrating: IsHydrating = Rc::new(move || {
        let context = context.as_ref();
        context.is_some_and(|context| context.during_hydration())
    });
    #[cfg(not(feature = "ssr"))]
    leave_to_browser(Rc::clone(&is_hydrating));
    let mut then: Option<Box<dyn FnOnce()>> = Some(Box::new(then));
    effect(move || {
        if let Some(then) = then.take() {
            wait(Rc::clone(&is_hydrating), then, Duration::from_millis(50));
        }
    });
}

/// Polls until hydration has ended, then calls `then`. Effects run after `hydrate_body`
/// has finished, but before `hydrate_lazy` has, which waits for the code of the page.
/// Leptos does not report when that ends.
fn wait(is_hydrating: IsHydrating, then: Box<dyn FnOnce()>, pause: Duration) {
    if !is_hydrating() {
        return then();
    }
    let next = (pause * 2).min(Duration::from_secs(5));
    set_timeout(move || wait(is_hydrating, then, next), pause);
}

#[cfg(not(feature = "ssr"))]
fn leave_to_browser(is_hydrating: IsHydrating) {
    use leptos::wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{Element, Event};

    if !is_hydrating() {
        return;
    }
    let is_link_or_submit = |event: &Event| {
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        event.type_() == "submit" || link.is_some()
    };
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if is_hydrating() && is_link_or_submit(&event) {
            event.stop_immediate_propagation();
        }
    });
    let window = window();
    for event in ["click", "submit"] {
        let listener = listener.as_ref().unchecked_ref();
        // It does not fail for a valid event name.
        let _ = window.add_event_listener_with_callback_and_bool(event, listener, true);
    }
    listener.forget();
}
