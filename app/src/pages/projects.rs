//! The history of a project.

use crate::parts::{moment, number, verdict_class};
use leptos::prelude::*;
use readiness::Verdict;
use store::{ScanStatus, Summary};

fn verdict_mark(v: Option<Verdict>) -> impl IntoView {
    match v {
        Some(v) => view! { <span class=format!("o {}", verdict_class(v))>{v.label()}</span> }.into_any(),
        None => view! { <span class="muted">"not scanned"</span> }.into_any(),
    }
}

/// Every scan of a project.
pub fn history(domain: String, project: &str, scans: &[Summary], may_work: bool) -> AnyView {
    let rows = scans
        .iter()
        .map(|s| {
            let href = format!("{project}/scans/{}", s.id);
            let state = match s.status {
                ScanStatus::Finished => verdict_mark(s.verdict).into_any(),
                ScanStatus::Queued => view! { <span class="muted">"waiting"</span> }.into_any(),
                ScanStatus::Running => view! { <span class="muted">"running"</span> }.into_any(),
                ScanStatus::Cancelled => view! { <span class="muted">"called off"</span> }.into_any(),
                ScanStatus::Failed => view! { <span class="o fail">"gave up"</span> }.into_any(),
            };
            view! { <tr><td><a class="t" href=href>{moment(s.queued_at)}</a></td><td>{state}</td><td class="num">{s.score.map_or_else(|| "–".to_owned(), number)}</td><td class="num wide">{format!("{} %", number(s.coverage * 100.0))}</td><td class="num wide">{s.blockers}</td></tr> }
        })
        .collect_view();
    view! {
        <p class="crumbs small"><a href=project.to_owned()>{domain}</a>" / history"</p>
        <div class="head"><h1>"History"</h1>{may_work.then(|| view! { <span class="push"><form method="post" action=format!("{project}/scan")><button class="btn primary" type="submit">"Scan now"</button></form></span> })}</div>
        {if scans.is_empty() { view! { <div class="empty"><p>"Not scanned yet."</p></div> }.into_any() } else { view! {
            <table class="list"><thead><tr><th scope="col">"Asked for"</th><th scope="col">"Verdict"</th><th scope="col" class="num">"Score"</th><th scope="col" class="num wide">"Evidenced"</th><th scope="col" class="num wide">"Blockers"</th></tr></thead><tbody>{rows}</tbody></table>
        }.into_any() }}
    }
    .into_any()
}
