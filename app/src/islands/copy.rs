//! A button that copies a value.

use leptos::prelude::*;

/// Copies `value` to the clipboard and says so.
#[island]
pub fn Copy(
    /// What is copied.
    value: String,
) -> impl IntoView {
    let (said, set_said) = signal("Copy");
    let copy = move |_| {
        #[cfg(feature = "hydrate")]
        {
            let value = value.clone();
            leptos::task::spawn_local(async move {
                let clipboard = window().navigator().clipboard();
                // Outside a secure context there is no clipboard; the text can still be selected.
                let done = js_sys::Reflect::has(&window().navigator(), &"clipboard".into()).unwrap_or(false)
                    && wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&value)).await.is_ok();
                set_said.set(if done { "Copied" } else { "Select it by hand" });
                set_timeout(move || set_said.set("Copy"), std::time::Duration::from_secs(2));
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (&value, set_said);
    };
    view! { <button class="btn small" type="button" aria-live="polite" on:click=copy>{said}</button> }
}
