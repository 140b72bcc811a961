//! Runs every check of the catalogue over a ledger and judges the findings.

use crate::attestations::{self, Question};
use crate::catalogue::{self, Entry};
use crate::check::{Context, Found, Seen};
use crate::evidence::{Claims, Ledger, Observation, Outside, Piece, Source};
use crate::finding::{Finding, Said};
use crate::fix_order::{self, Step};
use crate::front::{self, Visit};
use crate::guide;
use crate::hypothesis;
use crate::profile::{self, Profile};
use crate::score::{self, BarArea, Item, Points, Score};
use crate::stack;
use crate::taxonomy::{Outcome, Verdict};
use crate::time::{DAY_MS, date};
use serde::{Deserialize, Serialize};

/// The judgement of a ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// [`catalogue::VERSION`] that judged.
    pub catalogue: String,
    /// The decision.
    pub verdict: Verdict,
    /// The number and what explains it.
    pub score: Score,
    /// The eight areas.
    pub minimum_bar: Vec<BarArea>,
    /// Every entry of the catalogue, by stage.
    pub findings: Vec<Finding>,
    /// What to do, in order.
    pub fix_order: Vec<Step>,
}

impl Assessment {
    /// The finding of this check.
    #[must_use]
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|f| f.id == id)
    }
    /// Findings that block the launch.
    pub fn blockers(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.is_blocker())
    }
}

/// Runs every check over a ledger. A pure function of its arguments; `now` is epoch milliseconds.
#[must_use]
pub fn assess(ledger: &Ledger, now: i64) -> Assessment {
    let empty = Outside::empty(ledger.target.clone(), now);
    let seen = ledger.outside().unwrap_or(&empty);
    let judge = Judge {
        context: Context::new(seen, &ledger.pieces, now),
        ledger,
        scan: ledger.of(Source::Outside).next(),
        front: front::visit(seen, seen.target.domain.as_str()),
        profile: profile::detect(ledger),
        claims: ledger.claims(),
    };
    let mut judged: Vec<(&Entry, Judged)> = catalogue::entries().iter().map(|e| (e, judge.entry(e))).collect();
    hypothesis::test(&judge.context, judged.iter_mut().map(|(e, j)| (*e, &mut j.found)).collect());
    let mut findings: Vec<Finding> = judged.into_iter().map(|(e, j)| judge.finding(e, j)).collect();
    let items: Vec<Item> = findings.iter().map(Finding::item).collect();
    let (score, verdict, minimum_bar, points) =
        (score::score(&items), score::verdict(&items), score::minimum_bar(&items), score::points(&items));
    drop(items);
    let parts = stack::detect(seen);
    for (f, p) in findings.iter_mut().zip(points) {
        f.points = p;
        guide::tell(seen, &parts, f);
    }
    let fix_order = fix_order::plan(&findings);
    let verdict = if ledger.launch.is_some() { score::verdict_after_launch(verdict) } else { verdict };
    Assessment { catalogue: catalogue::VERSION.to_owned(), verdict, score, minimum_bar, findings, fix_order }
}

/// Checks that read the front page: of a page that is down, locked or somebody else's they say nothing about the product.
const READ_THE_PAGE: &[&str] = &[
    "AUD-02", "AUD-03", "AUD-08", "AUD-09", "AUD-19", "DEP-14", "MON-10", "PERF-01", "PERF-02", "PERF-03", "PERF-08", "PERF-10", "PERF-11",
    "PERF-12", "PERF-18", "RED-01", "RED-03", "RED-04", "SEC-08", "SEC-09", "SEC-10", "SEC-11", "SEC-12", "SEC-13", "SEC-14", "SEC-15",
    "TLS-10",
];
/// Those of them whose finds count on any page: a secret in an error page is one, and a circle of redirects is.
const FIND_ANYWHERE: &[&str] = &["AUD-02", "AUD-03", "AUD-08", "AUD-09", "RED-01", "RED-03", "RED-04"];

/// What a check found, unless it read a front page that is not the product.
fn unless_dead(id: &str, found: Found, front: &Visit, internal: bool) -> Found {
    if !READ_THE_PAGE.contains(&id) {
        return found;
    }
    match front {
        Visit::Blocked(_) => Found::blocked().seen(found.seen),
        _ if found.outcome.is_open() && FIND_ANYWHERE.contains(&id) => found,
        Visit::Down(why) | Visit::NotYours(why) | Visit::White(why) => {
            Found::unknown(format!("The product's front page was not there to look at (WEB-01): {why}")).seen(found.seen)
        }
        Visit::Locked(why) if !internal => Found::unknown(format!("The product's front page is locked (WEB-01): {why}")).seen(found.seen),
        _ => found,
    }
}

