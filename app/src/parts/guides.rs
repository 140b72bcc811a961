//! A fix told for each provider, those in use unfolded.

use super::format::count;
use crate::islands::Copy;
use leptos::prelude::*;
use readiness::guide::Guide;

/// Guides by provider, those in use unfolded.
pub fn guides(list: &[Guide]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let each = list.iter().map(|g| guide(g, g.used)).collect_view();
    view! { <div class="guides">{each}</div> }.into_any()
}

/// The guides of providers that are not in use; `folded` where others are shown already.
pub fn other_guides(list: &[Guide], folded: bool) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let all = guides(list);
    if folded {
        view! { <div class="guides"><details class="later"><summary>{format!("At another provider ({})", list.len())}</summary>{all}</details></div> }.into_any()
    } else {
        view! { <h2>"At your provider"</h2>{all} }.into_any()
    }
}

fn guide(g: &Guide, open: bool) -> impl IntoView + use<> {
    let steps = g.steps.iter().map(|s| view! { <li>{s.clone()}</li> }).collect_view();
    let pastes = g
        .paste
        .iter()
        .map(|(place, text)| {
            view! {
                <div class="paste">
                    <div class="head-line"><span>{place.clone()}</span><Copy value=text.clone()/></div>
                    <pre tabindex="0">{text.clone()}</pre>
                </div>
            }
        })
        .collect_view();
    view! {
        <details class="guide" open=open>
            <summary><b>{g.provider.clone()}</b><span class="small muted">{format!("{}, {}", g.layer.label(), count(usize::from(g.minutes), "minute", "minutes"))}</span></summary>
            <ol class="how">{steps}</ol>
            {pastes}
            {g.risk.clone().map(|r| view! { <p class="small"><b>"Mind: "</b>{r}</p> })}
            <p class="small"><b>"To undo: "</b>{g.undo.clone()}</p>
        </details>
    }
}
