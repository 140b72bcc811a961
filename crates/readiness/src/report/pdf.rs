//! The data of a printed report: everything as text, in order, so that the template only sets it.

use super::summary::{Report, causes};
use crate::attestations;
use crate::evidence::Claims;
use crate::finding::Finding;
use crate::score::BarState;
use crate::taxonomy::{Outcome, Stage, Verdict};
use crate::time;
use crate::{Assessment, roadmap};
use serde_json::{Value, json};

/// For whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Two pages: what stops the launch, what to do next.
    Founder,
    /// Everything that was seen.
    Developer,
}

/// What stands around the result.
#[derive(Clone, Debug, Default)]
pub struct Frame<'a> {
    /// Name of the workspace.
    pub workspace: &'a str,
    /// What its owners say on every report.
    pub words: &'a str,
    /// What people say.
    pub claims: Option<&'a Claims>,
    /// Titles, columns and rows of the project's documents.
    pub documents: Vec<(String, Vec<String>, Vec<Vec<String>>)>,
    /// When, of which kind, what.
    pub changes: Vec<(i64, String, String)>,
    /// Who signed it, and when; empty while nobody has.
    pub signed: String,
    /// Names of further fonts.
    pub fonts: Vec<String>,
}

/// Steps on a founder's pages.
const FIXES: usize = 5;
/// Blockers there; the rest is counted.
const BLOCKERS: usize = 6;
/// Questions there.
const QUESTIONS: usize = 6;
/// Characters of one observation.
const EVIDENCE: usize = 1500;

const fn class(v: Verdict) -> &'static str {
    match v {
        Verdict::NotReady | Verdict::Regressed => "fail",
        Verdict::Unproven => "unknown",
        Verdict::ReadyWithRisks => "warn",
        Verdict::Ready | Verdict::Steady => "pass",
    }
}

/// The data for `pdf::pdf`.
#[must_use]
pub fn pdf(r: &Report, audience: Audience, frame: &Frame, now: i64) -> Value {
    let a = r.assessment;
    let domain = r.evidence.target.domain.unicode();
    let founder = audience == Audience::Founder;
    let why = match a.score.ceiling.as_ref().filter(|c| c.applied) {
        Some(c) => format!("capped at {:.0} by {}", c.limit, causes(&c.causes)),
        None => "no cap applies".to_owned(),
    };
    let blockers: Vec<Value> = a
        .blockers()
        .take(if founder { BLOCKERS } else { usize::MAX })
        .map(|f| json!({"title": f.title, "summary": f.summary, "why": f.why}))
        .collect();
    let mut asked: Vec<_> = attestations::questions().iter().collect();
    asked.sort_by_key(|q| a.finding(q.id).map(|f| f.impact));
    let open: Vec<&str> = asked
        .iter()
        .filter(|q| a.finding(q.id).is_some_and(|f| f.outcome != Outcome::Na))
        .filter(|q| frame.claims.and_then(|c| c.attestation(q.id)).is_none_or(|s| s.expires <= now))
        .map(|q| q.question)
        .collect();
    let fixes: Vec<Value> = a
        .fix_order
        .iter()
        .take(FIXES)
        .map(|s| {
            let steps = a.finding(&s.id).map(steps).unwrap_or_default();
            json!({"title": s.title, "id": s.id, "minutes": s.minutes, "gain": format!("+{:.1}", s.gain), "wait": s.wait, "steps": steps})
        })
        .map(|mut f| {
            if f["wait"].is_null() {
                f["wait"] = json!("");
            }
            f
        })
        .collect();
    json!({
        "title": format!("Launch readiness of {domain}"),
        "heading": format!("Launch readiness of {domain}, scanned {}", time::human(r.evidence.started_at)),
        "kind": if founder { "For the founder" } else { "For developers" },
        "founder": founder,
        "workspace": frame.workspace,
        "words": frame.words,
        "domain": domain,
        "date": time::date(r.evidence.started_at),
        "tool": r.tool,
        "fonts": frame.fonts,
        "verdict": {"label": a.verdict.label(), "class": class(a.verdict)},
        "sentence": roadmap::sentence(a),
        "score": format!("{:.0}", a.score.score),
        "why": why,
        "evidenced": format!("{:.0} % of what counts is evidenced", a.score.coverage * 100.0),
        "ruler": {
            "score": a.score.score, "low": a.score.interval.0, "high": a.score.interval.1,
            "alt": format!("Score {:.0} of 100, between {:.0} and {:.0} depending on what is not known", a.score.score, a.score.interval.0, a.score.interval.1),
        },
        "blockers": blockers,
        "fixes": fixes,
        "more_fixes": a.fix_order.len().saturating_sub(FIXES),
        "bar": a.minimum_bar.iter().map(|b| bar(a, b.area.word(), b.state, &b.because)).collect::<Vec<_>>(),
        "questions": if founder { open.iter().take(QUESTIONS).collect::<Vec<_>>() } else { vec![] },
        "more_questions": open.len().saturating_sub(QUESTIONS),
        "stages": if founder { vec![] } else { roadmap::states(a).iter().map(|s| stage(a, s.stage, s.phrase())).collect() },
        "documents": frame.documents.iter().map(|(title, columns, rows)| json!({"title": title, "columns": columns, "rows": rows, "text": ""})).collect::<Vec<_>>(),
        "changes": frame.changes.iter().map(|(at, kind, text)| json!({"at": time::date(*at), "kind": kind, "text": text})).collect::<Vec<_>>(),
        "signed": frame.signed,
    })
}

