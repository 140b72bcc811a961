//! Reports by mail: what changed, why it matters, what to do next; and digests.

use super::letters::Letter;
use super::preference::Preference;
use crate::platform::site::Site;
use readiness::difference::Change;
use readiness::report::escape;
use readiness::time::human;
use readiness::{Assessment, Brief, Cause, Difference, Domain, Outcome, Verdict};
use std::fmt::Write;
use store::{Digest, Mode, NewMail, ProjectId, Recipient};

/// Until when a reader's quiet hours last, epoch milliseconds; 0 if they are not now.
#[must_use]
pub fn quiet_until(hours: &str, zone: &str, now: i64) -> i64 {
    let parsed = hours.split_once('-').and_then(|(a, b)| Some((a.parse::<i8>().ok()?, b.parse::<i8>().ok()?)));
    let (Some((from, to)), Ok(at)) = (parsed, jiff::Timestamp::from_millisecond(now)) else { return 0 };
    let Ok(local) = at.in_tz(zone) else { return 0 };
    let hour = local.hour();
    let quiet = if from <= to { from <= hour && hour < to } else { hour >= from || hour < to };
    if !quiet || !(0..24).contains(&to) {
        return 0;
    }
    let end = local.with().hour(to).minute(0).second(0).subsec_nanosecond(0).build();
    let end = end.and_then(|end| if to > hour { Ok(end) } else { end.tomorrow() });
    end.map_or(0, |end| end.timestamp().as_millisecond())
}

/// What got better, and what got worse: what a report is worth writing for.
fn up_and_down(d: &Difference) -> (Vec<&Change>, Vec<&Change>) {
    let worse = |c: &&Change| {
        c.cause == Cause::Regressed
            || matches!(c.cause, Cause::NewlyEvidenced | Cause::Applies | Cause::RuleChanged | Cause::Expired)
                && matches!(c.to, Outcome::Fail | Outcome::Warn)
    };
    (d.of(Cause::Fixed).collect(), d.changes.iter().filter(worse).collect())
}

fn verdict_words(a: &Assessment) -> String {
    match (a.verdict, a.blockers().count()) {
        (Verdict::NotReady, 1) => "NOT READY: 1 blocker".into(),
        (Verdict::NotReady, n) => format!("NOT READY: {n} blockers"),
        (v, _) => v.word().to_owned(),
    }
}

/// A result that is reported, beside the one before it.
#[derive(Clone, Copy, Debug)]
pub struct Reported<'a> {
    /// Of which project.
    pub project: &'a ProjectId,
    /// Of which scan.
    pub scan: &'a str,
    /// Of which domain.
    pub domain: &'a Domain,
    /// The judgement.
    pub now: &'a Assessment,
    /// The one before.
    pub before: &'a Assessment,
    /// What changed.
    pub difference: &'a Difference,
}

/// The report of a scheduled scan to one reader, or none if nothing changed that they would want to know.
#[must_use]
pub fn changed(site: &Site, reader: &Recipient, r: &Reported, now: i64) -> Option<NewMail> {
    let Reported { project, scan, domain, now: a, before, difference: d } = *r;
    let (up, down) = up_and_down(d);
    if reader.mode != Mode::Change || (up.is_empty() && down.is_empty() && a.verdict == before.verdict) {
        return None;
    }
    let mut arrows = String::new();
    for (arrow, n) in [('▲', up.len()), ('▼', down.len())] {
        if n > 0 {
            let _ = write!(arrows, "{arrow}{n} ");
        }
    }
    let subject = format!("{arrows}— {} — {domain}", verdict_words(a));
    let mut paragraphs = vec![];
    if a.verdict != before.verdict {
        paragraphs.push(format!("The verdict was “{}” and is now “{}”.", before.verdict.label(), a.verdict.label()));
    }
    paragraphs.push(readiness::roadmap::sentence(a));
    let line = |c: &Change| {
        let f = a.finding(&c.id);
        let why = f.filter(|f| f.outcome.is_open()).map_or("", |f| f.why.as_str());
        let summary = f.map_or("", |f| f.summary.as_str());
        let arrow = if c.to == Outcome::Pass { "▲ Fixed" } else { "▼ Worse" };
        format!("{arrow}: {} ({}). {summary} {why}", c.title, c.id).trim_end().to_owned()
    };
    paragraphs.extend(down.iter().take(8).map(|c| line(c)));
    paragraphs.extend(up.iter().take(8).map(|c| {
        format!("▲ Better: {} ({}): {} before, {} now.", c.title, c.id, c.from.label().to_lowercase(), c.to.label().to_lowercase())
    }));
    let left = down.len().saturating_sub(8) + up.len().saturating_sub(8);
    if left > 0 {
        paragraphs.push(format!("And {left} more, which the page shows."));
    }
    if let Some(step) = a.fix_order.first() {
        paragraphs.push(format!("Fix next: {} ({}), about {} minutes.", step.title, step.id, step.minutes));
    }
    let was = before.score.score.round();
    paragraphs.push(format!("Score {} (was {was}), {:.0} % evidenced.", a.score.score.round(), a.score.coverage * 100.0));
    let link = format!("{}/projects/{project}/scans/{scan}", site.url);
    Some(mail(
        site,
        reader,
        Some(project),
        &format!("report-{scan}-{}", reader.account),
        Letter { subject: subject.into(), paragraphs, button: Some(("See the whole result", link)), note: "".into() },
        now,
    ))
}

