//! The documents of a project.

use crate::parts::moment;
use leptos::prelude::*;
use readiness::documents::{DOCUMENTS, Document, Row};
use readiness::{Stage, roadmap};
use store::Kept;

/// Empty rows below those that are filled.
const SPARE: usize = 3;

/// The list of them.
#[derive(Clone, Debug)]
pub struct Index {
    /// The domain for a person.
    pub domain: String,
    /// Address of the project.
    pub project: String,
    /// The newest scan.
    pub scan: Option<String>,
    /// Tables that exist.
    pub kept: Vec<Kept>,
    /// Whether the reader may work on it.
    pub may_work: bool,
}

/// The deliverables of each stage: generated ones and those that people keep.
pub fn index(v: &Index) -> AnyView {
    let stages = Stage::ALL
        .iter()
        .map(|s| {
            let scan = v.scan.as_ref().map(|id| format!("{}/scans/{id}", v.project));
            let generated: Vec<(&str, String, &str)> = match (s, scan) {
                (Stage::Audit, Some(at)) => vec![("Risk list", format!("{at}/risks"), "written by itself"), ("Order of fixes", format!("{at}/plan"), "written by itself")],
                (Stage::Edge, Some(at)) => vec![("DNS map", format!("{at}/map"), "from what was seen; purposes are yours")],
                (Stage::Security, Some(at)) => vec![("Security checklist", format!("{at}#stage-5"), "the checks of stage 5"), ("Answers about security", format!("{}/questions#SEC-34", v.project), "sign it here")],
                (Stage::Handover, _) => vec![("Handover checklist", format!("{}/questions#HND-01", v.project), "what is asked at the end"), ("Change log", format!("{}/changes", v.project), "written by itself"), ("Handover pack", format!("{}/pack", v.project), "everything, frozen and signed")],
                _ => vec![],
            };
            let generated = generated.into_iter().map(|(t, href, how)| view! { <li><a class="t" href=href>{t.to_owned()}</a><span class="small muted">{how.to_owned()}</span></li> }).collect_view();
            let kept = DOCUMENTS
                .iter()
                .filter(|d| d.stage == *s)
                .map(|d| {
                    let state = match v.kept.iter().find(|k| k.word == d.word) {
                        Some(k) => { let rows = crate::parts::count(k.rows.len(), "row", "rows"); view! { {rows}", "{moment(k.at)}", "{k.author.clone()} }.into_any() },
                        None => view! { "not begun; opens with what was seen" }.into_any(),
                    };
                    view! { <li><a class="t" href=format!("{}/documents/{}", v.project, d.word)>{d.title}</a><span class="small muted">{state}</span><span class="small">{d.purpose}</span></li> }
                })
                .collect_view();
            let text = roadmap::text(*s);
            view! { <section><header><h2>{format!("{} · {}", s.number(), text.name)}</h2><span class="small muted">{text.deliverable}</span></header><ul class="papers">{generated}{kept}</ul></section> }
        })
        .collect_view();
    view! {
        <p class="crumbs small"><a href=v.project.clone()>{v.domain.clone()}</a>" / documents"</p>
        <div class="head"><h1>"Documents"</h1><span class="small muted">"what you hold at the end of each stage"</span></div>
        {stages}
    }
    .into_any()
}

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    /// As kept, as begun, or as typed.
    pub rows: Vec<Row>,
    /// The version that was seen; 0 for none yet.
    pub version: i64,
    /// Who changed it last, and when.
    pub last: Option<(String, i64)>,
    /// What is wrong.
    pub error: Option<String>,
    /// Whether the reader may change it.
    pub may_work: bool,
}

/// The page of one table.
pub fn table(domain: &str, project: &str, d: &'static Document, t: &Table) -> AnyView {
    let head = d.columns.iter().map(|c| view! { <th scope="col">{*c}</th> }).collect_view();
    let spare = if t.may_work { SPARE } else { 0 };
    let rows = (0..t.rows.len() + spare)
        .map(|n| {
            let row = t.rows.get(n);
            let cells = d
                .columns
                .iter()
                .enumerate()
                .map(|(c, column)| {
                    let value = row.and_then(|r| r.get(c)).cloned().unwrap_or_default();
                    if t.may_work {
                        view! { <td><textarea class="cell" name=format!("{n}-{c}") rows="2" aria-label=format!("{column}, row {}", n + 1) inner_html=crate::shell::raw_text(&value)></textarea></td> }.into_any()
                    } else {
                        view! { <td>{value}</td> }.into_any()
                    }
                })
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    let last = t.last.clone().map(|(who, at)| view! { <span class="small muted">{who}", "{moment(at)}</span> });
    view! {
        <p class="crumbs small"><a href=project.to_owned()>{domain.to_owned()}</a>" / "<a href=format!("{project}/documents")>"documents"</a></p>
        <div class="head"><h1>{d.title}</h1>{last}</div>
        <p class="prose-note">{d.purpose}{(d.word == "secrets").then_some(" A value that is pasted here is refused.")}</p>
        {t.error.clone().map(|e| view! { <p class="said fail" role="alert">{e}</p> })}
        {(t.version == 0 && !t.rows.is_empty()).then(|| view! { <p class="note">"It begins with what the scan saw. Complete it, then save it."</p> })}
        <form method="post" action=format!("{project}/documents/{}", d.word)>
            <input type="hidden" name="version" value=t.version.to_string()/>
            <div class="scroll" tabindex="0" role="region" aria-label=d.title><table class="sheet"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>
            {t.may_work.then(|| view! { <p class="acts"><button class="btn primary" type="submit">"Save"</button><span class="small muted">"More empty rows appear after saving. A row without any text is left out."</span></p> })}
        </form>
    }
    .into_any()
}
