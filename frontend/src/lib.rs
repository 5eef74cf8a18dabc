//! The WASM entry point: hydrates the page that the server rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the document's script once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    // A release leaves the hook out: its texts would be most of what it adds.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    app::hydrate();
}
