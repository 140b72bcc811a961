//! What only people know: questions, answers, and asking somebody by mail.

use crate::parts::{moment, outcome};
use leptos::prelude::*;
use readiness::attestations::Question;
use readiness::{Answer, Assessment, Attestation, Claims, Impact, Outcome, Stage, catalogue, roadmap};
use store::{Ask, FileRow};

/// What was typed and is wrong.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Of which check.
    pub check: String,
    /// The chosen answer's word.
    pub answer: String,
    /// The note.
    pub note: String,
    /// The link.
    pub shown: String,
    /// Whom to ask.
    pub email: String,
    /// Beside which field, and what.
    pub error: Option<(&'static str, String)>,
}

/// What the page shows.
#[derive(Debug)]
pub struct View<'a> {
    /// The domain for a person.
    pub domain: String,
    /// Address of the project.
    pub project: String,
    /// Answers and excuses.
    pub claims: &'a Claims,
    /// The newest judgement, if there is one.
    pub newest: Option<&'a Assessment>,
    /// Questions that wait for somebody.
    pub asks: Vec<Ask>,
    /// Files that show something.
    pub files: Vec<FileRow>,
    /// What became of a file: whether it was taken, and a sentence.
    pub said: Option<(bool, &'static str)>,
    /// Whether the reader may answer.
    pub may_answer: bool,
    /// Whether the reader may ask others and take answers back.
    pub may_work: bool,
    /// As typed.
    pub typed: Typed,
    /// Epoch milliseconds.
    pub now: i64,
}

/// The page.
pub fn page(v: &View) -> AnyView {
    let all: Vec<&Question> = readiness::attestations::questions().iter().filter(|q| applies(v, q)).collect();
    let open = all.iter().filter(|q| is_open(v, q)).count();
    let stages = Stage::ALL
        .iter()
        .filter_map(|s| {
            let mut list: Vec<&&Question> = all.iter().filter(|q| catalogue::entry(q.id).is_some_and(|e| e.stage == *s)).collect();
            list.sort_by_key(|q| catalogue::entry(q.id).map(|e| e.impact));
            (!list.is_empty()).then(|| stage(v, *s, &list))
        })
        .collect_view();
    view! {
        <p class="crumbs small"><a href=v.project.clone()>{v.domain.clone()}</a>" / questions"</p>
        <div class="head"><h1>"What only you know"</h1><span class="small muted">{if open == 0 { "all answered".to_owned() } else { format!("{open} of {} open", all.len()) }}</span></div>
        {v.said.map(|(good, text)| view! { <p class=format!("said {}", if good { "pass" } else { "fail" }) role="status">{text}</p> })}
        <p class="prose-note">"No scan can see whether a backup was ever restored, or who owns the account at the registrar. Answer what you know; ask others what they know. An answer counts until its date, then it is asked again."</p>
        {stages}
        {not_asked(v)}
    }
    .into_any()
}

/// Questions that are not put, each with the reason.
fn not_asked(v: &View) -> Option<AnyView> {
    let list: Vec<(&Question, String)> = readiness::attestations::questions()
        .iter()
        .filter(|q| !applies(v, q))
        .filter_map(|q| Some((q, v.newest?.finding(q.id)?.summary.clone())))
        .collect();
    let rows = list
        .iter()
        .map(|(q, why)| view! { <li><span class="mono small">{q.id}</span>" "{q.question}" "<span class="muted">{why.clone()}</span></li> })
        .collect_view();
    let change = v.may_work.then(|| view! { <p><a href=format!("{}/edit#profile", v.project)>"Change which checks apply"</a></p> });
    (!list.is_empty()).then(|| {
        let told =
            if list.len() == 1 { "One question does not apply".to_owned() } else { format!("{} questions do not apply", list.len()) };
        view! { <section><details class="later"><summary>{told}</summary><ul>{rows}</ul>{change}</details></section> }.into_any()
    })
}

/// A question whose check does not apply by itself, such as those about AI, is not put.
fn applies(v: &View, q: &Question) -> bool {
    v.claims.attestation(q.id).is_some() || v.newest.and_then(|a| a.finding(q.id)).is_none_or(|f| f.outcome != Outcome::Na)
}

fn is_open(v: &View, q: &Question) -> bool {
    v.claims.attestation(q.id).is_none_or(|a| a.expires <= v.now)
}

