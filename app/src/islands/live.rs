//! A scan while it runs: collectors as they finish, findings as they are known.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A finding that is known already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Check id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The outcome's word, which is also its class.
    pub outcome: String,
    /// The outcome for a person.
    pub label: String,
    /// What was seen.
    pub summary: String,
}

/// What the server tells of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveState {
    /// `queued`, `running`, or how it ended.
    pub status: String,
    /// Names of collectors, and whether each has finished.
    pub collectors: Vec<(String, bool)>,
    /// What is known, worst first.
    pub findings: Vec<Known>,
}

/// Follows the scan by server-sent events and loads the result at its end.
#[island]
pub fn Live(
    /// The stream's address.
    events: String,
    /// What was known when the page was written.
    state: LiveState,
) -> impl IntoView {
    let (now, set_now) = signal(state);
    #[cfg(feature = "hydrate")]
    follow(&events, set_now);
    #[cfg(not(feature = "hydrate"))]
    let _ = (&events, set_now);
    view! {
        <ul class="steps" aria-live="polite">
            {move || now.get().collectors.into_iter().map(|(name, done)| view! {
                <li class=if done { "o pass" } else { "o unknown" }>{name}" "<span class="muted">{if done { "done" } else { "looking" }}</span></li>
            }).collect_view()}
        </ul>
        <table>
            <caption class="sr-only">"Findings known so far"</caption>
            <tbody>
                {move || now.get().findings.into_iter().map(|f| view! {
                    <tr>
                        <td><span class=format!("o {}", f.outcome)>{f.label}</span></td>
                        <td class="wide mono">{f.id}</td>
                        <td><b>{f.title}</b><span class="sub">{f.summary}</span></td>
                    </tr>
                }).collect_view()}
            </tbody>
        </table>
        <p class="small muted">{move || if now.get().status == "queued" { "Waiting for a free place." } else { "" }}</p>
    }
}

#[cfg(feature = "hydrate")]
fn follow(events: &str, set_now: WriteSignal<LiveState>) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::prelude::Closure;
    let Ok(source) = web_sys::EventSource::new(events) else { return };
    let stream = source.clone();
    let on_message = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let Some(state) = event.data().as_string().and_then(|t| serde_json::from_str::<LiveState>(&t).ok()) else { return };
        let over = state.status != "queued" && state.status != "running";
        set_now.set(state);
        if over {
            stream.close();
            let _ = window().location().reload();
        }
    });
    source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The stream lives as long as the page.
    on_message.forget();
}
