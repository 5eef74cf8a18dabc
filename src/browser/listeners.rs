//! The DOM events of a page that are events of the keeper. Timers alone are not reliable: hidden
//! tabs run them rarely, sleeping machines not at all.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event as DomEvent, EventTarget, PageTransitionEvent};

use super::input;
use crate::keeper::Event;

/// Calls `dispatch` whenever the page is shown, focused, frozen, resumed or restored from the
/// back-forward cache, and when the browser goes online or offline. Notes what the user enters.
/// Never stops listening.
pub(super) fn listen(dispatch: impl Fn(Event) + 'static) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let Some(document) = window.document() else {
        return;
    };
    let listener = Closure::<dyn Fn(DomEvent)>::new(move |event: DomEvent| {
        dispatch(match event.type_().as_str() {
            "online" => Event::Network { is_online: true },
            "offline" => Event::Network { is_online: false },
            "freeze" => Event::Frozen,
            "input" => return input::mark(&event),
            "pageshow" if is_restored(&event) => Event::Restored,
            _ => Event::Woke,
        });
    });
    let listen = |target: &EventTarget, event| {
        // Does not fail for a valid event name.
        let _ = target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    };
    for event in ["focus", "pageshow", "online", "offline"] {
        listen(&window, event);
    }
    for event in ["visibilitychange", "freeze", "resume", "input"] {
        listen(&document, event);
    }
    listener.forget();
}

fn is_restored(event: &DomEvent) -> bool {
    event
        .dyn_ref::<PageTransitionEvent>()
        .is_some_and(PageTransitionEvent::persisted)
}
