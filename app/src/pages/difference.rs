//! What changed from one scan to another, why, and what each change did to the score.

use crate::parts::{moment, number, outcome, verdict_class};
use leptos::prelude::*;
use readiness::difference::Change;
use readiness::{Assessment, Cause, Difference};
use store::{ScanStatus, Summary};

/// Two results of a project.
#[derive(Debug)]
pub struct Two<'a> {
    /// The domain for a person.
    pub domain: String,
    /// Address of the project.
    pub project: String,
    /// The earlier scan and its judgement.
    pub from: (&'a Summary, &'a Assessment),
    /// The later one.
    pub to: (&'a Summary, &'a Assessment),
    /// All scans, to choose others.
    pub scans: &'a [Summary],
}

fn signed(x: f64) -> String {
    match number(x) {
        n if x > 0.04 => format!("+{n}"),
        n if x < -0.04 => n.replace('-', "−"),
        _ => "0".into(),
    }
}

/// The page.
pub fn page(t: &Two, d: &Difference) -> AnyView {
    let choose = |name: &'static str, label: &'static str, now: &Summary| {
        let options = t
            .scans
            .iter()
            .filter(|s| s.status == ScanStatus::Finished)
            .map(|s| view! { <option value=s.id.to_string() selected=s.id == now.id>{format!("{} · {}", readiness::time::human(s.finished_at), s.score.map_or_else(String::new, number))}</option> })
            .collect_view();
        view! { <label><span class="small muted">{label}</span>" "<select name=name>{options}</select></label> }
    };
    let groups = Cause::ALL.iter().filter(|c| d.count(**c) > 0).map(|c| group(t, d, *c)).collect_view();
    let sums = Cause::ALL
        .iter()
        .filter(|c| d.count(**c) > 0)
        .map(|c| view! { <tr><td>{c.label()}</td><td class="num">{d.count(*c)}</td><td class="num">{signed(d.of(*c).map(|x| x.points).sum())}</td></tr> })
        .collect_view();
    let mark = |a: &Assessment| view! { <span class=format!("o {}", verdict_class(a.verdict))>{a.verdict.label()}</span> };
    view! {
        <p class="crumbs small"><a href=t.project.clone()>{t.domain.clone()}</a>" / difference"</p>
        <div class="head"><h1>"What changed"</h1></div>
        <form class="filters" method="get" action=format!("{}/difference", t.project)>
            {choose("from", "from", t.from.0)}{choose("to", "to", t.to.0)}
            <button class="btn small" type="submit">"Compare"</button>
        </form>
        <div class="cols">
            <section>
                <p class="lead">{mark(t.from.1)}" → "{mark(t.to.1)}</p>
                <p class="lead">"Score "{number(t.from.1.score.score)}" → "<b>{number(t.to.1.score.score)}</b>{format!(" ({})", signed(d.total))}</p>
                <p class="small muted">{moment(t.from.0.finished_at)}" to "{moment(t.to.0.finished_at)}</p>
            </section>
            <section>
                <table class="sums">
                    <caption class="sr-only">"How the score's movement adds up"</caption>
                    <thead><tr><th scope="col">"Why"</th><th scope="col" class="num">"Checks"</th><th scope="col" class="num">"Points"</th></tr></thead>
                    <tbody>{sums}
                        {(d.ceilings.abs() > 0.04).then(|| view! { <tr><td>"Ceilings"</td><td class="num">"–"</td><td class="num">{signed(d.ceilings)}</td></tr> })}
                        <tr class="total"><th scope="row">"Together"</th><td class="num">{d.changes.len()}</td><td class="num">{signed(d.total)}</td></tr>
                    </tbody>
                </table>
            </section>
        </div>
        {d.changes.is_empty().then(|| view! { <div class="empty"><p>"Nothing changed between these two scans."</p></div> })}
        {groups}
    }
    .into_any()
}

fn group(t: &Two, d: &Difference, cause: Cause) -> AnyView {
    let rows = d.of(cause).map(|c| change(t, c)).collect_view();
    view! {
        <section>
            <header><h2>{cause.label()}</h2><span class="small muted">{d.count(cause)}</span></header>
            {rows}
        </section>
    }
    .into_any()
}

/// One change, with what was seen before and after beside each other.
fn change(t: &Two, c: &Change) -> AnyView {
    let side = |label: &'static str, scan: &Summary, a: &Assessment| {
        let f = a.finding(&c.id);
        let seen =
            f.map(|f| f.evidence.iter().map(|s| format!("{}\n{}", s.source, s.text)).collect::<Vec<_>>().join("\n\n")).unwrap_or_default();
        let summary = f.map(|f| f.summary.clone()).unwrap_or_default();
        let href = format!("{}/scans/{}/findings/{}", t.project, scan.id, c.id);
        view! { <div><h3><a href=href>{label}</a></h3><p>{summary}</p>{(!seen.is_empty()).then(|| view! { <pre tabindex="0">{seen}</pre> })}</div> }
    };
    view! {
        <details class="change">
            <summary><span class="mono small">{c.id.clone()}</span>" "<b>{c.title.clone()}</b>" "{outcome(c.from)}" → "{outcome(c.to)}<span class="push num">{signed(c.points)}</span></summary>
            <div class="two">{side("Before", t.from.0, t.from.1)}{side("After", t.to.0, t.to.1)}</div>
        </details>
    }
    .into_any()
}
