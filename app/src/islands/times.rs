//! Times in the reader's zone; UTC stays in the tooltip.

use leptos::prelude::*;

/// Rewrites every `<time datetime>` of the page once it is there.
#[island]
pub fn Times() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    rewrite();
    view! { <span hidden></span> }
}

#[cfg(feature = "hydrate")]
fn rewrite() {
    use wasm_bindgen::JsCast;
    let options = js_sys::Object::new();
    for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        let _ = js_sys::Reflect::set(&options, &key.into(), &value.into());
    }
    let Ok(list) = document().query_selector_all("time[datetime]") else { return };
    for i in 0..list.length() {
        let Some(element) = list.item(i).and_then(|n| n.dyn_into::<web_sys::HtmlElement>().ok()) else { continue };
        let Some(iso) = element.get_attribute("datetime") else { continue };
        let date = js_sys::Date::new(&iso.into());
        let text = date.to_locale_string("default", &options);
        element.set_text_content(text.as_string().as_deref());
    }
}
