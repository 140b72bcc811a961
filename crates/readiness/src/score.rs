//! Score, verdict, coverage, interval, ceilings and the minimum bar: pure functions of findings.

use crate::taxonomy::{Area, Impact, Outcome, Verdict};
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
    causes: for<'a> fn(&[Item<'a>], &[AreaScore]) -> Vec<&'a str>,
}

/// Every ceiling, lowest first. The docs page is written from this table.
pub static CEILINGS: [CeilingRule; 4] = [
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
            areas.iter().filter(|a| a.area.in_minimum_bar() && a.score.is_some_and(|s| s < 50.0)).map(|a| a.area.word()).collect()
        },
    },
    CeilingRule {
        limit: 89.0,
        when: "a critical check has no evidence yet",
        causes: |items, _| ids(items, |i| i.is_open_question() && i.impact == Impact::Critical),
    },
];

fn ids<'a>(items: &[Item<'a>], test: fn(&Item) -> bool) -> Vec<&'a str> {
    items.iter().filter(|i| test(i)).map(|i| i.id).collect()
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

#[derive(Clone, Copy, Default)]
struct Sums {
    got: f64,
    of: f64,
}

impl Sums {
    fn score(self) -> Option<f64> {
        (self.of > 0.0).then(|| 100.0 * self.got / self.of)
    }
}

/// Sums of every area, in the order of [`Area::ALL`]; `unknown` is the credit given to open
/// questions, if they count.
fn sums<'a>(items: impl IntoIterator<Item = &'a Item<'a>>, unknown: Option<f64>) -> [Sums; Area::ALL.len()] {
    let mut all = [Sums::default(); Area::ALL.len()];
    for i in items {
        let credit = i.credit().or(if i.is_open_question() { unknown } else { None });
        if let (Some(c), Some(s)) = (credit, all.get_mut(i.area as usize)) {
            s.got += i.impact.weight() * c;
            s.of += i.impact.weight();
        }
    }
    all
}

fn of(sums: &[Sums], area: Area) -> Sums {
    sums.get(area as usize).copied().unwrap_or_default()
}

fn total(sums: &[Sums]) -> f64 {
    let (mut got, mut weight) = (0.0, 0.0);
    for (area, s) in Area::ALL.iter().zip(sums) {
        if s.of > 0.0 {
            got += area.weight() * s.got / s.of;
            weight += area.weight();
        }
    }
    if weight > 0.0 { 100.0 * got / weight } else { 0.0 }
}

fn area_scores(sums: &[Sums]) -> Vec<AreaScore> {
    Area::ALL.iter().zip(sums).map(|(area, s)| AreaScore { area: *area, score: s.score().map(tenth) }).collect()
}

/// The lowest ceiling that is in force, and what causes it.
fn ceiling<'a>(items: &[Item<'a>], areas: &[AreaScore]) -> Option<(&'static CeilingRule, Vec<&'a str>)> {
    CEILINGS.iter().find_map(|rule| {
        let causes = (rule.causes)(items, areas);
        (!causes.is_empty()).then_some((rule, causes))
    })
}

/// The score of these findings.
#[must_use]
pub fn score(items: &[Item]) -> Score {
    let known = sums(items, None);
    let uncapped = total(&known);
    let areas = area_scores(&known);
    let ceiling = ceiling(items, &areas).map(|(rule, causes)| Ceiling {
        limit: rule.limit,
        reason: rule.when.to_owned(),
        causes: causes.into_iter().map(str::to_owned).collect(),
        applied: uncapped > rule.limit,
    });
    let score = ceiling.as_ref().map_or(uncapped, |c| uncapped.min(c.limit));
    let weight = |test: fn(&Item) -> bool| items.iter().filter(|i| test(i)).map(|i| i.impact.weight()).sum::<f64>();
    let evidenced = weight(|i| i.outcome.is_evidenced());
    let applicable = evidenced + weight(|i| i.is_open_question());
    Score {
        score: tenth(score),
        uncapped: tenth(uncapped),
        coverage: if applicable > 0.0 { ((evidenced / applicable) * 1000.0).round() / 1000.0 } else { 0.0 },
        interval: (tenth(total(&sums(items, Some(0.0))).min(score)), tenth(total(&sums(items, Some(1.0))).max(score))),
        ceiling,
        areas,
    }
}

