//! One finding: what was seen, why it matters, the fix, Re-check.

use crate::islands::Recheck;
use crate::parts::{fix_block, moment, number, other_guides, outcome, picture_of, samples};
use leptos::prelude::*;
use readiness::check::Reference;
use readiness::{Assessment, Finding, Outcome, Outside, Source, guide, missing, roadmap, time};
use store::{AccountId, Assignment, Comment};

/// What the page shows around the finding.
#[derive(Clone, Debug)]
pub struct Around {
    /// Address of the result.
    pub base: String,
    /// The domain for a person.
    pub domain: String,
    /// Sources of the rule.
    pub references: Vec<Reference>,
    /// How it is judged.
    pub criterion: String,
    /// Whether it can be asked again.
    pub recheck: bool,
    /// What a re-check just said, and whether caches lag behind.
    pub said: Option<String>,
    /// Seconds until resolvers follow the source.
    pub lag: Option<u32>,
    /// What people say about it, where people can.
    pub talk: Option<Talk>,
    /// For an open or excused finding of a project: the excuse as typed, if the reader may give one.
    pub excuse: Option<Excusing>,
    /// How long ago it was seen, in words; empty while nothing is known.
    pub age: String,
    /// The page of the project's evidence, where the reader has one.
    pub evidence: Option<String>,
    /// Where it is answered, if it is a person's to say.
    pub question: Option<String>,
}

