//! A project at one look: verdict and why, how it moves, what to do next, what happened.

use crate::parts::{count, fix_list, minimum_bar, moment, number, ruler, track, trend, verdict_class};
use leptos::prelude::*;
use readiness::evidence::Launch;
use readiness::report::causes;
use readiness::{Assessment, Domain};
use store::{ChangeRow, Filed, Schedule, Summary};

/// The steps that stand there with their fixes.
pub const NEXT: usize = 3;

/// What the page shows around the newest result.
#[derive(Clone, Debug)]
pub struct Around {
    /// Address of the project.
    pub project: String,
    /// Address of the newest result.
    pub result: String,
    /// When the newest result's scan ended, epoch milliseconds.
    pub scanned_at: i64,
    /// Scans, newest first.
    pub scans: Vec<Summary>,
    /// The change log, newest first.
    pub changes: Vec<ChangeRow>,
    /// What it is filed under.
    pub filed: Filed,
    /// The address of who sees to it.
    pub owner: String,
    /// When it is scanned by itself.
    pub schedule: Option<Schedule>,
    /// Whether a scan waits or runs: its address.
    pub running: Option<String>,
    /// Questions that nobody has answered, or whose answer has ended.
    pub questions: usize,
    /// Since when it is launched, as somebody said.
    pub launch: Option<Launch>,
    /// Whether the reader may work on it.
    pub may_work: bool,
}

/// The page.
pub fn page(domain: &Domain, a: &Assessment, p: &Around) -> AnyView {
    let base = p.result.as_str();
    let steps = a.fix_order.get(..a.fix_order.len().min(NEXT)).unwrap_or_default();
    let met = a.minimum_bar.iter().filter(|b| b.state == readiness::score::BarState::Met).count();
    let why = match a.score.ceiling.as_ref().filter(|c| c.applied) {
        Some(c) => format!("capped at {} by {}; without the cap {}", number(c.limit), causes(&c.causes), number(a.score.uncapped)),
        None => "no cap applies".to_owned(),
    };
    let changes = p.changes.clone();
    let of_scan =
        move |scan: &str| changes.iter().filter(|c| c.source == scan).map(|c| format!("{}: {}", kind(&c.kind), c.text)).collect::<Vec<_>>();
    let rows = p
        .changes
        .iter()
        .take(8)
        .map(|c| view! { <li><span class=format!("o {}", class(&c.kind))>{kind(&c.kind)}</span><span>{c.text.clone()}</span><span class="small muted">{moment(c.at)}</span></li> })
        .collect_view();
    let tags: String = p.filed.tags.iter().map(|t| format!(" #{t}")).collect();
    let schedule = match &p.schedule {
        Some(s) if s.paused.is_empty() => view! { {s.rhythm.clone()}", next "{moment(s.next_at)} }.into_any(),
        Some(s) => view! { "rests: "{s.paused.clone()} }.into_any(),
        None => view! { "only when asked" }.into_any(),
    };
    view! {
        <div class="head">
            <h1>{domain.unicode()}</h1>
            <span class="small muted">"scanned "{moment(p.scanned_at)}{(!p.filed.client.is_empty()).then(|| format!(" · {}", p.filed.client))}{tags}{(!p.owner.is_empty()).then(|| format!(" · {}", p.owner))}</span>
            <span class="push">
                <a class="btn" href=base.to_owned()>"Whole result"</a>
                {p.may_work.then(|| view! {
                    <a class="btn" href=format!("{}/share", p.project)>"Share"</a>
                    <a class="btn" href=format!("{}/edit", p.project)>"Settings"</a>
                    <form method="post" action=format!("{}/scan", p.project)><button class="btn primary" type="submit">"Scan now"</button></form>
                })}
            </span>
        </div>
        {p.running.clone().map(|href| view! { <p class="note" role="status">"A scan is under way. "<a href=href>"Watch it"</a></p> })}
        <div class="verdict">
            <div>
                <div class=format!("word {}", verdict_class(a.verdict))><i aria-hidden="true"></i>{a.verdict.label()}</div>
                <p>{readiness::roadmap::sentence(a)}</p>
            </div>
            <div>
                {ruler(a)}
                <dl class="facts">
                    <div><dt>"Why "{number(a.score.score)}</dt><dd>{why}</dd></div>
                    <div><dt>"Evidenced"</dt><dd>{format!("{} % of what counts", number(a.score.coverage * 100.0))}</dd></div>
                    <div><dt>"Scanned"</dt><dd>{schedule}{p.may_work.then(|| view! { " "<a href=format!("{}/arrange", p.project)>"change"</a> })}</dd></div>
                </dl>
            </div>
        </div>
        {p.launch.is_some().then(|| launched(p))}
        {track(a, base)}
        <p class="small after"><a href=format!("{}/roadmap", p.project)>"The roadmap as a path"</a>" · "<a href=format!("{}/evidence", p.project)>"Evidence"</a>" · "<a href=format!("{}/documents", p.project)>"Documents"</a>" · "<a href=format!("{}/sprint", p.project)>"Sprint"</a>" · "<a href=format!("{}/pack", p.project)>"Handover pack"</a>" · "<a href=format!("{}/questions", p.project)>{if p.questions == 0 { "Questions, all answered".to_owned() } else { format!("{} only you can answer", count(p.questions, "question", "questions")) }}</a></p>
        <div class="cols">
            <section>
                <header><h2>"Fix next"</h2><span class="small muted">"in an order that breaks nothing"</span>{(!a.fix_order.is_empty()).then(|| view! { <a class="push small" href=format!("{base}/plan")>{format!("Whole plan, {}", count(a.fix_order.len(), "step", "steps"))}</a> })}</header>
                {if steps.is_empty() { view! { <p class="muted">"Nothing that was seen needs fixing."</p> }.into_any() } else { fix_list(a, steps, base, p.may_work, true).into_any() }}
            </section>
            <section>
                <header><h2>"Minimum bar"</h2><span class="small muted">{format!("{met} of 8 met")}</span></header>
                {minimum_bar(a)}
            </section>
        </div>
        <section>
            <header><h2>"How it moves"</h2><span class="push small"><a href=format!("{}/difference", p.project)>"What the last scan changed"</a><a href=format!("{}/history", p.project)>"All scans"</a></span></header>
            {trend(&p.scans, &p.project, &of_scan)}
        </section>
        <section>
            <header><h2>"What happened"</h2>{p.may_work.then(|| view! { <span class="push small"><a href=format!("{}/changes", p.project)>"Change log"</a></span> })}</header>
            {if p.changes.is_empty() { view! { <p class="muted">"Nothing has changed yet. Fixes, new faults and excuses are written down here by themselves."</p> }.into_any() } else { view! { <ul class="happened">{rows}</ul> }.into_any() }}
        </section>
        {p.launch.is_none().then(|| launched(p))}
    }
    .into_any()
}

