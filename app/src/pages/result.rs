//! The result: verdict, score, what to fix next, the minimum bar, the roadmap.

use crate::parts::{count, findings_table, fix_list, minimum_bar, moment, number, ruler, track, verdict_class};
use leptos::prelude::*;
use readiness::report::causes;
use readiness::{Assessment, Cause, Difference, Outcome, Outside, Stage, roadmap};

/// What the page shows around the assessment.
#[derive(Clone, Debug)]
pub struct Around {
    /// Address of this result.
    pub base: String,
    /// Of the project, if it is one's.
    pub project: Option<String>,
    /// Address and time of the result before this one, and what moved since.
    pub previous: Option<(String, i64, Difference)>,
    /// Whether this is the newest, which can be re-checked.
    pub newest: bool,
    /// Whether the reader may scan and change.
    pub may_work: bool,
    /// Name, words and whether there is a logo, of the workspace whose project it is.
    pub letterhead: Option<(String, String, bool)>,
    /// Whether a shared link led here.
    pub shared: bool,
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// For keeping a preview: the scan's id.
    pub keep: Option<String>,
    /// Minutes until a preview can be scanned anew; until then this result is used again.
    pub again_in: i64,
}

/// The page.
pub fn page(e: &Outside, a: &Assessment, around: &Around) -> AnyView {
    let domain = e.target.domain.unicode();
    let base = around.base.as_str();
    let took = (e.finished_at - e.started_at).max(0);
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of one scan")]
    let took = format!("{:.1} s", took as f64 / 1000.0);
    let why = match a.score.ceiling.as_ref().filter(|c| c.applied) {
        Some(c) => format!("capped at {} by {}", number(c.limit), causes(&c.causes)),
        None => "no cap applies".to_owned(),
    };
    let since = around.previous.as_ref().map(|(href, at, d)| {
        let moved = if d.changes.is_empty() {
            "no change".to_owned()
        } else {
            format!("▲ {} better ▼ {} worse", d.count(Cause::Fixed), d.count(Cause::Regressed))
        };
        view! { <div><dt>"Since "{moment(*at)}</dt><dd><a href=href.clone()>{moved}</a></dd></div> }
    });
    let steps = a.fix_order.get(..a.fix_order.len().min(3)).unwrap_or_default();
    let met = a.minimum_bar.iter().filter(|b| b.state == readiness::score::BarState::Met).count();
    let gaps =
        e.gaps.iter().map(|g| view! { <p class="small muted">{format!("{}: {}", g.collector.label(), g.reason)}</p> }).collect_view();
    let stages = Stage::ALL.iter().map(|s| stage(a, *s, base)).collect_view();
    let letterhead = around.letterhead.clone().map(|(name, words, logo)| {
        view! { <div class=if around.shared { "letterhead" } else { "letterhead print-only" }>{logo.then(|| view! { <img class="logo" src=format!("{base}/logo") alt=name.clone()/> })}<p><b>{name.clone()}</b>{(!words.is_empty()).then(|| view! { <br/><span class="small">{words}</span> })}</p></div> }
    });
    view! {
        {letterhead}
        <div class="head">
            <h1>{domain}</h1>
            <span class="small muted">"scanned "{moment(e.started_at)}" in "{took}</span>
            <span class="push">{actions(around, e)}</span>
        </div>
        {keep(around)}
        <div class="verdict">
            <div>
                <div class=format!("word {}", verdict_class(a.verdict))><i aria-hidden="true"></i>{a.verdict.label()}</div>
                <p>{readiness::roadmap::sentence(a)}</p>
                {gaps}
            </div>
            <div>
                {ruler(a)}
                <dl class="facts">
                    <div><dt>"Why "{number(a.score.score)}</dt><dd>{why}</dd></div>
                    <div><dt>"Evidenced"</dt><dd>{format!("{} % of what counts", number(a.score.coverage * 100.0))}</dd></div>
                    {since}
                </dl>
            </div>
        </div>
        {track(a, base)}
        {tools(around)}
        <div class="cols">
            <section>
                <header>
                    <h2>"Fix next"</h2>
                    <span class="small muted">"in an order that breaks nothing"</span>
                    {(!a.fix_order.is_empty()).then(|| view! { <a class="push small" href=format!("{base}/plan")>{format!("Whole plan, {}", count(a.fix_order.len(), "step", "steps"))}</a> })}
                </header>
                {if steps.is_empty() {
                    view! { <p class="muted">"Nothing that was seen needs fixing. What is left below is waiting for evidence."</p> }.into_any()
                } else {
                    fix_list(a, steps, base, around.newest, true).into_any()
                }}
            </section>
            <section>
                <header><h2>"Minimum bar"</h2><span class="small muted">{format!("{met} of 8 met")}</span></header>
                {minimum_bar(a)}
            </section>
        </div>
        {stages}
    }
    .into_any()
}

