//! The page that this runs in: its clocks, its cookies, and loading it anew.

use std::time::Duration;

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::keeper::Reading;

/// What both clocks say.
pub(super) fn reading() -> Reading {
    let monotonic = web_sys::window().and_then(|window| window.performance());
    let monotonic = monotonic.map_or(0.0, |performance| performance.now());
    Reading {
        monotonic: millis(monotonic),
        wall: millis(js_sys::Date::now()),
    }
}

/// A duration of that many milliseconds; zero for what is none.
fn millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or_default()
}

/// Whether the browser believes that there is a network.
pub(super) fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Whether the browser keeps cookies of this site, as far as it says so. Always
/// natively.
pub fn keeps_cookies() -> bool {
    if !cfg!(target_arch = "wasm32") {
        return true;
    }
    web_sys::window().is_none_or(|window| {
        let says = Reflect::get(&window.navigator(), &"cookieEnabled".into());
        says != Ok(JsValue::FALSE)
    })
}

/// Loads the page anew. What is on it is another's, or may be: it is hidden at
/// once, for loading takes a while.
pub(super) fn reload() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let root = window
        .document()
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        // It fails for names that are none, and this is one.
        let _ = root.set_attribute("hidden", "");
    }
    // It fails in sandboxed frames alone, and no page of ours may be framed.
    let _ = window.location().reload();
}