/// An excuse as it is typed.
#[derive(Clone, Debug, Default)]
pub struct Excusing {
    /// The kind's word.
    pub kind: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// For how many days.
    pub days: String,
    /// What would show that a false alarm is none.
    pub disproof: String,
    /// The most days of a risk and of a false alarm; none where there is none.
    pub longest: (Option<i64>, Option<i64>),
    /// Beside which field, and what.
    pub error: Option<(&'static str, String)>,
}

/// What people say about a finding, and who sees to it.
#[derive(Clone, Debug)]
pub struct Talk {
    /// The oldest first.
    pub comments: Vec<Comment>,
    /// Who sees to it.
    pub assigned: Option<Assignment>,
    /// Whether the reader may say something.
    pub may_comment: bool,
    /// Who may be asked, if the reader may ask.
    pub people: Option<Vec<(AccountId, String)>>,
    /// As typed.
    pub text: String,
    /// Beside it.
    pub text_error: Option<String>,
}

/// The page.
pub fn page(e: &Outside, a: &Assessment, f: &Finding, around: &Around) -> AnyView {
    let stage = roadmap::text(f.stage);
    let step = a.fix_order.iter().find(|s| s.id == f.id).cloned();
    let seen = f.evidence.iter().map(|s| view! { <li><p class="small muted"><span class="mono">{s.source.clone()}</span>" · "{moment(s.at)}</p><pre tabindex="0">{s.text.clone()}</pre></li> }).collect_view();
    let references = around.references.iter().map(|r| view! { <li><a href=r.url rel="noreferrer">{r.title}</a></li> }).collect_view();
    let points = f.points.now.map_or_else(|| "–".to_owned(), number);
    let lock = step.as_ref().filter(|s| !s.locked_by.is_empty()).map(|s| {
        let ids =
            s.locked_by.iter().map(|id| view! { <a href=format!("{}/findings/{id}", around.base)>{id.clone()}</a>" " }).collect_view();
        view! { <p class="lock">"Waits for "{ids}": "{s.wait.clone().unwrap_or_default()}"."</p> }
    });
    let confirm = step
        .as_ref()
        .map(|s| s.confirm_first.iter().map(|c| view! { <p class="small muted">{format!("Be sure first: {c}.")}</p> }).collect_view());
    let elsewhere: Vec<_> = guide::guides(e, f).into_iter().filter(|g| !g.used).collect();
    let picture = match f.id.as_str() {
        "PERF-01" | "PERF-02" => samples(e, false),
        "PERF-03" => samples(e, true),
        id => picture_of(id, e),
    };
    let action = format!("{}/findings/{}/recheck", around.base, f.id);
    view! {
        <p class="crumbs small"><a href=around.base.clone()>{around.domain.clone()}</a>" / "{format!("{} · {}", f.stage.number(), stage.name)}" / "<span class="mono">{f.id.clone()}</span></p>
        {around.said.clone().map(|s| view! { <p class=format!("said {}", f.outcome.word()) role="status">{s}</p> })}
        <div class="head finding">
            <h1>{f.title.clone()}</h1>
            <span>{outcome(f.outcome)}</span>
        </div>
        <div class="cols finding">
            <section>
                <p class="lead">{f.summary.clone()}</p>
                {f.excuse.as_ref().map(|x| view! {
                    <p class="note">{format!("Excused, not fixed. {}: {} {} answers for it until {}.", x.kind.label(), x.reason, x.owner, readiness::time::date(x.expires))}{(!x.disproof.is_empty()).then(|| format!(" It would be proved wrong by: {}", x.disproof))}</p>
                })}
                {differs(f)}
                {around.lag.map(|n| view! { <p class="lag">{format!("Your own name servers already give the new answer. Resolvers elsewhere follow within {n} seconds.")}</p> })}
                {(!f.why.is_empty()).then(|| view! { <h2>"Why it matters"</h2><p>{f.why.clone()}</p> })}
                {lock}{confirm}
                {f.fix.as_ref().map(|fix| view! { <h2>"Fix: "{fix.title.clone()}</h2>{fix_block(fix, &f.guides)} })}
                {(around.recheck && f.implemented).then(|| view! { <Recheck action=action/> })}
                {around.question.clone().map(|href| view! { <p><a class="btn primary" href=href>{if f.outcome.is_evidenced() { "Answer again" } else { "Answer it" }}</a></p> })}
                {other_guides(&elsewhere, !f.guides.is_empty())}
                {(f.outcome == Outcome::Pass && around.said.is_some()).then(|| view! { <p><a class="btn" href=around.base.clone()>"Back to the result"</a></p> })}
            </section>
            <section>
                <h2>"What was seen"</h2>
                {if f.evidence.is_empty() { view! { <p class="muted small">"Nothing to show."</p> }.into_any() } else { view! { <ul class="seen">{seen}</ul> }.into_any() }}
                <dl class="outcomes small">
                    {f.implemented.then(|| view! { <div><dt>"Rule"</dt><dd>{around.criterion.clone()}" "<a href=format!("/checks/{}", f.id)>"All about this check"</a></dd></div> })}
                    {rests_on(f, around)}
                    <div><dt>"Impact"</dt><dd>{f.impact.word()}</dd></div>
                    <div><dt>"Area"</dt><dd>{f.area.word()}</dd></div>
                    <div><dt>"Points"</dt><dd>{points}" of "{number(f.points.max)}"; the score would be "{number(f.points.if_fixed)}" if it passed"</dd></div>
                </dl>
                {(!around.references.is_empty()).then(|| view! { <h2>"Read more"</h2><ul class="refs small">{references}</ul> })}
            </section>
        </div>
        {picture.map(|p| view! { <section><header><h2>"As a picture"</h2></header>{p}</section> })}
        {around.excuse.clone().map(|x| excusing(f, x, &format!("{}/findings/{}", around.base, f.id)))}
        {around.talk.clone().map(|t| talk(t, &format!("{}/findings/{}", around.base, f.id)))}
    }
    .into_any()
}

/// What a person says, where that differs from what was seen.
fn differs(f: &Finding) -> Option<AnyView> {
    let said = f.said.as_ref()?;
    let seen = if f.excuse.is_some() { "open, and excused".to_owned() } else { f.outcome.label().to_lowercase() };
    Some(
        view! {
            <p class="note">{format!("Seen: {seen}. {} said “{}” on {}; what was seen counts.", said.by, said.answer.label().to_lowercase(), time::date(said.at))}</p>
        }
        .into_any(),
    )
}

/// The source, its age, and what would refresh it.
fn rests_on(f: &Finding, around: &Around) -> AnyView {
    let refreshed = missing::refreshed_by(f);
    let source = f.source.map(|s| {
        let label = match s {
            Source::Person => "A person’s answer",
            other => other.info().label,
        };
        view! { <div><dt>"Source"</dt><dd>{label}", "{moment(f.seen_at)}{(!around.age.is_empty()).then(|| view! { " "<span class="muted">{around.age.clone()}</span> })}</dd></div> }
    });
    let dt = if f.source.is_some() { "Refreshed by" } else { "Evidenced by" };
    view! {
        {source}
        {(f.source.is_some() || f.outcome != Outcome::Na).then(|| view! { <div><dt>{dt}</dt><dd>{refreshed}{around.evidence.clone().map(|href| view! { " "<a href=href>"Evidence"</a> })}</dd></div> })}
    }
    .into_any()
}

/// The excuse that holds, or the form for one.
fn excusing(f: &Finding, x: Excusing, at: &str) -> AnyView {
    if f.excuse.is_some() {
        return view! { <section><form method="post" action=format!("{at}/excuse/end")><button class="btn" type="submit">"End the excuse"</button></form></section> }.into_any();
    }
    let wrong = |field: &str| x.error.clone().filter(|(n, _)| *n == field).map(|(_, e)| e);
    let (risk, alarm) = x.longest;
    let Some(longest) = risk.max(alarm) else { return ().into_any() };
    let kinds = [("risk", "Take the risk knowingly for a time", risk), ("false-alarm", "It is a false alarm", alarm)]
        .into_iter()
        .filter(|(_, _, days)| days.is_some())
        .map(|(word, text, _)| {
            view! { <label class="choice"><input type="radio" name="kind" value=word checked=x.kind == word/><span>{text}</span></label> }
        })
        .collect_view();
    let text = |name: &'static str, label: &'static str, value: &str, hint: String| {
        let error = wrong(name);
        let (bad, described) = (error.is_some(), format!("{name}-hint"));
        view! { <div class="field"><label for=name>{label}</label><input id=name name=name value=value.to_owned() maxlength="500" aria-describedby=described.clone() aria-invalid=bad.then_some("true")/><p id=described class=if bad { "err" } else { "hint" }>{error.clone().unwrap_or_else(|| hint.clone())}</p></div> }
    };
    view! {
        <section>
            <details class="later" open=x.error.is_some()>
                <summary>"Not fixing it now"</summary>
                <form class="narrow" method="post" action=format!("{at}/excuse")>
                    <fieldset class="field"><legend>"How"</legend>{kinds}{wrong("kind").map(|e| view! { <p class="err">{e}</p> })}</fieldset>
                    {text("reason", "Why", &x.reason, "It stands in the report and in the log.".into())}
                    {text("owner", "Who answers for it", &x.owner, "A name or an address.".into())}
                    {text("days", "For how many days", &x.days, format!("{longest} at most; then it counts again."))}
                    {text("disproof", "For a false alarm: what would show that it is none", &x.disproof, "So that the next person can check.".into())}
                    <button class="btn" type="submit">"Excuse it"</button>
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn talk(t: Talk, at: &str) -> AnyView {
    let said = t
        .comments
        .iter()
        .map(|c| view! { <li><p class="small muted"><b>{c.author.clone()}</b>" · "{moment(c.at)}</p><p class="text">{c.text.clone()}</p></li> })
        .collect_view();
    let bad = t.text_error.is_some();
    let who = t.assigned.as_ref().map_or_else(
        || "Nobody sees to it yet.".to_owned(),
        |a| if a.due.is_empty() { format!("{} sees to it.", a.email) } else { format!("{} sees to it, by {}.", a.email, a.due) },
    );
    let assign = t.people.map(|people| {
        let now = t.assigned.as_ref().map(|a| a.account.clone());
        let options = people.iter().map(|(id, email)| view! { <option value=id.to_string() selected=now.as_ref() == Some(id)>{email.clone()}</option> }).collect_view();
        let due = t.assigned.as_ref().map(|a| a.due.clone()).unwrap_or_default();
        view! {
            <form class="acts assign" method="post" action=format!("{at}/assign")>
                <div class="field"><label for="account">"Who"</label><select id="account" name="account"><option value="">"nobody"</option>{options}</select></div>
                <div class="field"><label for="due">"By"</label><input id="due" name="due" type="date" value=due/></div>
                <button class="btn" type="submit">"Assign"</button>
            </form>
        }
    });
    view! {
        <section class="talk" id="talk">
            <header><h2>"Between you"</h2></header>
            <p>{who}</p>
            {assign}
            {(!t.comments.is_empty()).then(|| view! { <ul class="said-list">{said}</ul> })}
            {t.may_comment.then(|| view! {
                <form class="narrow" method="post" action=format!("{at}/comments")>
                    <div class="field">
                        <label for="text">"Comment"</label>
                        <textarea id="text" name="text" rows="3" aria-describedby="text-hint" aria-invalid=bad.then_some("true") inner_html=crate::shell::raw_text(&t.text)></textarea>
                        <p id="text-hint" class=if bad { "err" } else { "hint" }>{t.text_error.unwrap_or_else(|| "Members who can see the project read it. With @ and somebody's address, or what stands before its @, they get a mail.".into())}</p>
                    </div>
                    <button class="btn" type="submit">"Say it"</button>
                </form>
            })}
        </section>
    }
    .into_any()
}
