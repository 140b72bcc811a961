//! All checks, by stage.

use leptos::prelude::*;
use readiness::{Stage, catalogue, roadmap};

/// The page.
pub fn page() -> AnyView {
    let entries = catalogue::entries();
    let done = entries.iter().filter(|e| e.implemented).count();
    let stages = Stage::ALL
        .iter()
        .map(|stage| {
            let text = roadmap::text(*stage);
            let rows = entries
                .iter()
                .filter(|e| e.stage == *stage)
                .map(|e| view! {
                    <tr id=e.id>
                        <td class="mono">{e.id}</td>
                        <td><b>{e.title}</b><span class="sub">{if e.implemented { e.criterion } else { e.class.how_evidenced() }}</span></td>
                        <td class="wide">{e.area.word()}</td>
                        <td class="wide">{e.impact.word()}</td>
                        <td><span class=if e.implemented { "o pass" } else { "o unknown" }>{if e.implemented { "looked at" } else { "not yet" }}</span></td>
                    </tr>
                })
                .collect_view();
            view! {
                <section>
                    <header><h2>{format!("{} · {}", stage.number(), text.name)}</h2><span class="small muted">{text.goal}</span></header>
                    <table><thead><tr><th scope="col">"Check"</th><th scope="col">"What is judged"</th><th scope="col" class="wide">"Area"</th><th scope="col" class="wide">"Impact"</th><th scope="col">"State"</th></tr></thead><tbody>{rows}</tbody></table>
                </section>
            }
        })
        .collect_view();
    view! {
        <div class="head"><h1>"All checks"</h1><span class="small muted">{format!("{} in catalogue {}, {done} of them looked at by this version", entries.len(), catalogue::VERSION)}</span></div>
        {stages}
    }
    .into_any()
}
