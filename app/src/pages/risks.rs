//! The risk list: one page to print, what could go wrong at the launch, worst first.

use crate::parts::{moment, number, outcome};
use leptos::prelude::*;
use readiness::{Assessment, Finding, Outcome, Outside};

/// Lines that fit on a page.
const MOST: usize = 14;

/// The page.
pub fn page(e: &Outside, a: &Assessment, base: &str) -> AnyView {
    let mut open: Vec<&Finding> = a.findings.iter().filter(|f| f.outcome.is_open() && f.impact != readiness::Impact::Info).collect();
    open.sort_by(|x, y| {
        (x.outcome != Outcome::Fail || x.impact != readiness::Impact::Critical, x.impact, x.outcome != Outcome::Fail)
            .cmp(&(y.outcome != Outcome::Fail || y.impact != readiness::Impact::Critical, y.impact, y.outcome != Outcome::Fail))
            .then_with(|| (y.points.max - y.points.now.unwrap_or(0.0)).total_cmp(&(x.points.max - x.points.now.unwrap_or(0.0))))
    });
    let more = open.len().saturating_sub(MOST);
    let dark = a
        .findings
        .iter()
        .filter(|f| f.implemented && f.impact == readiness::Impact::Critical && matches!(f.outcome, Outcome::Unknown | Outcome::Blocked))
        .collect::<Vec<_>>();
    let rows = open
        .iter()
        .take(MOST)
        .enumerate()
        .map(|(n, f)| {
            let fix = f.fix.as_ref();
            view! {
                <tr>
                    <td class="wide">{n + 1}</td>
                    <td><a class="t" href=format!("{base}/findings/{}", f.id)>{f.why.clone()}</a><span class="sub">{f.summary.clone()}</span></td>
                    <td class="wide">{outcome(f.outcome)}<span class="sub">{f.impact.word()}</span></td>
                    <td>{fix.map(|x| x.title.clone()).unwrap_or_default()}<span class="sub">{fix.map(|x| format!("{} min", x.minutes)).unwrap_or_default()}</span></td>
                </tr>
            }
        })
        .collect_view();
    let unknown = dark.iter().map(|f| view! { <li><span class="mono">{f.id.clone()}</span>" "{f.summary.clone()}</li> }).collect_view();
    view! {
        <p class="crumbs small"><a href=base.to_owned()>{e.target.domain.unicode()}</a>" / risk list"</p>
        <div class="head"><h1>{format!("Risks of launching {}", e.target.domain.unicode())}</h1><span class="push small muted">"seen "{moment(e.started_at)}</span></div>
        <p class="lead">{readiness::roadmap::sentence(a)}</p>
        <section>
            {if open.is_empty() {
                view! { <p>"Nothing that was seen stands in the way."</p> }.into_any()
            } else {
                view! { <table><thead><tr><th scope="col" class="wide">"No."</th><th scope="col">"What it costs, and what was seen"</th><th scope="col" class="wide">"State"</th><th scope="col">"Fix"</th></tr></thead><tbody>{rows}</tbody></table> }.into_any()
            }}
            {(more > 0).then(|| view! { <p class="small muted">{format!("And {more} smaller ones; the fix plan has them all.")}</p> })}
        </section>
        {(!dark.is_empty()).then(|| view! { <section><h2>"Not known yet, and it would block"</h2><ul class="refs small">{unknown}</ul></section> })}
        <p class="small muted">{format!("Score {} of 100, {} % evidenced.", number(a.score.score), number(a.score.coverage * 100.0))}</p>
        <p class="acts"><a class="btn" href=format!("{base}/plan")>"Fix plan"</a></p>
    }
    .into_any()
}
