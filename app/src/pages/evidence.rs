//! The evidence of a project: what each source brought and how fresh it is, and what is missing.

use crate::islands::Copy;
use crate::parts::{count, moment, number};
use leptos::prelude::*;
use readiness::missing::Missing;
use readiness::{Source, catalogue, time};

/// A piece of evidence as the page shows it.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Which repository, monitor, account or question.
    pub key: String,
    /// Where it comes from, in short: `commit abc1234`.
    pub origin: String,
    /// What brought it.
    pub tool: String,
    /// Who.
    pub by: String,
    /// Epoch milliseconds.
    pub taken_at: i64,
    /// Epoch milliseconds.
    pub expires_at: i64,
    /// Checks that rest on it; how many of them fail, and how many warn.
    pub evidences: (usize, usize, usize),
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct View {
    /// The domain for a person.
    pub domain: String,
    /// Address of the project.
    pub project: String,
    /// Its id.
    pub id: String,
    /// Address of this site.
    pub site: String,
    /// Pieces by source.
    pub pieces: Vec<(Source, Vec<Piece>)>,
    /// What is missing, the most weight won per minute first.
    pub missing: Vec<Missing>,
    /// Share of what applies that has evidence, 0 to 1; none before the first scan.
    pub coverage: Option<f64>,
    /// Whether the reader may scan and push.
    pub may_scan: bool,
    /// Epoch milliseconds.
    pub now: i64,
}

/// The page.
pub fn page(v: &View) -> AnyView {
    let groups = v.pieces.iter().map(|(source, list)| group(v, *source, list)).collect_view();
    let missing = v.missing.iter().map(|m| gap(v, m)).collect_view();
    view! {
        <p class="crumbs small"><a href=v.project.clone()>{v.domain.clone()}</a>" / evidence"</p>
        <div class="head">
            <h1>"Evidence"</h1>
            {v.coverage.map(|c| view! { <span class="small muted">{format!("{} % of what counts is evidenced", number(c * 100.0))}</span> })}
        </div>
        <p class="prose-note">"Evidence is what was seen, pushed or told, with its date. The newest piece of each source and key counts until its day is over; then its checks are unknown again, and never failed. What was seen counts more than what somebody says."</p>
        {if v.pieces.is_empty() {
            view! { <div class="empty"><p>"There is no evidence yet. A scan is the quickest."</p></div> }.into_any()
        } else {
            groups.into_any()
        }}
        <section id="missing">
            <header><h2>"What is missing"</h2><span class="small muted">"what wins most in a minute comes first"</span></header>
            {if v.missing.is_empty() { view! { <p class="muted">"Nothing. Everything that applies has evidence."</p> }.into_any() } else { missing.into_any() }}
        </section>
    }
    .into_any()
}

/// The pieces of one source.
fn group(v: &View, source: Source, list: &[Piece]) -> AnyView {
    let info = source.info();
    let rows = list.iter().map(|p| line(v, source, p)).collect_view();
    let stale = list.iter().filter(|p| p.expires_at <= v.now).count();
    let table = view! {
        <table class="list log">
            <thead><tr>
                <th scope="col">{if source == Source::Person { "Question" } else { "Which" }}</th>
                <th scope="col">"Evidences"</th>
                <th scope="col" class="wide">"By"</th>
                <th scope="col" class="wide">"Taken"</th>
                <th scope="col">"Fresh until"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    };
    let told =
        if stale > 0 { format!("{}, {stale} stale", count(list.len(), "piece", "pieces")) } else { count(list.len(), "piece", "pieces") };
    // Answers are many, and have a page of their own.
    let table = if source == Source::Person && list.len() > 5 {
        view! { <details class="later"><summary>{format!("Show all {}", list.len())}</summary>{table}</details> }.into_any()
    } else {
        table.into_any()
    };
    view! {
        <section>
            <header>
                <h2>{info.label}</h2>
                <span class="small muted">{told}</span>
                {(source == Source::Person).then(|| view! { <span class="push small"><a href=format!("{}/questions", v.project)>"All questions"</a></span> })}
            </header>
            <p class="small muted">{info.about}</p>
            {table}
        </section>
    }
    .into_any()
}

