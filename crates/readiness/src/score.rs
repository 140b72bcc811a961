//! Score, verdict, coverage, interval, ceilings and the minimum bar: pure functions of findings.

use crate::words::{Area, Impact, Outcome, Verdict};
use serde::{Deserialize, Serialize};

/// What scoring needs of a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// Check id.
    pub id: &'a str,
    /// Where it counts.
    pub area: Area,
    /// What it weighs.
    pub impact: Impact,
    /// What was found.
    pub outcome: Outcome,
    /// Share of the points where several targets share them.
    pub credit: Option<f64>,
}

impl Item<'_> {
    fn credit(&self) -> Option<f64> {
        self.outcome.credit().map(|by_outcome| self.credit.unwrap_or(by_outcome).clamp(0.0, 1.0))
    }
    /// Applicable and unknown: widens the interval.
    fn is_open_question(&self) -> bool {
        matches!(self.outcome, Outcome::Unknown | Outcome::Blocked)
    }
}

/// Checks whose failure means that secrets or customers' data are public right now.
pub const PUBLIC_DATA: [&str; 4] = ["AUD-04", "AUD-06", "AUD-07", "SEC-31"];

/// A row of the table of ceilings.
#[derive(Debug)]
pub struct CeilingRule {
    /// The score cannot be higher.
    pub limit: f64,
    /// When it applies, for the docs.
    pub when: &'static str,
    /// The checks or areas that cause it.
    causes: fn(&[Item], &[AreaScore]) -> Vec<String>,
}

/// Every ceiling, lowest first. The docs page is written from this table.
pub const CEILINGS: [CeilingRule; 4] = [
    CeilingRule {
        limit: 40.0,
        when: "a verified live secret or customers' data can be read by anyone",
        causes: |items, _| ids(items, |i| i.outcome == Outcome::Fail && PUBLIC_DATA.contains(&i.id)),
    },
    CeilingRule {
        limit: 59.0,
        when: "a critical check fails",
        causes: |items, _| ids(items, |i| i.outcome == Outcome::Fail && i.impact == Impact::Critical),
    },
    CeilingRule {
        limit: 69.0,
        when: "an area of the minimum bar is below 50",
        causes: |_, areas| {
            areas
                .iter()
                .filter(|a| a.area.in_minimum_bar() && a.score.is_some_and(|s| s < 50.0))
                .map(|a| a.area.word().to_owned())
                .collect()
        },
    },
    CeilingRule {
        limit: 89.0,
        when: "a critical check has no evidence yet",
        causes: |items, _| ids(items, |i| i.is_open_question() && i.impact == Impact::Critical),
    },
];

fn ids(items: &[Item], test: fn(&Item) -> bool) -> Vec<String> {
    items.iter().filter(|i| test(i)).map(|i| i.id.to_owned()).collect()
}

/// A ceiling in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ceiling {
    /// The score cannot be higher.
    pub limit: f64,
    /// Why, as a clause: "a critical check fails".
    pub reason: String,
    /// The checks or areas that cause it.
    pub causes: Vec<String>,
    /// Whether it holds the score down at present.
    pub applied: bool,
}

/// One area's own score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaScore {
    /// The area.
    pub area: Area,
    /// 0 to 100; none without evidence.
    pub score: Option<f64>,
}

/// What a finding contributes to the score without ceilings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Now; none while it is not evidenced.
    pub now: Option<f64>,
    /// At most.
    pub max: f64,
    /// The whole score, ceilings and all, if this one passed.
    pub if_fixed: f64,
}

/// The score and everything that explains it. Numbers are rounded to 0.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 100, under the ceilings.
    pub score: f64,
    /// Without the ceilings.
    pub uncapped: f64,
    /// Share of applicable weight that has evidence, 0 to 1.
    pub coverage: f64,
    /// Unknown counted as failing … as passing.
    pub interval: (f64, f64),
    /// The lowest ceiling that applies.
    pub ceiling: Option<Ceiling>,
    /// Every area.
    pub areas: Vec<AreaScore>,
}

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

struct Sums {
    got: f64,
    of: f64,
}

