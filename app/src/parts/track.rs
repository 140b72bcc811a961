//! The roadmap: seven segments, one tick a check.

use leptos::prelude::*;
use readiness::{Assessment, Finding, Outcome, roadmap};

/// The track; `base` is the address of the result, empty on the front page.
pub fn track(a: &Assessment, base: &str) -> impl IntoView + use<> {
    let segments = roadmap::states(a)
        .into_iter()
        .map(|s| {
            let text = roadmap::text(s.stage);
            let mut found: Vec<&Finding> = a.findings.iter().filter(|f| f.stage == s.stage && f.outcome != Outcome::Na).collect();
            found.sort_by_key(|f| !f.is_told());
            let ticks = found.iter().map(|f| tick(f, base)).collect_view();
            let name = if base.is_empty() {
                view! { <span class="name">{text.name}</span> }.into_any()
            } else {
                view! { <a class="name" href=format!("#stage-{}", s.stage.number())>{text.name}</a> }.into_any()
            };
            view! {
                <li class=if s.here && !base.is_empty() { "here" } else { "" }>
                    <span class="n">{s.stage.number()}</span>
                    {name}
                    {(s.here && !base.is_empty()).then(|| view! { <span class="spot">"you are here"</span> })}
                    <span class="ticks">{ticks}</span>
                    <span class=if base.is_empty() { "goal small muted" } else { "sum small muted" }>{if base.is_empty() { text.goal.to_owned() } else { s.phrase() }}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="track">{segments}</ol> }
}

fn tick(f: &Finding, base: &str) -> AnyView {
    let class = match f.outcome {
        Outcome::Pass => "p",
        Outcome::Warn | Outcome::Accepted => "w",
        Outcome::Fail => "f",
        _ => "u",
    };
    if !base.is_empty() && f.is_told() {
        let label = format!("{} {}: {}", f.id, f.title, f.outcome.label());
        view! { <a class=format!("tick {class}") href=format!("{base}/findings/{}", f.id) title=label.clone() aria-label=label></a> }
            .into_any()
    } else {
        view! { <i class=format!("tick {class}")></i> }.into_any()
    }
}
