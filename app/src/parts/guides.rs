//! A fix told for each provider, those in use unfolded.

use super::count;
use crate::islands::Copy;
use leptos::prelude::*;
use readiness::guide::Guide;

/// Guides, folded by provider.
pub fn guides(list: &[Guide]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let used = list.iter().filter(|g| g.used).map(|g| guide(g, true)).collect_view();
    let others: Vec<&Guide> = list.iter().filter(|g| !g.used).collect();
    let any = list.len() > others.len();
    let rest = others.iter().map(|g| guide(g, false)).collect_view();
    view! {
        <div class="guides">
            {used}
            {(!others.is_empty()).then(|| if any {
                view! { <details class="later"><summary>{format!("At another provider ({})", others.len())}</summary>{rest}</details> }.into_any()
            } else {
                rest.into_any()
            })}
        </div>
    }
    .into_any()
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
