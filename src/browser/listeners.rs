//! When a page comes back to life. Timers are hints: hidden tabs run them
//! rarely, sleeping machines not at all.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::EventTarget;

/// Calls `wake` whenever the page is shown, focused, resumed, restored from the
/// back-forward cache, or back online; for the page's whole life.
pub(super) fn wake_on_return(wake: impl Fn() + 'static) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let Some(document) = window.document() else {
        return;
    };
    let wake = Closure::<dyn Fn()>::new(wake);
    let listen = |target: &EventTarget, event| {
        // It fails for no valid event name.
        let _ = target.add_event_listener_with_callback(event, wake.as_ref().unchecked_ref());
    };
    for event in ["focus", "online", "pageshow"] {
        listen(&window, event);
    }
    for event in ["visibilitychange", "resume"] {
        listen(&document, event);
    }
    wake.forget();
}
