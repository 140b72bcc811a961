//! Find: projects, pages and checks by a few letters, opened with `/` or Ctrl-K.

use leptos::prelude::*;

/// Lines that are shown.
#[cfg(feature = "hydrate")]
const SHOWN: usize = 12;

/// The button, and what it opens.
#[island]
pub fn Palette() -> impl IntoView {
    let (ready, set_ready) = signal(false);
    let (open, set_open) = signal(false);
    let (typed, set_typed) = signal(String::new());
    let (items, set_items) = signal(Vec::<(String, String)>::new());
    #[cfg(feature = "hydrate")]
    {
        Effect::new(move |_| set_ready.set(true));
        keys(open, set_open);
        Effect::new(move |_| {
            if open.get() {
                set_typed.set(String::new());
                load(items, set_items);
                request_animation_frame(|| focus("#palette input"));
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (set_ready, set_items, set_typed);
    let found = move || {
        let words = typed.get().to_lowercase();
        let hits = items.get().into_iter().filter(|(text, _)| {
            let text = text.to_lowercase();
            words.split_whitespace().all(|w| text.contains(w))
        });
        #[cfg(feature = "hydrate")]
        let hits = hits.take(SHOWN);
        hits.map(|(text, href)| view! { <li><a href=href>{text}</a></li> }).collect_view()
    };
    view! {
        <button class="btn quiet small" id="find" type="button" hidden=move || !ready.get() aria-haspopup="dialog" on:click=move |_| set_open.set(true)>"Find "<kbd>"/"</kbd></button>
        {move || open.get().then(|| view! {
            <div class="palette-back" on:click=move |_| set_open.set(false)></div>
            <div class="palette" id="palette" role="dialog" aria-modal="true" aria-label="Find">
                <label class="sr-only" for="palette-words">"Find a project, a page or a check"</label>
                <input id="palette-words" type="search" autocomplete="off" placeholder="A project, a page, a check" on:input=move |e| set_typed.set(event_target_value(&e))/>
                <ul>{found}</ul>
            </div>
        })}
    }
}

#[cfg(feature = "hydrate")]
fn focus(selector: &str) {
    use wasm_bindgen::JsCast;
    if let Some(e) = document().query_selector(selector).ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = e.focus();
    }
}

/// `/` and Ctrl-K open, Escape closes, arrows walk, Enter opens the first.
#[cfg(feature = "hydrate")]
fn keys(open: ReadSignal<bool>, set_open: WriteSignal<bool>) {
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlElement, KeyboardEvent};
    window_event_listener(leptos::ev::keydown, move |e: KeyboardEvent| {
        let target = e.target().and_then(|t| t.dyn_into::<Element>().ok());
        let typing = target.as_ref().is_some_and(|t| matches!(t.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
        let key = e.key();
        if (key == "/" && !typing && !e.ctrl_key() && !e.meta_key()) || (key == "k" && (e.ctrl_key() || e.meta_key())) {
            e.prevent_default();
            set_open.set(true);
            return;
        }
        if !open.get_untracked() {
            return;
        }
        let Ok(list) = document().query_selector_all("#palette a") else { return };
        let links: Vec<HtmlElement> = (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect();
        let at = links.iter().position(|l| Some(l.clone().unchecked_into::<Element>()) == document().active_element());
        match key.as_str() {
            "Escape" => {
                set_open.set(false);
                focus("#find");
            }
            "ArrowDown" => {
                e.prevent_default();
                if let Some(l) = links.get(at.map_or(0, |i| i + 1)) {
                    let _ = l.focus();
                }
            }
            "ArrowUp" => {
                e.prevent_default();
                match at {
                    Some(i) if i > 0 => drop(links[i - 1].focus()),
                    _ => focus("#palette input"),
                }
            }
            "Enter" if at.is_none() => {
                if let Some(l) = links.first() {
                    l.click();
                }
            }
            // The dialog keeps the focus.
            "Tab" if links.is_empty() || (!e.shift_key() && at == Some(links.len() - 1)) || (e.shift_key() && at.is_none()) => {
                e.prevent_default()
            }
            _ => {}
        }
    });
}

/// Asks once what there is to find.
#[cfg(feature = "hydrate")]
fn load(items: ReadSignal<Vec<(String, String)>>, set_items: WriteSignal<Vec<(String, String)>>) {
    use wasm_bindgen::JsCast;
    if !items.get_untracked().is_empty() {
        return;
    }
    leptos::task::spawn_local(async move {
        let Ok(answer) = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str("/palette.json")).await else { return };
        let Ok(response) = answer.dyn_into::<web_sys::Response>() else { return };
        let Ok(text) = response.text() else { return };
        let Ok(text) = wasm_bindgen_futures::JsFuture::from(text).await else { return };
        if let Ok(list) = serde_json::from_str(&text.as_string().unwrap_or_default()) {
            set_items.set(list);
        }
    });
}
