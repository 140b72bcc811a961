//! One check: why it matters, how it is learned, how it is judged, how it is fixed.

use crate::parts::guides;
use leptos::prelude::*;
use readiness::catalogue::Entry;
use readiness::{guide, roadmap};

/// The page.
pub fn page(e: &Entry) -> AnyView {
    let stage = roadmap::text(e.stage);
    let check = e.check;
    let learned = check.map(|c| c.needs.iter().map(|n| n.label().to_lowercase()).collect::<Vec<_>>().join(", "));
    let references =
        check.map(|c| c.references.iter().map(|r| view! { <li><a href=r.url rel="noreferrer">{r.title}</a></li> }).collect_view());
    let list = guide::generic(e.id);
    view! {
        <p class="crumbs small"><a href="/checks">"All checks"</a>" / "{format!("{} · {}", e.stage.number(), stage.name)}" / "<span class="mono">{e.id}</span></p>
        <div class="head finding"><h1>{e.title}</h1><span class="small muted mono">{e.name}</span></div>
        <div class="cols finding">
            <section>
                {check.map(|c| view! { <h2>"Why it matters"</h2><p class="lead">{c.why}</p> })}
                <h2>"How it is judged"</h2>
                <p>{e.criterion}</p>
                {check.map(|c| view! { <p class="small muted">{format!("The fix usually takes {} minutes. A scan computes the exact value for your site.", c.minutes)}</p> })}
                {(!list.is_empty()).then(|| view! { <h2>"How it is fixed, by provider"</h2>{guides(&list)} })}
                {check.is_none().then(|| view! { <p class="muted">{e.how_evidenced()}</p> })}
            </section>
            <section>
                <h2>"At a glance"</h2>
                <dl class="outcomes small">
                    {learned.map(|l| view! { <div><dt>"How it is learned"</dt><dd>{format!("From outside, as any visitor could: {l}.")}</dd></div> })}
                    <div><dt>"Impact"</dt><dd>{e.impact.word()}</dd></div>
                    <div><dt>"Area"</dt><dd>{e.area.word()}</dd></div>
                    <div><dt>"Evidence lives"</dt><dd>{format!("{} days", e.reads.first().map_or(0, |s| s.info().days))}</dd></div>
                </dl>
                {references.map(|r| view! { <h2>"Read more"</h2><ul class="refs small">{r}</ul> })}
                <p class="acts"><a class="btn" href="/">"Check your domain"</a></p>
            </section>
        </div>
    }
    .into_any()
}