fn stage(v: &View, stage: Stage, list: &[&&Question]) -> AnyView {
    let rows = list.iter().map(|q| one(v, q)).collect_view();
    view! { <section><header><h2>{format!("{} · {}", stage.number(), roadmap::text(stage).name)}</h2></header>{rows}</section> }.into_any()
}

fn state(v: &View, q: &Question, said: Option<&Attestation>) -> AnyView {
    let told = v.newest.and_then(|a| a.finding(q.id)).map_or(Outcome::Unknown, |f| f.outcome);
    match said {
        Some(a) if a.expires > v.now => view! { {outcome(told)}<span class="small muted">{a.by.clone()}", "{moment(a.at)}", until "{readiness::time::date(a.expires)}</span> }.into_any(),
        Some(a) => view! { <span class="o unknown">"Ask again"</span><span class="small muted">{a.by.clone()}", "{moment(a.at)}", ended "{readiness::time::date(a.expires)}</span> }.into_any(),
        None => view! { <span class="o unknown">"Open"</span> }.into_any(),
    }
}

fn one(v: &View, q: &Question) -> AnyView {
    let said = v.claims.attestation(q.id);
    let waiting = v
        .asks
        .iter()
        .filter(|a| a.check == q.id)
        .map(|a| view! { <p class="small muted">{format!("Asked {} ", a.email)}{moment(a.at)}"; the answer is open."</p> })
        .collect_view();
    let mine = v.typed.check == q.id;
    let typed = if mine {
        v.typed.clone()
    } else {
        Typed {
            answer: said.map_or_else(String::new, |a| a.answer.word().to_owned()),
            note: said.map_or_else(String::new, |a| a.note.clone()),
            shown: said.map_or_else(String::new, |a| a.shown.join("\n")),
            ..Typed::default()
        }
    };
    let at = format!("{}/questions/{}", v.project, q.id);
    let critical = catalogue::entry(q.id).is_some_and(|e| e.resting_impact == Impact::Critical);
    let ask = v.may_work.then(|| {
        let wrong = typed.error.clone().filter(|(f, _)| *f == "email").map(|(_, e)| e);
        let (bad, id) = (wrong.is_some(), format!("email-{}", q.id));
        view! {
            <form class="acts ask-mail" method="post" action=format!("{at}/ask")>
                <div class="field"><label for=id.clone()>"Or ask somebody by mail, who needs no account"</label><input id=id.clone() name="email" type="email" value=typed.email.clone() autocomplete="off" aria-describedby=format!("{id}-hint") aria-invalid=bad.then_some("true")/><p id=format!("{id}-hint") class=if bad { "err" } else { "hint" }>{wrong.clone().unwrap_or_else(|| "They get one link to this one question; it works for 14 days.".into())}</p></div>
                <button class="btn" type="submit">"Send the question"</button>
            </form>
        }
    });
    view! {
        <details class="question" id=q.id open=mine>
            <summary><span class="mono small">{q.id}</span><span><b>{q.question}</b>{critical.then(|| view! { " "<span class="small muted">"critical"</span> })}</span><span class="state">{state(v, q, said)}</span></summary>
            <p class="muted">{q.why}</p>
            {waiting}
            {said.filter(|a| !a.note.is_empty() || !a.shown.is_empty()).map(|a| view! { <p class="text">{a.note.clone()}</p>{shown(&a.shown)} })}
            {v.may_answer.then(|| form(q, &at, &typed, None))}
            {files(v, q, &at)}
            {ask}
            {(v.may_work && said.is_some()).then(|| view! { <form method="post" action=format!("{at}/withdraw")><button class="btn quiet small" type="submit">"Take the answer back"</button></form> })}
        </details>
    }
    .into_any()
}

/// Files for an answer, and the form for another.
fn files(v: &View, q: &Question, at: &str) -> AnyView {
    let list = v
        .files
        .iter()
        .filter(|f| f.check == q.id)
        .map(|f| {
            let href = format!("{}/files/{}", v.project, f.id);
            let gone = v.may_work.then(|| view! { <form method="post" action=format!("{href}/remove")><button class="btn quiet small" type="submit" aria-label=format!("Remove {}", f.name)>"Remove"</button></form> });
            view! { <li class="acts"><a href=href.clone()>{f.name.clone()}</a>" "<span class="small muted">{format!("{} kB, ", f.size / 1024 + 1)}{f.author.clone()}", "{moment(f.at)}</span>{gone}</li> }
        })
        .collect_view();
    let id = format!("file-{}", q.id);
    view! {
        <ul class="small">{list}</ul>
        {v.may_answer.then(|| view! {
            <form class="acts ask-mail" method="post" enctype="multipart/form-data" action=format!("{at}/files")>
                <div class="field"><label for=id.clone()>"A file that shows it"</label><input id=id.clone() name="file" type="file" required=true accept=".png,.jpg,.jpeg,.webp,.pdf,.txt" aria-describedby=format!("{id}-hint")/><p id=format!("{id}-hint") class="hint">"PNG, JPEG, WebP, PDF or text, 10 MB at most. Black out secrets first."</p></div>
                <button class="btn" type="submit">"Add the file"</button>
            </form>
        })}
    }
    .into_any()
}

