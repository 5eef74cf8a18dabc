//! The page: its clocks, its cookies, and reloading it.

use std::time::Duration;

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::keeper::Reading;

/// Reads both clocks.
pub(super) fn reading() -> Reading {
    let monotonic = web_sys::window().and_then(|window| window.performance());
    let monotonic = monotonic.map_or(0.0, |performance| performance.now());
    Reading {
        monotonic: millis(monotonic),
        wall: millis(js_sys::Date::now()),
    }
}

/// Returns a duration of so many milliseconds; zero if the number is negative or not finite.
fn millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or_default()
}

/// Returns whether the browser reports that it is online.
pub(super) fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Returns whether the browser keeps cookies of this site, as far as it reports that. Natively
/// always `true`.
pub fn keeps_cookies() -> bool {
    if !cfg!(target_arch = "wasm32") {
        return true;
    }
    web_sys::window().is_none_or(|window| {
        let enabled = Reflect::get(&window.navigator(), &"cookieEnabled".into());
        enabled != Ok(JsValue::FALSE)
    })
}

/// Reloads the page. It may show another account, and loading takes a while, so it is hidden at
/// once.
pub(super) fn reload() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let root = window
        .document()
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        // Fails only for an invalid attribute name.
        let _ = root.set_attribute("hidden", "");
    }
    // Fails only in a sandboxed frame, and no page of ours may be framed.
    let _ = window.location().reload();
}
