//! All checks, by stage.

use leptos::prelude::*;
use readiness::{Stage, catalogue, roadmap};

/// The page, with the entries that hold all words of a search.
pub fn page(words: &str) -> AnyView {
    let entries = catalogue::search(words);
    let searching = !words.trim().is_empty();
    let all = catalogue::entries().len();
    let done = entries.iter().filter(|e| e.implemented).count();
    let stages = Stage::ALL
        .iter()
        .filter(|stage| entries.iter().any(|e| e.stage == **stage))
        .map(|stage| {
            let text = roadmap::text(*stage);
            let rows = entries
                .iter()
                .filter(|e| e.stage == *stage)
                .map(|e| view! {
                    <tr id=e.id>
                        <td class="mono">{e.id}</td>
                        <td><a class="t" href=format!("/checks/{}", e.id)>{e.title}</a><span class="sub">{if e.implemented { e.criterion.to_owned() } else { e.how_evidenced() }}</span></td>
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
        <div class="head"><h1>"All checks"</h1><span class="small muted">{if searching { format!("{} of {all} hold these words", entries.len()) } else { format!("{all} in catalogue {}, {done} of them looked at by this version", catalogue::VERSION) }}</span></div>
        <form class="ask search" method="get" action="/checks" role="search"><label class="sr-only" for="q">"Search the checks"</label><input id="q" name="q" type="search" value=words.to_owned() placeholder="spf, redirect, certificate …"/><button class="btn" type="submit">"Search"</button></form>
        {entries.is_empty().then(|| view! { <p class="muted">"No check holds all of these words. "<a href="/checks">"Show all"</a></p> })}
        {stages}
    }
    .into_any()
}