/// Links to what shows it; only http and https are links.
fn shown(list: &[String]) -> AnyView {
    let items = list
        .iter()
        .map(|s| {
            if s.starts_with("https://") || s.starts_with("http://") {
                view! { <li><a href=s.clone() rel="noreferrer nofollow">{s.clone()}</a></li> }.into_any()
            } else {
                view! { <li>{s.clone()}</li> }.into_any()
            }
        })
        .collect_view();
    view! { <ul class="small">{items}</ul> }.into_any()
}

/// The form of an answer; `secret` is a link's, where somebody without an account answers.
fn form(q: &Question, at: &str, typed: &Typed, secret: Option<&str>) -> AnyView {
    let wrong = |field: &str| typed.error.clone().filter(|(f, _)| *f == field).map(|(_, e)| e);
    let choices = Answer::ALL
        .iter()
        .filter_map(|a| {
            let text = match a {
                Answer::Yes => q.yes,
                Answer::Partly => q.partly?,
                Answer::No => q.no,
                Answer::NotApplicable => "It does not apply here; say why below.",
            };
                        Some(view! { <label class="choice"><input type="radio" name="answer" value=a.word() checked=typed.answer == a.word()/><span><b>{a.label()}</b>" "{text}</span></label> })
        })
        .collect_view();
    let (answer_error, note_error, shown_error) = (wrong("answer"), wrong("note"), wrong("shown"));
    let (note, link) = (format!("note-{}", q.id), format!("shown-{}", q.id));
    view! {
        <form class="answer" method="post" action=at.to_owned()>
            {secret.map(|s| view! { <input type="hidden" name="link" value=s.to_owned()/> })}
            <fieldset class="field"><legend>"Your answer"</legend>{choices}{answer_error.map(|e| view! { <p class="err">{e}</p> })}</fieldset>
            <div class="field"><label for=note.clone()>"In your words: when, who, how it went"</label><textarea id=note.clone() name="note" rows="2" maxlength="2000" aria-describedby=format!("{note}-hint") aria-invalid=note_error.is_some().then_some("true") inner_html=crate::shell::raw_text(&typed.note)></textarea><p id=format!("{note}-hint") class=if note_error.is_some() { "err" } else { "hint" }>{note_error.clone().unwrap_or_else(|| "Never a password or a key.".into())}</p></div>
            <div class="field"><label for=link.clone()>"Where it can be seen (an address), if anywhere"</label><input id=link.clone() name="shown" value=typed.shown.clone() maxlength="500" aria-describedby=format!("{link}-hint") aria-invalid=shown_error.is_some().then_some("true")/><p id=format!("{link}-hint") class=if shown_error.is_some() { "err" } else { "hint" }>{shown_error.clone().unwrap_or_else(|| format!("The answer counts for {} days.", q.days))}</p></div>
            <button class="btn primary" type="submit">"Answer"</button>
        </form>
    }
    .into_any()
}

/// The page of a link: one question for somebody without an account.
pub fn asked(ask: &Ask, q: &Question, secret: &str, typed: &Typed) -> AnyView {
    view! {
        <div class="narrow wide-form">
            <p class="small muted">{format!("{} looks after the launch of {} and asks you:", ask.by, ask.domain)}</p>
            <h1>{q.question}</h1>
            <p>{q.why}</p>
            {form(q, "/answer", typed, Some(secret))}
            <details class="later"><summary>"How it could be mended"</summary><p>{q.how}</p></details>
        </div>
    }
    .into_any()
}

/// After the answer.
pub fn thanks(domain: &str) -> AnyView {
    view! { <div class="narrow"><h1>"Thank you"</h1><p>{format!("Your answer stands with {domain} now. There is nothing more to do.")}</p></div> }.into_any()
}
