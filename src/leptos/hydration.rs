//! The time until the view is hydrated. It never ends where hydration fails, as
//! it does when an extension or a translator has changed the page before.

use std::{rc::Rc, time::Duration};

use leptos::prelude::*;

use super::effect::effect;

type IsHydrating = Rc<dyn Fn() -> bool>;

/// Calls `then` in the browser once the view is hydrated. Until then links and
/// forms are the browser's own, as they are without JavaScript: in a view that is
/// hydrated in part, a click would change the address and not the page.
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

/// An effect runs after `hydrate_body`, but not after `hydrate_lazy`, which goes
/// on when the code of the page has been loaded. Leptos does not say when.
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
    let is_ours = |event: &Event| {
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        event.type_() == "submit" || link.is_some()
    };
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        if is_hydrating() && is_ours(&event) {
            event.stop_immediate_propagation();
        }
    });
    let window = window();
    for event in ["click", "submit"] {
        let listener = listener.as_ref().unchecked_ref();
        // It fails for no valid event name.
        let _ = window.add_event_listener_with_callback_and_bool(event, listener, true);
    }
    listener.forget();
}