/// What a check found, and where.
struct Judged {
    found: Found,
    /// The source that it rests on, and when that was seen.
    rests_on: Option<(Source, i64)>,
    said: Option<Said>,
}

impl Judged {
    fn unseen(found: Found) -> Self {
        Self { found, rests_on: None, said: None }
    }
}

/// All that judging one check looks at.
struct Judge<'a> {
    context: Context<'a>,
    ledger: &'a Ledger,
    scan: Option<&'a Piece>,
    front: Visit,
    profile: Profile,
    claims: Claims,
}

impl Judge<'_> {
    /// Asks the sources of a check, the strongest first, until one knows. A person is asked last and never overrides.
    fn entry(&self, entry: &Entry) -> Judged {
        if let Some(why) = self.profile.not_applicable(entry.id) {
            return Judged::unseen(Found::na(why));
        }
        let mut unknown: Option<Judged> = None;
        for source in &entry.reads {
            let judged = match source {
                Source::Person => self.person(entry),
                _ if entry.check.is_some() => self.rule(entry),
                source => self.observed(entry, *source),
            };
            match judged {
                Some(mut judged) if judged.found.outcome != Outcome::Unknown => {
                    if judged.rests_on.is_some_and(|(s, _)| s != Source::Person) {
                        judged.said = self.contradicts(entry, judged.found.outcome);
                    }
                    return judged;
                }
                Some(judged) => unknown = Some(unknown.unwrap_or(judged)),
                None => {}
            }
        }
        unknown.unwrap_or_else(|| Judged::unseen(Found::unknown(entry.how_evidenced())))
    }

    /// What a rule of ours found in what a scan saw.
    fn rule(&self, entry: &Entry) -> Option<Judged> {
        let check = entry.check?;
        let seen = self.context.outside();
        let found = unless_dead(entry.id, (check.rule)(&self.context), &self.front, seen.target.internal);
        if self.scan.is_none() {
            return Some(Judged::unseen(found));
        }
        let at = seen.seen_at(check.needs);
        let expires = at + Source::Outside.info().days * DAY_MS;
        Some(Judged { found: unless_stale(found, at, expires, self.context.now), rests_on: Some((Source::Outside, at)), said: None })
    }

    /// What pieces of a source say about a check directly; of several the worst counts.
    fn observed(&self, entry: &Entry, source: Source) -> Option<Judged> {
        let told = |p: &'_ Piece| p.body.observations().iter().find(|o| o.id == entry.id).map(|o| observation(o, p, self.context.now));
        let list: Vec<(Found, i64)> = self.ledger.of(source).filter_map(|p| Some((told(p)?, p.taken_at))).collect();
        let worst = |o: Outcome| match o {
            Outcome::Fail => 4,
            Outcome::Warn => 3,
            Outcome::Pass => 2,
            Outcome::Na => 1,
            _ => 0,
        };
        let seen: Vec<Seen> = list.iter().flat_map(|(f, _)| f.seen.iter().cloned()).collect();
        let (mut found, at) = list.into_iter().max_by_key(|(f, at)| (worst(f.outcome), *at))?;
        found.seen = seen;
        Some(Judged { found, rests_on: Some((source, at)), said: None })
    }

    /// What a person says about a check.
    fn person(&self, entry: &Entry) -> Option<Judged> {
        let question = question(entry)?;
        let said = self.claims.attestation(entry.id)?;
        Some(Judged { found: attestations::judge(said, question, self.context.now), rests_on: Some((Source::Person, said.at)), said: None })
    }

    /// A person's answer that says otherwise than what was seen, while it holds.
    fn contradicts(&self, entry: &Entry, seen: Outcome) -> Option<Said> {
        let said = self.claims.attestation(entry.id)?;
        let says = attestations::judge(said, question(entry)?, self.context.now).outcome;
        (says != seen && says != Outcome::Unknown).then(|| Said { answer: said.answer, by: said.by.clone(), at: said.at })
    }

    fn finding(&self, entry: &Entry, judged: Judged) -> Finding {
        let Judged { found, rests_on, said } = judged;
        let impact = found.impact.unwrap_or(entry.resting_impact);
        let excuse = if found.outcome.is_open() { self.claims.excuse(entry.id, impact, self.context.now).cloned() } else { None };
        Finding {
            id: entry.id.to_owned(),
            name: entry.name.to_owned(),
            title: entry.title.to_owned(),
            stage: entry.stage,
            area: entry.area,
            class: entry.class,
            impact,
            outcome: if excuse.is_some() { Outcome::Accepted } else { found.outcome },
            summary: found.summary,
            why: why(entry).to_owned(),
            evidence: found.seen,
            fix: found.fix,
            guides: vec![],
            points: Points::default(),
            // What is excused has half, or the share of it that was right.
            credit: found.credit.map(|c| if excuse.is_some() { c.max(0.5) } else { c }),
            implemented: entry.implemented,
            source: rests_on.map(|(s, _)| s),
            seen_at: rests_on.map_or(0, |(_, at)| at),
            said,
            excuse,
        }
    }
}