/// Sums of one area; `unknown` is the credit given to open questions, if they count.
fn sums(items: &[Item], area: Area, unknown: Option<f64>) -> Sums {
    let mut s = Sums { got: 0.0, of: 0.0 };
    for i in items.iter().filter(|i| i.area == area) {
        let credit = i.credit().or(if i.is_open_question() { unknown } else { None });
        if let Some(c) = credit {
            s.got += i.impact.weight() * c;
            s.of += i.impact.weight();
        }
    }
    s
}

fn total(items: &[Item], unknown: Option<f64>) -> f64 {
    let (mut got, mut of) = (0.0, 0.0);
    for area in Area::ALL {
        let s = sums(items, *area, unknown);
        if s.of > 0.0 {
            got += area.weight() * s.got / s.of;
            of += area.weight();
        }
    }
    if of > 0.0 { 100.0 * got / of } else { 0.0 }
}

fn area_scores(items: &[Item]) -> Vec<AreaScore> {
    Area::ALL
        .iter()
        .map(|area| {
            let s = sums(items, *area, None);
            AreaScore { area: *area, score: (s.of > 0.0).then(|| tenth(100.0 * s.got / s.of)) }
        })
        .collect()
}

fn ceiling(items: &[Item], areas: &[AreaScore], uncapped: f64) -> Option<Ceiling> {
    CEILINGS.iter().find_map(|rule| {
        let causes = (rule.causes)(items, areas);
        (!causes.is_empty()).then(|| Ceiling { limit: rule.limit, reason: rule.when.to_owned(), causes, applied: uncapped > rule.limit })
    })
}

/// The score of these findings.
#[must_use]
pub fn score(items: &[Item]) -> Score {
    let uncapped = total(items, None);
    let areas = area_scores(items);
    let ceiling = ceiling(items, &areas, uncapped);
    let score = ceiling.as_ref().map_or(uncapped, |c| uncapped.min(c.limit));
    let weight = |test: fn(&Item) -> bool| items.iter().filter(|i| test(i)).map(|i| i.impact.weight()).sum::<f64>();
    let evidenced = weight(|i| i.outcome.is_evidenced());
    let applicable = evidenced + weight(|i| i.is_open_question());
    Score {
        score: tenth(score),
        uncapped: tenth(uncapped),
        coverage: if applicable > 0.0 { ((evidenced / applicable) * 1000.0).round() / 1000.0 } else { 0.0 },
        interval: (tenth(total(items, Some(0.0)).min(score)), tenth(total(items, Some(1.0)).max(score))),
        ceiling,
        areas,
    }
}

/// The points of each finding, in the order given.
#[must_use]
pub fn points(items: &[Item]) -> Vec<Points> {
    let evidenced: f64 = Area::ALL.iter().filter(|a| sums(items, **a, None).of > 0.0).map(|a| a.weight()).sum();
    (0..items.len())
        .filter_map(|n| items.get(n).map(|i| (n, i)))
        .map(|(n, item)| {
            let weight = item.impact.weight();
            let own = sums(items, item.area, None).of;
            let max = match (item.credit(), item.is_open_question()) {
                _ if weight == 0.0 => 0.0,
                (Some(_), _) => 100.0 * item.area.weight() / evidenced * weight / own,
                (None, true) => {
                    let areas = evidenced + if own > 0.0 { 0.0 } else { item.area.weight() };
                    100.0 * item.area.weight() / areas * weight / (own + weight)
                }
                (None, false) => 0.0,
            };
            let if_fixed = if item.outcome.is_open() || item.is_open_question() {
                let mut fixed = items.to_vec();
                if let Some(i) = fixed.get_mut(n) {
                    i.outcome = Outcome::Pass;
                    i.credit = None;
                }
                capped(&fixed)
            } else {
                capped(items)
            };
            Points { now: item.credit().map(|c| max * c), max, if_fixed: tenth(if_fixed) }
        })
        .collect()
}

fn capped(items: &[Item]) -> f64 {
    let uncapped = total(items, None);
    ceiling(items, &area_scores(items), uncapped).map_or(uncapped, |c| uncapped.min(c.limit))
}