fn line(v: &View, source: Source, p: &Piece) -> AnyView {
    let name = match source {
        Source::Person => {
            view! { <a href=format!("{}/questions#{}", v.project, p.key)><span class="mono">{p.key.clone()}</span></a> }.into_any()
        }
        _ if p.key.is_empty() => view! { {p.origin.clone()} }.into_any(),
        _ => view! { {p.key.clone()}<span class="sub">{p.origin.clone()}</span> }.into_any(),
    };
    let (checks, fails, warns) = p.evidences;
    let mut evidences = count(checks, "check", "checks");
    for (n, word) in [(fails, "fails"), (warns, "warns")] {
        if n > 0 {
            evidences.push_str(&format!(", {n} {word}"));
        }
    }
    let by = [p.by.as_str(), p.tool.as_str()].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ");
    let fresh = if p.expires_at <= v.now {
        view! { <span class="o unknown">"Stale"</span><span class="sub">"since "{moment(p.expires_at)}</span> }.into_any()
    } else {
        view! { {moment(p.expires_at)}<span class="sub">{time::ago(p.expires_at, v.now)}</span> }.into_any()
    };
    view! { <tr><td>{name}</td><td>{evidences}</td><td class="wide">{by}</td><td class="wide">{moment(p.taken_at)}</td><td>{fresh}</td></tr> }.into_any()
}

/// What one source could still evidence, and the next step.
fn gap(v: &View, m: &Missing) -> AnyView {
    let info = m.source.info();
    let titles = m
        .checks
        .iter()
        .filter_map(|id| catalogue::entry(id))
        .map(|e| view! { <li><a href=format!("/checks/{}", e.id)><span class="mono small">{e.id}</span>" "{e.title}</a></li> })
        .collect_view();
    let critical = if m.critical > 0 { format!(", {} critical", m.critical) } else { String::new() };
    view! {
        <section id=format!("missing-{}", m.source)>
            <header>
                <h3>{info.label}</h3>
                <span class="small muted">{format!("{}{critical} · adds up to {} % · {}", count(m.checks.len(), "check", "checks"), number(m.adds), effort(m.minutes))}</span>
            </header>
            <p class="small">{info.about}</p>
            {step(v, m)}
            <details class="later"><summary>{format!("Which {}", if m.checks.len() == 1 { "check" } else { "checks" })}</summary><ul>{titles}</ul></details>
        </section>
    }
    .into_any()
}

/// Minutes as people say them.
fn effort(minutes: u32) -> String {
    if minutes < 90 { format!("{minutes} min") } else { format!("{} h", number(f64::from(minutes) / 60.0)) }
}

/// What to do next for it.
fn step(v: &View, m: &Missing) -> AnyView {
    match m.source {
        Source::Outside if !v.may_scan => view! { <p class="small muted">"Somebody who may scan this project can look again."</p> }.into_any(),
        Source::Outside => view! { <form method="post" action=format!("{}/scan", v.project)><button class="btn" type="submit">"Scan now"</button></form> }.into_any(),
        Source::Person => view! { <p><a class="btn" href=format!("{}/questions", v.project)>{format!("Answer {}", count(m.checks.len(), "question", "questions"))}</a></p> }.into_any(),
        source => pushed(v, source, m.checks.first().copied().unwrap_or("AUD-01")),
    }
}

/// How a piece of this source is pushed, to copy.
fn pushed(v: &View, source: Source, check: &str) -> AnyView {
    let file = format!("{source}.json");
    let head = match source {
        Source::Repository => r#""commit": "…", "#,
        Source::Connection => r#""provider": "…", "#,
        Source::Probe => r#""subject": "…", "#,
        _ => "",
    };
    let piece =
        format!(r#"{{"source": "{source}", "key": "main", "body": {{{head}"findings": [{{"id": "{check}", "outcome": "pass"}}]}}}}"#);
    let command = format!("launch-ready push {file} --project {}", v.id);
    let curl = format!(
        "curl -X POST {}/api/v1/projects/{}/evidence -H \"Authorization: Bearer $LR_TOKEN\" -H \"Content-Type: application/json\" --data @{file}",
        v.site, v.id
    );
    let paste = |place: String, text: String| {
        view! {
            <div class="paste">
                <div class="head-line"><span>{place}</span><Copy value=text.clone()/></div>
                <pre tabindex="0">{text.clone()}</pre>
            </div>
        }
    };
    view! {
        <p class="small">{sentence(source.info().how)}" It sends outcomes and places, never code or the value of a secret. It takes a token with the scope "<span class="mono">"evidence:write"</span>": "<a href="/workspace/tokens">"make a token"</a>"."</p>
        {paste(format!("{file}: one finding for each check"), piece)}
        {paste("Terminal or CI".to_owned(), command)}
        <details class="later"><summary>"Without our command line"</summary>{paste("Terminal or CI".to_owned(), curl)}</details>
    }
    .into_any()
}

/// An imperative as a sentence.
fn sentence(how: &str) -> String {
    let mut letters = how.chars();
    letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).chain(['.']).collect()
}