/// What a failure of this check costs.
#[must_use]
pub fn why(entry: &Entry) -> &'static str {
    entry.check.map_or(question(entry).map_or("", |q| q.why), |c| c.why)
}

fn question(entry: &Entry) -> Option<&'static Question> {
    attestations::question(entry.id).filter(|_| entry.check.is_none())
}

/// What was found, unless it is too old: then nothing is known, and never a failure.
fn unless_stale(found: Found, at: i64, expires: i64, now: i64) -> Found {
    if now < expires || !(found.outcome.is_evidenced() || found.outcome == Outcome::Blocked) {
        return found;
    }
    let was = found.outcome.label().to_lowercase();
    Found::unknown(format!("Stale since {}: on {} it said “{was}”. Look again.", date(expires), date(at))).seen(found.seen)
}

/// A source's own word about a check, with what shows it.
fn observation(o: &Observation, p: &Piece, now: i64) -> Found {
    let origin = p.body.origin();
    let label = p.source.info().label;
    let summary =
        if o.summary.is_empty() { format!("{label}: {}.", Outcome::from(o.outcome).label().to_lowercase()) } else { o.summary.clone() };
    let mut found = match Outcome::from(o.outcome) {
        Outcome::Pass => Found::pass(summary),
        Outcome::Warn => Found::warn(summary),
        Outcome::Fail => Found::fail(summary),
        Outcome::Na => Found::na(summary),
        _ => Found::unknown(summary),
    };
    let places: Vec<String> = o
        .locations
        .iter()
        .map(|l| {
            let line = l.line.map_or(String::new(), |n| format!(":{n}"));
            let more: Vec<&str> = [l.rule.as_str(), l.commit.get(..7).unwrap_or(&l.commit)].into_iter().filter(|t| !t.is_empty()).collect();
            if more.is_empty() { format!("{}{line}", l.path) } else { format!("{}{line} ({})", l.path, more.join(", ")) }
        })
        .collect();
    let source = if p.key.is_empty() { format!("{} · {origin}", p.source) } else { format!("{} {} · {origin}", p.source, p.key) };
    let text = if places.is_empty() { found.summary.clone() } else { places.join("\n") };
    found.seen.push(Seen { source, text, at: p.taken_at });
    unless_stale(found, p.taken_at, p.expires_at, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn a_good_site_has_no_open_finding_and_is_unproven() {
        let a = Fixture::good().assess();
        let open: Vec<_> = a
            .findings
            .iter()
            .filter(|f| f.implemented && !matches!(f.outcome, Outcome::Pass | Outcome::Na))
            .map(|f| (&f.id, f.outcome, &f.summary))
            .collect();
        assert!(open.is_empty(), "{open:#?}");
        assert_eq!((a.verdict, a.findings.len(), a.fix_order.len()), (Verdict::Unproven, 208, 0));
        assert_eq!(a.score.score, 89.0);
    }

    #[test]
    fn what_is_too_old_is_not_known() {
        let mut f = Fixture::good();
        f.txt("acme.example", &["v=spf1 a -all", "v=spf1 mx -all"]);
        let a = assess(&Ledger::of_scan(f.evidence.clone()), f.now + 8 * DAY_MS);
        for id in ["DNS-01", "MAIL-02"] {
            let found = a.finding(id).unwrap();
            assert_eq!(found.outcome, Outcome::Unknown, "{id}");
            assert!(found.summary.starts_with("Stale since ") && !found.evidence.is_empty(), "{}", found.summary);
        }
    }

    #[test]
    fn assessment_survives_json() {
        let a = Fixture::good().assess();
        let text = serde_json::to_string(&a).unwrap();
        assert_eq!(serde_json::from_str::<Assessment>(&text).unwrap(), a);
    }
}
