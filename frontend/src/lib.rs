//! The wasm entry: wakes the islands of `app`.

pub use app::islands;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
