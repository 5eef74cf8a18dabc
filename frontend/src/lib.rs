//! The WASM entry point: hydrates the page that the server rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page. The script of the document calls it once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    // A release build leaves the hook out to keep the WASM small: most of the hook's size is
    // strings.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    app::hydrate();
}
