//! A table that is searched as one types and walked by keys: j and k move, x chooses, Enter opens.

use leptos::prelude::*;

/// Serves the table and the search field with these ids.
#[island]
pub fn Rows(
    /// Id of the table.
    table: String,
    /// Id of the search field.
    search: String,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    serve(&table, &search);
    #[cfg(not(feature = "hydrate"))]
    let _ = (&table, &search);
    view! { <p class="small muted keys">"Keys: "<kbd>"j"</kbd>" "<kbd>"k"</kbd>" move, "<kbd>"x"</kbd>" chooses, "<kbd>"Enter"</kbd>" opens."</p> }
}

#[cfg(feature = "hydrate")]
fn serve(table: &str, search: &str) {
    use wasm_bindgen::JsCast;
    use web_sys::{Element, Event, HtmlElement, HtmlInputElement, KeyboardEvent};

    let Some(table) = document().get_element_by_id(table) else { return };
    let all = move |what: &str| -> Vec<Element> {
        let Ok(list) = table.query_selector_all(what) else { return vec![] };
        (0..list.length()).filter_map(|i| list.item(i)?.dyn_into::<Element>().ok()).collect()
    };
    if let Some(field) = document().get_element_by_id(search).and_then(|e| e.dyn_into::<HtmlInputElement>().ok()) {
        let (field_now, all) = (field.clone(), all.clone());
        let hear = wasm_bindgen::closure::Closure::<dyn FnMut(Event)>::new(move |_| {
            let words = field_now.value().to_lowercase();
            for row in all("tbody tr:not(.group)") {
                let text = row.text_content().unwrap_or_default().to_lowercase();
                let shown = words.split_whitespace().all(|w| text.contains(w));
                let _ = row.toggle_attribute_with_force("hidden", !shown);
            }
            // A part without a row would keep its place, or the heading of its group.
            for part in all("tbody") {
                let empty = part.query_selector("tr:not(.group, [hidden])").is_ok_and(|r| r.is_none());
                let _ = part.toggle_attribute_with_force("hidden", empty);
            }
        });
        let _ = field.add_event_listener_with_callback("input", hear.as_ref().unchecked_ref());
        hear.forget();
    }
    window_event_listener(leptos::ev::keydown, move |e: KeyboardEvent| {
        let typing = e.target().and_then(|t| t.dyn_into::<Element>().ok()).is_some_and(|t| {
            matches!(t.tag_name().as_str(), "SELECT" | "TEXTAREA")
                || t.tag_name() == "INPUT" && t.get_attribute("type").as_deref() != Some("checkbox")
        });
        let key = e.key();
        if typing || e.ctrl_key() || e.meta_key() || e.alt_key() || !matches!(key.as_str(), "j" | "k" | "x") {
            return;
        }
        let list: Vec<Element> = all("tbody tr:not(.group, [hidden])");
        let at = list.iter().position(|r| r.class_list().contains("at"));
        if key == "x" {
            let Some(row) = at.and_then(|i| list.get(i)) else { return };
            if let Some(tick) =
                row.query_selector("input[type=checkbox]").ok().flatten().and_then(|t| t.dyn_into::<HtmlInputElement>().ok())
            {
                tick.set_checked(!tick.checked());
            }
            return;
        }
        let to = match (key.as_str(), at) {
            ("j", Some(i)) => (i + 1).min(list.len().saturating_sub(1)),
            ("k", Some(i)) => i.saturating_sub(1),
            _ => 0,
        };
        if let Some(i) = at {
            let _ = list[i].class_list().remove_1("at");
        }
        if let Some(row) = list.get(to) {
            let _ = row.class_list().add_1("at");
            if let Some(link) = row.query_selector("a").ok().flatten().and_then(|l| l.dyn_into::<HtmlElement>().ok()) {
                let _ = link.focus();
            }
        }
    });
}