/// The points of each finding, in the order given.
#[must_use]
pub fn points(items: &[Item]) -> Vec<Points> {
    let known = sums(items, None);
    let evidenced: f64 = Area::ALL.iter().zip(&known).filter(|(_, s)| s.of > 0.0).map(|(a, _)| a.weight()).sum();
    let as_it_is = capped(items);
    let fixed = Fixed::new(items, &known);
    items
        .iter()
        .map(|item| {
            let weight = item.impact.weight();
            let own = of(&known, item.area).of;
            let max = match (item.credit(), item.is_open_question()) {
                _ if weight == 0.0 => 0.0,
                (Some(_), _) => 100.0 * item.area.weight() / evidenced * weight / own,
                (None, true) => {
                    let areas = evidenced + if own > 0.0 { 0.0 } else { item.area.weight() };
                    100.0 * item.area.weight() / areas * weight / (own + weight)
                }
                (None, false) => 0.0,
            };
            let if_fixed = if item.outcome.is_open() || item.is_open_question() { fixed.score(item) } else { as_it_is };
            Points { now: item.credit().map(|c| max * c), max, if_fixed: tenth(if_fixed) }
        })
        .collect()
}

/// The score if one item passed and all others stayed: only its area is summed again.
struct Fixed<'a> {
    items: &'a [Item<'a>],
    known: &'a [Sums],
    /// Items that cause each ceiling.
    causes: Vec<usize>,
}

impl<'a> Fixed<'a> {
    fn new(items: &'a [Item<'a>], known: &'a [Sums]) -> Self {
        Self { items, known, causes: CEILINGS.iter().map(|rule| (rule.causes)(items, &[]).len()).collect() }
    }

    fn score(&self, item: &Item) -> f64 {
        let fixed = Item { outcome: Outcome::Pass, credit: None, ..item.clone() };
        let area = self.items.iter().filter(|i| i.area == item.area).map(|i| if std::ptr::eq(i, item) { &fixed } else { i });
        let mut all = self.known.to_vec();
        if let (Some(old), Some(new)) = (all.get_mut(item.area as usize), sums(area, None).get(item.area as usize)) {
            *old = *new;
        }
        let (uncapped, areas) = (total(&all), area_scores(&all));
        // What passes causes no ceiling any more.
        let holds = |(rule, causes): (&CeilingRule, &usize)| {
            *causes > (rule.causes)(std::slice::from_ref(item), &[]).len() || !(rule.causes)(&[], &areas).is_empty()
        };
        let limit = CEILINGS.iter().zip(&self.causes).find(|pair| holds(*pair)).map(|(rule, _)| rule.limit);
        limit.map_or(uncapped, |limit| uncapped.min(limit))
    }
}

/// The score without ceilings while one item after the other changes.
pub(crate) struct Moving<'a> {
    items: Vec<Item<'a>>,
    sums: [Sums; Area::ALL.len()],
}

impl<'a> Moving<'a> {
    pub(crate) fn new(items: Vec<Item<'a>>) -> Self {
        Self { sums: sums(&items, None), items }
    }

    pub(crate) fn score(&self) -> f64 {
        tenth(total(&self.sums))
    }

    /// Puts an item in the place of the one with its id; only the areas of the two are summed again.
    pub(crate) fn put(&mut self, new: Item<'a>) {
        let Some(old) = self.items.iter_mut().find(|i| i.id == new.id) else { return };
        let areas = [old.area, new.area];
        *old = new;
        for area in areas {
            let all = sums(self.items.iter().filter(|i| i.area == area), None);
            if let (Some(s), Some(now)) = (self.sums.get_mut(area as usize), all.get(area as usize)) {
                *s = *now;
            }
        }
    }
}

fn capped(items: &[Item]) -> f64 {
    let known = sums(items, None);
    let uncapped = total(&known);
    ceiling(items, &area_scores(&known)).map_or(uncapped, |(rule, _)| uncapped.min(rule.limit))
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

/// The decision once its owner has launched: REGRESSED while a blocker is open, else STEADY.
#[must_use]
pub const fn verdict_after_launch(before: Verdict) -> Verdict {
    if before.is_blocked() { Verdict::Regressed } else { Verdict::Steady }
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