/// The decision. A critical failure is a blocker; risks are what is open from medium upwards.
#[must_use]
pub fn verdict(items: &[Item]) -> Verdict {
    let any = |test: &dyn Fn(&Item) -> bool| items.iter().any(test);
    if any(&|i| i.outcome == Outcome::Fail && i.impact == Impact::Critical) {
        Verdict::NotReady
    } else if any(&|i| i.is_open_question() && i.impact == Impact::Critical) {
        Verdict::Unproven
    } else if any(&|i| matches!(i.outcome, Outcome::Fail | Outcome::Warn | Outcome::Accepted) && i.impact <= Impact::Medium) {
        Verdict::ReadyWithRisks
    } else {
        Verdict::Ready
    }
}

/// The state of an area of the minimum bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarState {
    /// Nothing critical or high fails, and every critical check has evidence.
    Met,
    /// A critical check has no evidence.
    Unverified,
    /// A critical or high check fails.
    NotMet,
}

/// One of the eight areas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarArea {
    /// The area.
    pub area: Area,
    /// Its state.
    pub state: BarState,
    /// The checks that decide it.
    pub because: Vec<String>,
    /// Warnings beside it.
    pub warnings: usize,
}

/// The minimum bar.
#[must_use]
pub fn minimum_bar(items: &[Item]) -> Vec<BarArea> {
    Area::ALL
        .iter()
        .filter(|a| a.in_minimum_bar())
        .map(|area| {
            let of = |test: &dyn Fn(&Item) -> bool| -> Vec<String> {
                items.iter().filter(|i| i.area == *area && test(i)).map(|i| i.id.to_owned()).collect()
            };
            let failing = of(&|i| i.outcome == Outcome::Fail && matches!(i.impact, Impact::Critical | Impact::High));
            let unproven = of(&|i| i.is_open_question() && i.impact == Impact::Critical);
            let warnings =
                of(&|i| i.outcome == Outcome::Warn || i.outcome == Outcome::Fail && !matches!(i.impact, Impact::Critical | Impact::High))
                    .len();
            let (state, because) = match (failing.is_empty(), unproven.is_empty()) {
                (false, _) => (BarState::NotMet, failing),
                (true, false) => (BarState::Unverified, unproven),
                (true, true) => (BarState::Met, vec![]),
            };
            BarArea { area: *area, state, because, warnings }
        })
        .collect()
}

/// The rules above as a Markdown page, written from the tables that the code runs on.
#[must_use]
pub fn explanation() -> String {
    let mut out = String::from(
        "# How the score is made\n\nThis page is generated from the tables in `crates/readiness/src/score.rs` and `words.rs`; `cargo xtask docs` writes it again.\n\n## Weights\n\n| impact | weight |\n|---|---|\n",
    );
    for i in Impact::ALL {
        out.push_str(&format!("| {i} | {} |\n", i.weight()));
    }
    out.push_str("\nA pass earns the whole weight, a warning and an accepted risk half, a failure nothing. What does not apply, is unknown or blocked stands outside the sum.\n\n| area | share of 100 | in the minimum bar |\n|---|---|---|\n");
    for a in Area::ALL {
        out.push_str(&format!("| {a} | {} | {} |\n", a.weight(), if a.in_minimum_bar() { "yes" } else { "no" }));
    }
    out.push_str("\nAn area without evidence shares its part out among the others in proportion.\n\n## Ceilings\n\nThe lowest one that applies holds the score down, and is always shown with its cause.\n\n| when | the score is at most |\n|---|---|\n");
    for c in &CEILINGS {
        out.push_str(&format!("| {} | {} |\n", c.when, c.limit));
    }
    out.push_str("\n## Coverage and interval\n\nCoverage is the share of applicable weight that has evidence. The interval counts everything unknown as failing (its lower end) and as passing (its upper end), ceilings left aside.\n\n## Verdict\n\n* **NOT READY**: a critical check fails.\n* **UNPROVEN**: none fails, but a critical check has no evidence yet.\n* **READY WITH RISKS**: something of medium impact or more warns, fails or is accepted.\n* **READY**: none of these. You are done for launch, whatever the number says.\n");
    out
}

#[cfg(test)]
#[path = "score_properties.rs"]
mod properties;
