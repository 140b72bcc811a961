//! Runs every check of the catalogue over evidence and judges the findings.

use crate::attestations::{self, Claims, Exemption};
use crate::catalogue::{self, Entry};
use crate::check::{Context, Fix, Found, Seen};
use crate::evidence::Evidence;
use crate::fix_order::{self, Step};
use crate::front::{self, Visit};
use crate::guide::{self, Guide};
use crate::hypothesis;
use crate::roadmap;
use crate::score::{self, BarArea, Item, Points, Score};
use crate::stack;
use crate::taxonomy::{Area, Class, Impact, Outcome, Stage, Verdict};
use crate::time::DAY_MS;
use serde::{Deserialize, Serialize};

/// A check, its outcome, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Check id.
    pub id: String,
    /// Check name.
    pub name: String,
    /// For a person.
    pub title: String,
    /// Where it stands on the roadmap.
    pub stage: Stage,
    /// Where it counts.
    pub area: Area,
    /// Where the evidence comes from.
    pub class: Class,
    /// The impact in this case.
    pub impact: Impact,
    /// What was found.
    pub outcome: Outcome,
    /// One sentence.
    pub summary: String,
    /// What it costs.
    pub why: String,
    /// What it rests on.
    pub evidence: Vec<Seen>,
    /// How to mend it.
    pub fix: Option<Fix>,
    /// The same, told for each provider that the product is seen to use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guides: Vec<Guide>,
    /// What it contributes.
    pub points: Points,
    /// Share of the points, where targets share them.
    #[serde(default)]
    pub credit: Option<f64>,
    /// Whether this build has the rule.
    pub implemented: bool,
    /// Who answers for it, while it is excused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excuse: Option<Exemption>,
}

impl Finding {
    /// Whether it alone makes the verdict NOT READY.
    #[must_use]
    pub fn is_blocker(&self) -> bool {
        self.outcome == Outcome::Fail && self.impact == Impact::Critical
    }
    /// Whether it belongs among what was looked at: by a rule of ours, or by a person who answered.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.implemented || self.outcome.is_evidenced()
    }
    pub(crate) fn item(&self) -> Item<'_> {
        Item { id: &self.id, area: self.area, impact: self.impact, outcome: self.outcome, credit: self.credit }
    }
}

/// The judgement of one scan.
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
    /// The sentence below the verdict: what it costs.
    #[must_use]
    pub fn sentence(&self) -> String {
        roadmap::sentence(self)
    }
}

/// Runs every check over what was seen and what people say. A pure function of its arguments; `now` is
/// epoch milliseconds.
#[must_use]
pub fn assess(evidence: &Evidence, claims: &Claims, now: i64) -> Assessment {
    let context = Context { evidence, now };
    let front = front::visit(evidence, evidence.target.domain.as_str());
    let mut judged: Vec<(&Entry, Found)> = catalogue::entries().iter().map(|e| (e, find(e, &context, claims))).collect();
    hypothesis::test(&context, &mut judged);
    let mut findings: Vec<Finding> = judged.into_iter().map(|(e, f)| judge(e, f, &context, &front, claims)).collect();
    let items: Vec<Item> = findings.iter().map(Finding::item).collect();
    let (score, verdict, minimum_bar, points) =
        (score::score(&items), score::verdict(&items), score::minimum_bar(&items), score::points(&items));
    drop(items);
    let parts = stack::detect(evidence);
    for (f, p) in findings.iter_mut().zip(points) {
        f.points = p;
        guide::tell(evidence, &parts, f);
    }
    let fix_order = fix_order::plan(&findings);
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

/// What a person's question or a rule found.
fn find(entry: &Entry, context: &Context, claims: &Claims) -> Found {
    let question = question(entry);
    match (entry.check, question.and_then(|q| Some((claims.attestation(entry.id)?, q)))) {
        (Some(check), _) => (check.rule)(context),
        (None, Some((said, question))) => attestations::judge(said, question, context.now),
        (None, None) if entry.id.starts_with("AI-") && entry.id != "AI-01" => Found::na("No AI feature is declared for this product."),
        (None, None) if question.is_some() => Found::unknown("Nobody has answered this yet."),
        (None, None) => Found::unknown(entry.class.how_evidenced()),
    }
}

fn question(entry: &Entry) -> Option<&'static attestations::Question> {
    attestations::question(entry.id).filter(|_| entry.check.is_none())
}

fn judge(entry: &Entry, found: Found, context: &Context, front: &Visit, claims: &Claims) -> Finding {
    let mut found = if entry.check.is_some() { unless_dead(entry.id, found, front, context.evidence.target.internal) } else { found };
    let age = context.now - context.evidence.started_at;
    if entry.check.is_some() && found.outcome == Outcome::Pass && age > entry.class.lifetime_days() * DAY_MS {
        found = Found::unknown(format!("It passed {} days ago, which is too long to rely on. Scan again.", age / DAY_MS)).seen(found.seen);
    }
    let impact = found.impact.unwrap_or(entry.resting_impact);
    let excuse = if found.outcome.is_open() { claims.excuse(entry.id, impact, context.now).cloned() } else { None };
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
        why: entry.check.map_or(question(entry).map_or("", |q| q.why), |c| c.why).to_owned(),
        evidence: found.seen,
        fix: found.fix,
        guides: vec![],
        points: Points::default(),
        // What is excused has half, or the share of it that was right.
        credit: found.credit.map(|c| if excuse.is_some() { c.max(0.5) } else { c }),
        implemented: entry.implemented,
        excuse,
    }
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
    fn old_passes_go_stale_and_failures_do_not() {
        let mut f = Fixture::good();
        f.txt("acme.example", &["v=spf1 a -all", "v=spf1 mx -all"]);
        let a = assess(&f.evidence, &Claims::default(), f.now + 8 * DAY_MS);
        assert_eq!(a.finding("DNS-01").unwrap().outcome, Outcome::Unknown);
        assert_eq!(a.finding("MAIL-02").unwrap().outcome, Outcome::Fail);
    }

    #[test]
    fn assessment_survives_json() {
        let a = Fixture::good().assess();
        let text = serde_json::to_string(&a).unwrap();
        assert_eq!(serde_json::from_str::<Assessment>(&text).unwrap(), a);
    }
}