/// The steps of a fix, then those at each provider in use.
fn steps(f: &Finding) -> Vec<String> {
    let own = f.fix.iter().flat_map(|x| x.steps.iter().cloned());
    own.chain(f.guides.iter().flat_map(|g| g.steps.iter().map(move |s| format!("At {}: {s}", g.provider)))).collect()
}

fn bar(a: &Assessment, area: &str, state: BarState, because: &[String]) -> Value {
    let (class, label, tail) = match state {
        BarState::Met => ("pass", "Met", ""),
        BarState::Unverified => ("unknown", "Unverified", " has no evidence yet"),
        BarState::NotMet => ("fail", "Not met", " fails"),
    };
    let first = because.first().and_then(|id| a.finding(id)).map_or(String::new(), |f| format!("{}{tail}", f.title));
    let more = if because.len() > 1 { format!(", and {} more", because.len() - 1) } else { String::new() };
    json!({"area": area, "state": label, "class": class, "because": format!("{first}{more}")})
}

fn stage(a: &Assessment, stage: Stage, phrase: String) -> Value {
    let text = roadmap::text(stage);
    let mut told: Vec<&Finding> = a.findings.iter().filter(|f| f.stage == stage && f.is_told() && f.outcome != Outcome::Na).collect();
    told.sort_by_key(|f| (!f.outcome.is_open(), f.outcome == Outcome::Pass, f.impact));
    let later = a.findings.iter().filter(|f| f.stage == stage && !f.is_told() && f.outcome != Outcome::Na).count();
    json!({"number": stage.number(), "name": text.name, "goal": text.goal, "phrase": phrase, "later": later, "findings": told.iter().map(|f| finding(f)).collect::<Vec<_>>()})
}

fn finding(f: &Finding) -> Value {
    let cut =
        |t: &str| if t.chars().count() > EVIDENCE { format!("{} …", t.chars().take(EVIDENCE).collect::<String>()) } else { t.to_owned() };
    let excuse = f.excuse.as_ref().map_or(String::new(), |x| {
        format!("Excused, not fixed. {}: {} {} answers for it until {}.", x.kind.label(), x.reason, x.owner, time::date(x.expires))
    });
    let fix = f.fix.as_ref().filter(|_| f.outcome.is_open()).map(|x| {
        let own = x.paste.iter().map(|p| (p.place.clone(), p.value()));
        let told =
            f.guides.iter().flat_map(|g| g.paste.iter().map(move |(place, text)| (format!("{}: {place}", g.provider), text.clone())));
        let pastes: Vec<Value> = own.chain(told).map(|(place, value)| json!({"place": place, "value": cut(&value)})).collect();
        json!({"title": x.title, "minutes": x.minutes, "steps": steps(f), "undo": x.undo, "paste": pastes})
    });
    json!({
        "id": f.id, "title": f.title, "outcome": f.outcome.word(), "label": f.outcome.label(), "summary": f.summary, "why": f.why, "excuse": excuse, "fix": fix,
        "evidence": f.evidence.iter().map(|s| json!({"source": s.source, "at": time::human(s.at), "text": cut(&s.text)})).collect::<Vec<_>>(),
    })
}
