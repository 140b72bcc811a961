//! The 48-hour sprint of a project: what is in it, the clock, the board, before and after.

use crate::parts::{count, moment, number, verdict_class};
use leptos::prelude::*;
use readiness::fix_order::Step;
use readiness::sprint::{Board, Sprint, Template};
use readiness::tools::sprint::{Choice, PACKAGES};
use readiness::{Assessment, Cause, Difference};
use store::Assignment;

/// A sprint that runs or has run.
#[derive(Debug)]
pub struct Running<'a> {
    /// What it was begun with.
    pub sprint: &'a Sprint,
    /// As it stands.
    pub board: Board,
    /// The result that it began with.
    pub before: &'a Assessment,
    /// The newest one.
    pub newest: &'a Assessment,
    /// What changed between them.
    pub difference: Difference,
}

/// What the page shows.
#[derive(Debug)]
pub struct View<'a> {
    /// The domain for a person.
    pub domain: String,
    /// Address of the project.
    pub project: String,
    /// Address of the newest result, if there is one.
    pub result: Option<String>,
    /// The open sprint, or the last one.
    pub running: Option<Running<'a>>,
    /// What the newest result suggests.
    pub choice: Option<Choice>,
    /// How it may begin, the standard one first, and which of them is chosen.
    pub templates: (Vec<Template>, usize),
    /// Who sees to what.
    pub assigned: Vec<Assignment>,
    /// Whether the reader may work on it.
    pub may_work: bool,
    /// What is wrong.
    pub error: Option<String>,
}

/// The page.
pub fn page(v: &View) -> AnyView {
    let open = v.running.as_ref().is_some_and(|r| r.sprint.closed_at == 0);
    view! {
        <p class="crumbs small"><a href=v.project.clone()>{v.domain.clone()}</a>" / sprint"</p>
        <div class="head"><h1>"Sprint"</h1><span class="small muted">"48 hours of chosen work, in an order that breaks nothing"</span></div>
        {v.error.clone().map(|e| view! { <p class="said fail" role="alert">{e}</p> })}
        {v.running.as_ref().map(|r| running(v, r))}
        {(!open && v.may_work).then(|| begin(v))}
    }
    .into_any()
}

fn begin(v: &View) -> AnyView {
    let Some(choice) = &v.choice else {
        return view! { <div class="empty"><p>"Scan the project first; a sprint begins with what was seen."</p></div> }.into_any();
    };
    let (templates, chosen) = (&v.templates.0, v.templates.1);
    let standard = Template::standard();
    let template = templates.get(chosen).unwrap_or(&standard);
    let own = |name: &str| template.packages.iter().any(|n| n == name);
    let options = PACKAGES
        .iter()
        .map(|p| {
            let suggested = choice.packages.iter().any(|c| c.name == p.name);
            let on = if template.packages.is_empty() { suggested } else { own(p.name) };
            view! { <label class="choice"><input type="checkbox" name="package" value=p.name checked=on/><span><b>{p.name}</b>{format!(" · about {} h. {}", p.hours, p.result)}</span></label> }
        })
        .collect_view();
    let hint = if choice.packages.is_empty() {
        "Nothing is below the bar: no sprint is needed.".to_owned()
    } else if choice.full {
        "Three areas or more have something critical: the whole sprint is suggested.".to_owned()
    } else {
        format!("Suggested: {}, about {} hours.", count(choice.packages.len(), "package", "packages"), choice.hours)
    };
    let switch = (templates.len() > 1).then(|| {
        let links = templates
            .iter()
            .enumerate()
            .map(|(i, t)| view! { <a class="btn small" href=format!("{}/sprint?template={i}", v.project) aria-current=(i == chosen).then_some("true")>{t.name.clone()}</a> })
            .collect_view();
        view! { <p class="switch">{links}</p> }
    });
    let terms = format!("The clock runs {} hours; a fix of more than {} hours is called out.", template.hours, template.large / 60);
    view! {
        <section class="part">
            <h2>"Begin a sprint"</h2>
            {switch}
            <form class="narrow wide-form" method="post" action=format!("{}/sprint", v.project)>
                <fieldset class="field"><legend>"What is in it"</legend>{options}<p class="hint">{hint}" "{terms}</p></fieldset>
                <input type="hidden" name="template" value=template.name.clone()/>
                <button class="btn primary" type="submit">"Start the clock"</button>
            </form>
        </section>
    }
    .into_any()
}

fn clock(r: &Running) -> AnyView {
    if r.sprint.closed_at > 0 {
        return view! { "closed "{moment(r.sprint.closed_at)} }.into_any();
    }
    let minutes = r.board.left_ms / 60_000;
    if minutes < 0 {
        view! { {format!("{} h over", -minutes / 60)} }.into_any()
    } else {
        view! { {format!("{} h {} min left", minutes / 60, minutes % 60)} }.into_any()
    }
}

