//! The page: its clocks, its cookies, its address, and what replaces it.

use std::time::Duration;

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

use crate::{keeper::Reading, wire::LocalPath};

/// Reads both clocks.
pub(super) fn reading() -> Reading {
    let monotonic = web_sys::window().and_then(|window| window.performance());
    let monotonic = monotonic.map_or(0.0, |performance| performance.now());
    Reading {
        monotonic: millis(monotonic),
        wall: millis(js_sys::Date::now()),
    }
}

/// Returns a duration of so many milliseconds; zero if the number is negative or not a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates"
)]
fn millis(millis: f64) -> Duration {
    Duration::from_micros((millis * 1_000.0) as u64)
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

/// Returns a value from the query of the browser's address.
pub(crate) fn query_value(name: &str) -> Option<String> {
    let query = web_sys::window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

/// Returns the fragment of the browser's address with its `#`, or an empty string.
pub(crate) fn fragment() -> String {
    let fragment = web_sys::window().and_then(|window| window.location().hash().ok());
    fragment.unwrap_or_default()
}

/// Goes to `next` in the query of the page, as after a sign-in, or reloads the page.
pub(super) fn go_on() {
    let next = query_value("next").and_then(|next| LocalPath::parse(&next));
    replace(next.map(|next| next.with_fragment(&fragment())));
}

/// Reloads the page.
pub(super) fn reload() {
    replace(None);
}

/// Goes to another page or reloads this one. It may show another account, and loading takes a
/// while, so it is hidden at once.
fn replace(next: Option<LocalPath>) {
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
    let location = window.location();
    // Both fail only in a sandboxed frame, and no page of ours may be framed.
    let _ = match next {
        Some(next) => location.assign(next.as_str()),
        None => location.reload(),
    };
}