/// A digest or a monthly report. A week in which nothing changed is told in one line.
#[must_use]
pub fn digest(site: &Site, digest: &Digest, now: i64) -> Option<NewMail> {
    if digest.projects.is_empty() {
        return None;
    }
    let monthly = digest.reader.mode == Mode::Monthly;
    let since = digest.due - if monthly { 31 } else { 7 } * readiness::time::DAY_MS;
    let known: Vec<(&str, &Brief)> = digest.projects.iter().filter_map(|(_, domain, b)| Some((domain.as_str(), b.as_ref()?))).collect();
    let ready = known.iter().filter(|(_, b)| matches!(b.verdict, Verdict::Ready | Verdict::ReadyWithRisks | Verdict::Steady)).count();
    let blocked = known.iter().filter(|(_, b)| b.verdict.is_blocked()).count();
    let moved: Vec<&(&str, &Brief)> =
        known.iter().filter(|(_, b)| b.at >= since && (b.fixed + b.worse > 0 || b.was.is_some_and(|w| w != b.verdict))).collect();
    let mut paragraphs = vec![format!(
        "{} projects in “{}”: {ready} ready, {blocked} not ready, {} unproven or not scanned.",
        digest.projects.len(),
        digest.workspace,
        digest.projects.len() - ready - blocked
    )];
    let mut rows = moved.clone();
    rows.sort_by_key(|(_, b)| (b.verdict, std::cmp::Reverse(b.worse)));
    if rows.is_empty() {
        paragraphs.push(if monthly { "Nothing changed this month." } else { "Nothing changed this week." }.into());
    }
    for (domain, b) in rows.iter().take(30) {
        let mut text = format!("{domain}: {}, score {:.0}", b.verdict.label().to_lowercase(), b.score);
        if b.worse + b.fixed > 0 {
            let _ = write!(text, ", ▲{} ▼{}", b.fixed, b.worse);
        }
        if let Some((id, title)) = &b.next {
            let _ = write!(text, ". Next: {title} ({id})");
        }
        paragraphs.push(text + ".");
    }
    if monthly {
        for (domain, b) in known.iter().filter(|(_, b)| b.scores.len() > 1).take(30) {
            let (first, last) = (b.scores.first().copied().unwrap_or(0.0), b.scores.last().copied().unwrap_or(0.0));
            paragraphs.push(format!("{domain}: score {first:.0} → {last:.0} over the last {} scans.", b.scores.len()));
        }
    }
    let mut ends: Vec<(&str, &readiness::summary::Expiry)> = known
        .iter()
        .flat_map(|(d, b)| b.ends.iter().map(move |x| (*d, x)))
        .filter(|(_, x)| x.at < now + 30 * readiness::time::DAY_MS)
        .collect();
    ends.sort_by_key(|(_, x)| x.at);
    for (domain, x) in ends.iter().take(10) {
        paragraphs.push(format!("Ends soon: the {} {} of {domain}, {}.", x.kind.label(), x.name, human(x.at)));
    }
    let subject = if rows.is_empty() {
        format!("Nothing changed — {} projects", digest.projects.len())
    } else {
        format!("{} of {} projects changed, {blocked} not ready", rows.len(), digest.projects.len())
    };
    let cause = format!("digest-{}-{}-{}-{}", digest.reader.mode.word(), digest.reader.workspace, digest.reader.account, digest.due);
    Some(mail(
        site,
        &digest.reader,
        None,
        &cause,
        Letter {
            subject: subject.into(),
            paragraphs,
            button: Some(("Open the portfolio", format!("{}/projects", site.url))),
            note: "".into(),
        },
        now,
    ))
}

/// With the address that ends such mail, below and in the headers.
fn mail(site: &Site, reader: &Recipient, project: Option<&ProjectId>, cause: &str, letter: Letter, now: i64) -> NewMail {
    let preference = Preference { workspace: reader.workspace.clone(), account: reader.account.clone(), project: project.cloned() };
    let page = preference.page(site);
    // A paragraph is one line: what a site wrote begins none of its own.
    let paragraphs = letter.paragraphs.iter().map(|p| escape::line(p)).collect();
    let note = format!("How often you are told is chosen, without signing in, at {page}");
    let letter = Letter { subject: escape::line(&letter.subject).into(), paragraphs, note: note.into(), ..letter };
    NewMail {
        cause: cause.to_owned(),
        recipient: reader.email.clone(),
        subject: letter.subject.to_string(),
        text: letter.text(),
        html: letter.html(),
        unsubscribe: page,
        not_before: quiet_until(&reader.quiet, &reader.zone, now),
    }
}

#[test]
fn quiet_hours_end_in_the_morning_of_the_readers_zone() {
    let at = |text: &str| readiness::time::parse_rfc3339(text).unwrap();
    let rows = [
        ("22-7", "UTC", "2026-11-25T23:30:00Z", "2026-11-26T07:00:00Z"),
        ("22-7", "UTC", "2026-11-25T03:30:00Z", "2026-11-25T07:00:00Z"),
        ("22-7", "Europe/Berlin", "2026-11-25T21:30:00Z", "2026-11-26T06:00:00Z"),
        ("1-5", "UTC", "2026-11-25T01:00:00Z", "2026-11-25T05:00:00Z"),
    ];
    for (hours, zone, now, end) in rows {
        assert_eq!(quiet_until(hours, zone, at(now)), at(end), "{hours} {zone} {now}");
    }
    for (hours, zone, now) in
        [("22-7", "UTC", "2026-11-25T07:00:00Z"), ("", "UTC", "2026-11-25T23:00:00Z"), ("22-7", "Nowhere", "2026-11-25T23:00:00Z")]
    {
        assert_eq!(quiet_until(hours, zone, at(now)), 0);
    }
}
