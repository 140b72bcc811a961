//! Judging a result of a project: the judgement itself, its line in lists, and who is told what.

use crate::mail::{self, Reported};
use crate::platform::clock::now;
use crate::platform::site::Site;
use readiness::{Assessment, Brief, Cause, Difference, Domain, Ledger, Outcome, Source, assess, difference};
use serde_json::json;
use store::{Before, Event, EventKind, Judged, ProjectId};

/// A result that a scan has just brought.
pub fn fresh(site: &Site, scan: &str, ledger: &Ledger, before: &Before) -> Judged {
    let assessment = assess(ledger, now());
    let domain = &ledger.target.domain;
    let Some(project) = &before.project else { return assessment.into() };
    let d = before.previous.as_ref().map(|p| difference(p, &assessment)).unwrap_or_default();
    let brief = Brief::new(ledger, &assessment, before.brief.as_ref(), &d, false);
    let mails = before.previous.iter().flat_map(|p| {
        let reported = Reported { project, scan, domain, now: &assessment, before: p, difference: &d };
        before.readers.iter().filter_map(|r| mail::changed(site, r, &reported, now())).collect::<Vec<_>>()
    });
    Judged {
        mails: mails.collect(),
        events: before
            .previous
            .as_ref()
            .map(|p| events(site, &Reported { project, scan, domain, now: &assessment, before: p, difference: &d }))
            .unwrap_or_default(),
        changes: changes(&d, &assessment),
        brief: Some(brief),
        assessment,
    }
}

/// The same result, judged again: after a re-check, or after what people say has changed.
pub fn again(site: &Site, ledger: &Ledger, before: &Before) -> Judged {
    let assessment = assess(ledger, now());
    let Some(project) = &before.project else { return assessment.into() };
    let d = before.previous.as_ref().map(|p| difference(p, &assessment)).unwrap_or_default();
    let brief = Brief::new(ledger, &assessment, before.brief.as_ref(), &d, true);
    // What changed now is told against what stood here a moment ago.
    let step = before.present.as_ref().map(|p| difference(p, &assessment)).unwrap_or_default();
    let recovered = before.present.as_ref().filter(|p| has_recovered(p, &assessment));
    let event = recovered.map(|_| {
        event(site, project, &format!("recovered-{project}-{}", now()), EventKind::Recovered, &ledger.target.domain, &assessment, &[])
    });
    Judged { changes: changes(&step, &assessment), brief: Some(brief), mails: vec![], events: event.into_iter().collect(), assessment }
}

/// The same result, judged again with what a program brought: besides, channels hear what got worse.
pub fn pushed(site: &Site, ledger: &Ledger, before: &Before) -> Judged {
    let mut judged = again(site, ledger, before);
    let (Some(project), Some(present)) = (&before.project, &before.present) else { return judged };
    let step = difference(present, &judged.assessment);
    let new: Vec<&str> = step.changes.iter().filter(|c| c.blocker && c.from != c.to).map(|c| c.title.as_str()).collect();
    let worse =
        [(judged.assessment.verdict < present.verdict).then_some(EventKind::Worsened), (!new.is_empty()).then_some(EventKind::Critical)];
    for kind in worse.into_iter().flatten() {
        let id = format!("{}-{project}-{}", kind.word(), now());
        judged.events.push(event(site, project, &id, kind, &ledger.target.domain, &judged.assessment, &new));
    }
    judged
}

/// Whether the last blocker is gone, and not only no longer known.
fn has_recovered(before: &Assessment, now: &Assessment) -> bool {
    before.verdict.is_blocked()
        && !now.verdict.is_blocked()
        && before.blockers().all(|b| now.finding(&b.id).is_none_or(|f| f.outcome != Outcome::Unknown))
}

/// Findings that are told each by itself when they expire.
const MANY: usize = 5;

/// Lines of the change log, each with what saw it where that was no scan.
fn changes(d: &Difference, now: &Assessment) -> Vec<(&'static str, String)> {
    let seen_by = |id: &str| {
        let finding = now.finding(id).filter(|f| f.source.is_some_and(|s| s != Source::Outside))?;
        finding
            .evidence
            .first()
            .map(|s| if finding.source == Some(Source::Person) { s.source.clone() } else { format!("seen by {}", s.source) })
    };
    let kind = |c: Cause| match c {
        Cause::Fixed => Some("fixed"),
        Cause::Regressed => Some("worse"),
        Cause::Expired => Some("expired"),
        _ => None,
    };
    // A scan that has grown old takes dozens of findings along; that is one thing to be told.
    let expired = d.changes.iter().filter(|c| c.cause == Cause::Expired).count();
    let many = (expired > MANY).then(|| ("expired", format!("{expired} findings are no longer known: what they rest on is too old")));
    let told = d.changes.iter().filter(|c| many.is_none() || c.cause != Cause::Expired);
    let lines = told
        .filter_map(|c| {
            let by = seen_by(&c.id).map_or_else(String::new, |s| format!(", {s}"));
            Some((
                kind(c.cause)?,
                format!("{} ({}): {} → {}{by}", c.title, c.id, c.from.label().to_lowercase(), c.to.label().to_lowercase()),
            ))
        })
        .take(40);
    many.clone().into_iter().chain(lines).collect()
}

fn events(site: &Site, r: &Reported) -> Vec<Event> {
    let new: Vec<&str> = r.difference.changes.iter().filter(|c| c.blocker && c.from != c.to).map(|c| c.title.as_str()).collect();
    let mut out = vec![];
    let mut tell = |kind: EventKind| out.push(event(site, r.project, &format!("{}-{}", kind.word(), r.scan), kind, r.domain, r.now, &new));
    if r.now.verdict < r.before.verdict {
        tell(EventKind::Worsened);
    }
    if !new.is_empty() {
        tell(EventKind::Critical);
    }
    if has_recovered(r.before, r.now) {
        tell(EventKind::Recovered);
    }
    out
}

fn event(site: &Site, project: &ProjectId, id: &str, kind: EventKind, at: &Domain, a: &Assessment, new: &[&str]) -> Event {
    let domain = at.unicode();
    let text = match kind {
        EventKind::Recovered => format!("{domain} has no blocker any more: {}.", a.verdict.label().to_lowercase()),
        EventKind::Critical => format!("{domain} has a new blocker: {}.", new.join("; ")),
        _ => format!("{domain} got worse: {}. {}", a.verdict.label().to_lowercase(), readiness::roadmap::sentence(a)),
    };
    let body = json!({
        "type": format!("project.{}", kind.word()),
        "timestamp": readiness::time::rfc3339(now()),
        "data": {
            "project": project.to_string(),
            "domain": at.to_string(),
            "verdict": a.verdict,
            "score": a.score.score,
            "blockers": a.blockers().map(|f| json!({"id": f.id, "title": f.title})).collect::<Vec<_>>(),
            "text": text,
            "url": format!("{}/projects/{project}", site.url),
        },
    });
    Event { id: id.to_owned(), kind, body: body.to_string() }
}

/// An event that no result brings: a scan that failed, something that ends.
pub fn notice(site: &Site, project: &ProjectId, id: String, kind: EventKind, domain: &str, text: &str) -> Event {
    let body = json!({
        "type": format!("project.{}", kind.word()),
        "timestamp": readiness::time::rfc3339(now()),
        "data": { "project": project.to_string(), "domain": domain, "text": text, "url": format!("{}/projects/{project}", site.url) },
    });
    Event { id, kind, body: body.to_string() }
}