/// Whether it is launched, and the button to say so.
fn launched(p: &Around) -> AnyView {
    let form = |value: &'static str, label: &'static str| {
        p.may_work.then(|| view! {
            <form method="post" action=format!("{}/launch", p.project)><input type="hidden" name="launched" value=value/><button class="btn small" type="submit">{label}</button></form>
        })
    };
    match &p.launch {
        Some(l) => view! { <div class="acts after"><span class="small muted">"Launched "{moment(l.at)}", as "{l.by.clone()}" said. Since then the verdict is Steady, or Regressed while a blocker is open."</span>{form("no", "Not launched yet")}</div> }.into_any(),
        None if p.may_work => view! { <div class="acts after">{form("yes", "Mark as launched")}<span class="small muted">"From then on the verdict is Steady, or Regressed when a blocker opens."</span></div> }.into_any(),
        None => ().into_any(),
    }
}

/// A kind of change for a person.
#[must_use]
pub fn kind(kind: &str) -> &'static str {
    match kind {
        "fixed" => "Better",
        "worse" => "Worse",
        "expired" => "Expired",
        "excused" => "Excused",
        _ => "Note",
    }
}

/// The class of its mark.
#[must_use]
pub fn class(kind: &str) -> &'static str {
    match kind {
        "fixed" => "pass",
        "worse" => "fail",
        "excused" => "warn",
        _ => "unknown",
    }
}

/// Everything that happened, and a line to add by hand.
pub fn change_log(domain: &str, project: &str, changes: &[ChangeRow], error: Option<String>, typed: &str) -> AnyView {
    let rows = changes
        .iter()
        .map(|c| {
            let from = if c.source.contains('@') { view! { {c.source.clone()} }.into_any() } else { view! { <a href=format!("{project}/scans/{}", c.source)>"a scan"</a> }.into_any() };
            view! { <li><span class=format!("o {}", class(&c.kind))>{kind(&c.kind)}</span><span>{c.text.clone()}</span><span class="small muted">{moment(c.at)}" · "{from}</span></li> }
        })
        .collect_view();
    let bad = error.is_some();
    view! {
        <p class="crumbs small"><a href=project.to_owned()>{domain.to_owned()}</a>" / change log"</p>
        <div class="head"><h1>"Change log"</h1></div>
        <form class="narrow" method="post" action=format!("{project}/changes")>
            <div class="field"><label for="text">"What was changed that no scan can see"</label><textarea id="text" name="text" rows="2" maxlength="2000" aria-describedby="text-hint" aria-invalid=bad.then_some("true") inner_html=crate::shell::raw_text(typed)></textarea><p id="text-hint" class=if bad { "err" } else { "hint" }>{error.unwrap_or_else(|| "A deploy, a new key, an agreement: what the next person should know.".into())}</p></div>
            <button class="btn" type="submit">"Add it"</button>
        </form>
        {if changes.is_empty() { view! { <div class="empty"><p>"Nothing has changed yet."</p></div> }.into_any() } else { view! { <section><ul class="happened">{rows}</ul></section> }.into_any() }}
    }
    .into_any()
}
