//! The list of projects, and the history of one.

use crate::parts::{count, moment, number, verdict_class};
use leptos::prelude::*;
use readiness::Verdict;
use store::{Member, ProjectRow, ScanStatus, Summary};

/// Which list.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Every workspace of the reader.
    pub places: &'a [Member],
    /// The one that is looked at; none for all.
    pub here: Option<&'a Member>,
    /// Whether it is the archive.
    pub archived: bool,
}

/// The list.
pub fn page(rows: &[(&Member, ProjectRow)], list: &List) -> AnyView {
    let archived = list.archived;
    let empty = rows.is_empty();
    let lines =
        rows.iter().map(|(m, r)| row(r, list.here.is_none().then(|| m.name().to_owned()), m.work(&r.project.id).is_some())).collect_view();
    let may_create = list.here.is_some_and(|m| m.create().is_some());
    let all = list.here.is_none();
    view! {
        {(list.places.len() > 1).then(|| switcher(list))}
        <div class="head">
            <h1>{if archived { "Archive" } else { "Projects" }}</h1>
            {(!empty).then(|| view! { <span class="small muted">{count(rows.len(), "project", "projects")}</span> })}
            <span class="push"><a class="btn quiet" href=if archived { "/projects" } else { "/projects?archived=yes" }>{if archived { "Active projects" } else { "Archive" }}</a><a class="btn quiet" href="/assigned">"Assigned to me"</a>{(!all).then(|| view! { <a class="btn quiet" href="/workspace">"Workspace"</a> })}{may_create.then(|| view! { <a class="btn primary" href="/projects/new">"New project"</a> })}</span>
        </div>
        {if empty {
            let text = if archived { "Nothing is archived." } else if may_create || all { "No project yet. A project is one product to launch: its domain, the hosts that belong to it, and every scan of it." } else { "No project here is yours to see yet. An owner of the workspace can change that." };
            view! { <div class="empty"><p>{text}</p>{(!archived && may_create).then(|| view! { <p><a class="btn primary" href="/projects/new">"Create the first one"</a></p> })}</div> }.into_any()
        } else {
            view! {
                <table class="list">
                    <thead><tr><th scope="col">"Domain"</th><th scope="col">"Verdict"</th><th scope="col" class="num">"Score"</th><th scope="col" class="wide">"Trend"</th><th scope="col" class="num wide">"Blockers"</th><th scope="col" class="wide">"Last scan"</th><th scope="col" class="wide"><span class="sr-only">"Actions"</span></th></tr></thead>
                    <tbody>{lines}</tbody>
                </table>
            }
            .into_any()
        }}
    }
    .into_any()
}

/// From one workspace to another, or to all.
fn switcher(list: &List) -> impl IntoView + use<> {
    let here = list.here.map(|m| m.workspace().clone());
    let items = list
        .places
        .iter()
        .map(|m| {
            let current = (Some(m.workspace()) == here.as_ref()).then_some("true");
            view! { <button class="btn quiet" name="workspace" value=m.workspace().to_string() aria-current=current>{super::workspace::dot(m.colour())}{m.name().to_owned()}</button> }
        })
        .collect_view();
    view! {
        <form class="switch" method="post" action="/workspace/switch" aria-label="Workspaces">
            {items}
            <a class="btn quiet" href="/projects?all=yes" aria-current=here.is_none().then_some("true")>"All"</a>
        </form>
    }
}

fn row(r: &ProjectRow, workspace: Option<String>, may_work: bool) -> impl IntoView + use<> {
    let href = format!("/projects/{}", r.project.id);
    let last = r.recent.first();
    let verdict = last.and_then(|s| s.verdict);
    view! {
        <tr>
            <td><a class="t" href=href.clone()>{r.project.draft.domain.unicode()}</a>{workspace.map(|w| view! { <span class="sub">{w}</span> })}{r.busy.then(|| view! { <span class="sub">"being scanned"</span> })}</td>
            <td>{verdict_mark(verdict)}</td>
            <td class="num">{last.and_then(|s| s.score).map_or_else(|| "–".to_owned(), number)}</td>
            <td class="wide">{spark(&r.recent)}</td>
            <td class="num wide">{last.map_or_else(|| "–".to_owned(), |s| s.blockers.to_string())}</td>
            <td class="wide">{last.map(|s| moment(s.finished_at))}</td>
            <td class="wide num">{may_work.then(|| view! { <form method="post" action=format!("{href}/scan")><button class="btn small" type="submit" aria-label=format!("Scan {} now", r.project.draft.domain)>"Scan now"</button></form> })}</td>
        </tr>
    }
}

fn verdict_mark(v: Option<Verdict>) -> impl IntoView {
    match v {
        Some(v) => view! { <span class=format!("o {}", verdict_class(v))>{v.label()}</span> }.into_any(),
        None => view! { <span class="muted">"not scanned"</span> }.into_any(),
    }
}

/// The last dozen scores as a line.
fn spark(recent: &[Summary]) -> impl IntoView + use<> {
    let scores: Vec<f64> = recent.iter().rev().filter_map(|s| s.score).collect();
    if scores.len() < 2 {
        return ().into_any();
    }
    #[allow(clippy::cast_precision_loss, reason = "a dozen points")]
    let points: Vec<(f64, f64)> =
        scores.iter().enumerate().map(|(i, s)| (2.0 + 86.0 * i as f64 / (scores.len() - 1) as f64, 20.0 - s / 100.0 * 18.0)).collect();
    let path: String = points.iter().enumerate().map(|(i, (x, y))| format!("{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" })).collect();
    let (x, y) = points.last().copied().unwrap_or_default();
    let label = format!("Scores: {}", scores.iter().map(|s| number(*s)).collect::<Vec<_>>().join(", "));
    view! { <svg class="spark" viewBox="0 0 92 22" role="img" aria-label=label><path d=path></path><circle cx=format!("{x:.1}") cy=format!("{y:.1}") r="2.5"></circle></svg> }.into_any()
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