fn actions(around: &Around, e: &Outside) -> AnyView {
    let base = around.base.clone();
    let report = view! {
        <details class="menu">
            <summary class="btn">"Reports"</summary>
            <div>
                <a href=format!("{base}/report.pdf?for=founder")>"PDF for a founder, two pages"</a>
                <a href=format!("{base}/report.pdf")>"PDF for a developer, all evidence"</a>
                <a href=format!("{base}/report.md")>"Markdown"</a>
                <a href=format!("{base}/risks")>"Risk list"</a>
                <a href=format!("{base}/map")>"DNS map"</a>
            </div>
        </details>
    };
    match &around.project {
        _ if around.shared => report.into_any(),
        Some(project) => view! {
            {report}
            <a class="btn" href=format!("{project}/history")>"History"</a>
            {around.may_work.then(|| view! {
                <a class="btn" href=format!("{project}/share")>"Share"</a>
                <a class="btn" href=format!("{project}/edit")>"Settings"</a>
                <form method="post" action=format!("{project}/scan")><button class="btn primary" type="submit">"Scan again"</button></form>
            })}
        }
        .into_any(),
        None if around.again_in > 0 => view! {
            <span class="small muted">{format!("new scan in {} min, Re-check at any time", around.again_in)}</span>
            {report}
        }
        .into_any(),
        None => view! {
            {report}
            <form method="post" action="/preview"><input type="hidden" name="domain" value=e.target.domain.to_string()/><button class="btn" type="submit">"Scan again"</button></form>
        }
        .into_any(),
    }
}

fn keep(around: &Around) -> Option<AnyView> {
    let scan = around.keep.clone()?;
    Some(if around.signed_in {
        view! { <form class="keep" method="post" action="/projects/keep"><input type="hidden" name="scan" value=scan/><p>"This is a preview, forgotten after 7 days."</p><button class="btn primary" type="submit">"Keep it as a project"</button></form> }.into_any()
    } else {
        view! { <div class="keep"><p>"This is a preview, forgotten after 7 days. Keep it, fix what blocks you, and see it go green."</p><a class="btn primary" href=format!("/sign-up?keep={scan}")>"Sign up and keep it"</a></div> }.into_any()
    })
}

/// What else a preview can fill in.
fn tools(around: &Around) -> Option<AnyView> {
    let scan = around.keep.clone()?;
    Some(view! { <p class="small after">"With this result: "<a href=format!("/tools/cost?scan={scan}")>"what mending costs"</a>" · "<a href=format!("/tools/sprint?scan={scan}")>"which work to choose"</a>" · "<a href=format!("/tools/risk?scan={scan}")>"how much is at risk"</a></p> }.into_any())
}

fn stage(a: &Assessment, stage: Stage, base: &str) -> impl IntoView + use<> {
    let text = roadmap::text(stage);
    let later: Vec<_> = a.findings.iter().filter(|f| f.stage == stage && !f.is_told() && f.outcome != Outcome::Na).collect();
    let rows = later
        .iter()
        .map(|f| view! { <li><span class="mono">{f.id.clone()}</span>" "<b>{f.title.clone()}</b>" "<span class="muted">{f.summary.clone()}</span></li> })
        .collect_view();
    let not: Vec<_> = a.findings.iter().filter(|f| f.stage == stage && !f.is_told() && f.outcome == Outcome::Na).collect();
    let not_rows = not
        .iter()
        .map(|f| view! { <li><span class="mono">{f.id.clone()}</span>" "<b>{f.title.clone()}</b>" "<span class="muted">{f.summary.clone()}</span></li> })
        .collect_view();
    let not_told = if not.len() == 1 {
        "1 more check does not apply, and why".to_owned()
    } else {
        format!("{} more checks do not apply, and why", not.len())
    };
    view! {
        <section id=format!("stage-{}", stage.number())>
            <header><h2>{format!("{} · {}", stage.number(), text.name)}</h2><span class="small muted">{text.goal}</span></header>
            {findings_table(a, stage, base)}
            {(!later.is_empty()).then(|| view! {
                <details class="later"><summary>{format!("{} not evidenced yet, and how they will be", count(later.len(), "check", "checks"))}</summary><ul>{rows}</ul></details>
            })}
            {(!not.is_empty()).then(|| view! { <details class="later"><summary>{not_told}</summary><ul>{not_rows}</ul></details> })}
            <dl class="outcomes small">
                <div><dt>"You will hold"</dt><dd>{text.deliverable}</dd></div>
                <div><dt>"You skipped it if"</dt><dd>{text.failure_signal}</dd></div>
            </dl>
        </section>
    }
}