fn running(v: &View, r: &Running) -> AnyView {
    let open = r.sprint.closed_at == 0;
    let mark = |a: &Assessment| view! { <span class=format!("o {}", verdict_class(a.verdict))>{format!("{} · {}", a.verdict.label(), number(a.score.score))}</span> };
    let result = v.result.clone().unwrap_or_default();
    let left = r.board.ready.len() + r.board.waiting.len();
    let people = by_person(v, &r.board);
    let out = r
        .board
        .out
        .iter()
        .map(|(id, title, why)| {
            let back = (open && v.may_work && r.sprint.called_out.iter().any(|(c, _)| c == id)).then(|| view! { <form method="post" action=format!("{}/sprint/back", v.project)><button class="btn quiet small" name="check" value=id.clone()>"Take it back in"</button></form> });
            view! { <li><span class="o warn">"called out"</span><span><b>{title.clone()}</b>" "<a class="mono small" href=format!("{result}/findings/{id}")>{id.clone()}</a><br/><span class="small muted">{why.clone()}</span></span>{back}</li> }
        })
        .collect_view();
    let done = r.board.done.iter().map(|(id, title)| view! { <li><span class="o pass">"done"</span><span>{title.clone()}" "<a class="mono small" href=format!("{result}/findings/{id}")>{id.clone()}</a></span></li> }).collect_view();
    view! {
        <div class="verdict sprint">
            <div>
                <p class="lead">{mark(r.before)}" → "{mark(r.newest)}</p>
                <p class="small muted">"begun "{moment(r.sprint.started_at)}": "{r.sprint.packages.join(", ")}</p>
            </div>
            <dl class="facts">
                <div><dt>"Clock"</dt><dd>{clock(r)}</dd></div>
                <div><dt>"Left"</dt><dd>{format!("{}, about {} min", count(left, "step", "steps"), r.board.minutes)}</dd></div>
                <div><dt>"Since the beginning"</dt><dd>{format!("▲ {} better ▼ {} worse", r.difference.count(Cause::Fixed), r.difference.count(Cause::Regressed))}</dd></div>
            </dl>
        </div>
        <p class="acts">
            <a class="btn" href=format!("{}/difference?from={}", v.project, r.sprint.before)>"Before and after"</a>
            <a class="btn" href=format!("{}/share", v.project)>"Share with the client"</a>
            <a class="btn" href=format!("{}/pack", v.project)>"Handover pack"</a>
            {(open && v.may_work).then(|| view! { <form method="post" action=format!("{}/sprint/close", v.project)><button class="btn" type="submit">"Close the sprint"</button></form> })}
        </p>
        <section><header><h2>"To do"</h2><span class="small muted">"by who sees to it, in the safe order"</span></header>
            {if left == 0 { view! { <p class="muted">"Nothing is left. Close the sprint, and make the handover pack."</p> }.into_any() } else { view! { {people} }.into_any() }}
        </section>
        {(!r.board.out.is_empty()).then(|| view! { <section><header><h2>"Called out"</h2><span class="small muted">"larger than the sprint, said early instead of hidden"</span></header><ul class="happened">{out}</ul></section> })}
        {(!r.board.done.is_empty()).then(|| view! { <section><header><h2>"Done"</h2><span class="small muted">{r.board.done.len()}</span></header><ul class="happened">{done}</ul></section> })}
    }
    .into_any()
}

/// The steps by who sees to them; what nobody has comes last.
fn by_person(v: &View, b: &Board) -> AnyView {
    let who = |id: &str| v.assigned.iter().find(|a| a.check == id).map_or_else(String::new, |a| a.email.clone());
    let mut people: Vec<String> = b.ready.iter().chain(&b.waiting).map(|s| who(&s.id)).collect();
    people.sort_by_key(|p| (p.is_empty(), p.clone()));
    people.dedup();
    people
        .into_iter()
        .map(|p| {
            let rows = b.ready.iter().chain(&b.waiting).filter(|s| who(&s.id) == p).map(|s| step(v, s)).collect_view();
            let name = if p.is_empty() { "Nobody yet".to_owned() } else { p };
            view! { <h3>{name}</h3><ul class="happened">{rows}</ul> }
        })
        .collect_view()
        .into_any()
}

fn step(v: &View, s: &Step) -> AnyView {
    let href = format!("{}/findings/{}", v.result.clone().unwrap_or_default(), s.id);
    let state = if !s.locked_by.is_empty() {
        ("unknown", format!("waits for {}", s.locked_by.join(", ")))
    } else if s.blocker {
        ("fail", "blocker".to_owned())
    } else {
        ("warn", "can be done".to_owned())
    };
    let out = v.may_work.then(|| view! {
        <details class="later"><summary>"Too large?"</summary>
            <form class="acts" method="post" action=format!("{}/sprint/out", v.project)><input type="hidden" name="check" value=s.id.clone()/><label class="sr-only" for=format!("why-{}", s.id)>"What it would take"</label><input class="cell" id=format!("why-{}", s.id) name="why" required=true maxlength="300" placeholder="what it would take"/><button class="btn small" type="submit">"Call it out"</button></form>
        </details>
    });
    view! { <li><span class=format!("o {}", state.0)>{state.1}</span><span><a class="t" href=href>{s.title.clone()}</a>" "<span class="small muted">{format!("{} · about {} min", s.id, s.minutes)}</span>{out}</span></li> }.into_any()
}
