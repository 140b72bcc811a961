//! The difference of two results of one target: what changed, why, and what each change did to the score.

use crate::assess::Assessment;
use crate::finding::Finding;
use crate::score::Moving;
use crate::taxonomy::Outcome;

/// Why a finding is another one than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Better than before.
    Fixed,
    /// Worse than before.
    Regressed,
    /// Was not known, now is.
    NewlyEvidenced,
    /// Was known, and is too old or could not be learned again; or an excuse has ended.
    Expired,
    /// Somebody answers for it now.
    Excused,
    /// Applies now, or no longer does.
    Applies,
    /// Judged otherwise by another version of the catalogue.
    RuleChanged,
    /// The same outcome, weighed otherwise: another impact, or another share of what was right.
    Weighed,
}

impl Cause {
    /// Every cause, in the order of the page.
    pub const ALL: [Self; 8] =
        [Self::Regressed, Self::Fixed, Self::NewlyEvidenced, Self::Expired, Self::Excused, Self::Applies, Self::RuleChanged, Self::Weighed];
    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Fixed => "Fixed",
            Self::Regressed => "Got worse",
            Self::NewlyEvidenced => "Newly evidenced",
            Self::Expired => "Expired, or not learned again",
            Self::Excused => "Excused",
            Self::Applies => "Applies now, or no longer",
            Self::RuleChanged => "Judged by a changed rule",
            Self::Weighed => "Weighs otherwise",
        }
    }
}

/// A finding that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Check id.
    pub id: String,
    /// For a person.
    pub title: String,
    /// Before.
    pub from: Outcome,
    /// After.
    pub to: Outcome,
    /// Whether it is a critical failure now.
    pub blocker: bool,
    /// Why.
    pub cause: Cause,
    /// What it did to the score without ceilings, rounded so that all of them add up to its movement.
    pub points: f64,
}

/// What changed from one result to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Every change, by cause.
    pub changes: Vec<Change>,
    /// What ceilings did to the score beside that.
    pub ceilings: f64,
    /// The score's whole movement: the sum of all points and of the ceilings.
    pub total: f64,
}

impl Difference {
    /// The changes of one cause.
    pub fn of(&self, cause: Cause) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |c| c.cause == cause)
    }
    /// How many of one cause.
    #[must_use]
    pub fn count(&self, cause: Cause) -> usize {
        self.of(cause).count()
    }
}

/// How bad an outcome is.
const fn badness(o: Outcome) -> u8 {
    match o {
        Outcome::Fail => 3,
        Outcome::Warn => 2,
        Outcome::Accepted => 1,
        _ => 0,
    }
}

fn cause(before: &Finding, after: &Finding, same_rules: bool) -> Option<Cause> {
    let weighs = (before.impact, before.credit) != (after.impact, after.credit);
    Some(match (before.outcome, after.outcome) {
        (a, b) if a == b && !weighs => return None,
        (a, b) if !same_rules && a != b => Cause::RuleChanged,
        (a, b) if a == b => match before.credit.zip(after.credit) {
            Some((x, y)) if before.impact == after.impact && x < y => Cause::Fixed,
            Some((x, y)) if before.impact == after.impact && x > y => Cause::Regressed,
            _ => Cause::Weighed,
        },
        (Outcome::Na, _) | (_, Outcome::Na) => Cause::Applies,
        (_, Outcome::Unknown | Outcome::Blocked) => Cause::Expired,
        (Outcome::Unknown | Outcome::Blocked, _) => Cause::NewlyEvidenced,
        (Outcome::Warn | Outcome::Fail, Outcome::Accepted) => Cause::Excused,
        (Outcome::Accepted, Outcome::Warn | Outcome::Fail) => Cause::Expired,
        (a, b) if badness(a) > badness(b) => Cause::Fixed,
        _ => Cause::Regressed,
    })
}

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

/// Compares two results of the same target. What each change did is the mean of doing them all in
/// order and in reverse, so no change is favoured by its place, and the sum is exact.
#[must_use]
pub fn difference(before: &Assessment, after: &Assessment) -> Difference {
    let same_rules = before.catalogue == after.catalogue;
    let mut changed: Vec<(Cause, &Finding, &Finding)> = after
        .findings
        .iter()
        .filter_map(|f| {
            let old = before.finding(&f.id)?;
            cause(old, f, same_rules).map(|c| (c, old, f))
        })
        .collect();
    changed.sort_by_key(|(c, _, f)| (Cause::ALL.iter().position(|x| x == c), f.outcome != Outcome::Fail, f.impact));
    let forward = walk(before, &changed, false);
    let back = walk(before, &changed, true);
    let whole = tenth(after.score.uncapped - before.score.uncapped);
    let (mut exact, mut told) = (0.0, 0.0);
    let last = changed.len().saturating_sub(1);
    let changes = changed
        .iter()
        .zip(forward.iter().zip(&back))
        .enumerate()
        .map(|(n, ((cause, old, f), (a, b)))| {
            exact += f64::midpoint(*a, *b);
            // The last one takes what rounding left over.
            let upto = if n == last { whole } else { tenth(exact) };
            let points = tenth(upto - told);
            told = upto;
            Change {
                id: f.id.clone(),
                title: f.title.clone(),
                from: old.outcome,
                to: f.outcome,
                blocker: f.is_blocker(),
                cause: *cause,
                points,
            }
        })
        .collect::<Vec<_>>();
    let total = tenth(after.score.score - before.score.score);
    let told = if changes.is_empty() { 0.0 } else { whole };
    Difference { changes, ceilings: tenth(total - told), total }
}

/// What each change does to the score without ceilings, one after the other from the first or from the last.
fn walk(before: &Assessment, changed: &[(Cause, &Finding, &Finding)], reverse: bool) -> Vec<f64> {
    let mut moving = Moving::new(before.findings.iter().map(Finding::item).collect());
    let mut at = moving.score();
    let mut out = vec![0.0; changed.len()];
    let order: Vec<usize> = if reverse { (0..changed.len()).rev().collect() } else { (0..changed.len()).collect() };
    for n in order {
        let Some((_, _, after)) = changed.get(n) else { continue };
        moving.put(after.item());
        let now = moving.score();
        if let Some(o) = out.get_mut(n) {
            *o = now - at;
        }
        at = now;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Ledger;
    use crate::fixture::Fixture;
    use crate::score::Item;
    use crate::time::DAY_MS;
    use crate::{assess, score};
    use proptest::prelude::*;

    fn ids(d: &Difference, c: Cause) -> Vec<&str> {
        d.of(c).map(|c| c.id.as_str()).collect()
    }

    #[test]
    fn names_what_changed_and_why() {
        let good = Fixture::good().assess();
        let mut f = Fixture::good();
        f.txt("acme.example", &[]);
        let bad = f.assess();
        let d = difference(&bad, &good);
        assert!(ids(&d, Cause::Fixed).contains(&"MAIL-02") && d.count(Cause::Regressed) == 0);
        let d = difference(&good, &bad);
        assert!(ids(&d, Cause::Regressed).contains(&"MAIL-02") && d.changes.iter().any(|c| c.blocker));
        let old = assess(&Ledger::of_scan(f.evidence.clone()), f.now + 8 * DAY_MS);
        assert!(ids(&difference(&bad, &old), Cause::Expired).contains(&"DNS-01"));
        let mut newer = good.clone();
        newer.catalogue = "2099.01".into();
        let d = difference(&bad, &newer);
        assert!(ids(&d, Cause::RuleChanged).contains(&"MAIL-02") && d.count(Cause::Fixed) == 0);
        assert_eq!(difference(&good, &good), Difference::default());
    }

    proptest! {
        #[test]
        fn points_and_ceilings_add_up_to_the_movement(from in proptest::collection::vec(0..7usize, 208), to in proptest::collection::vec(0..7usize, 208)) {
            let of = |list: &[usize]| {
                let mut a = Fixture::good().assess();
                for (f, o) in a.findings.iter_mut().zip(list) {
                    f.outcome = Outcome::ALL[*o];
                    f.credit = None;
                }
                let items: Vec<Item> = a.findings.iter().map(Finding::item).collect();
                a.score = score::score(&items);
                drop(items);
                a
            };
            let (before, after) = (of(&from), of(&to));
            let d = difference(&before, &after);
            let sum = d.changes.iter().map(|c| c.points).sum::<f64>() + d.ceilings;
            prop_assert!((sum - d.total).abs() < 1e-6, "{sum} {}", d.total);
            prop_assert!((before.score.score + d.total - after.score.score).abs() < 1e-6);
            prop_assert_eq!(d.changes.len(), from.iter().zip(&to).filter(|(a, b)| a != b).count());
        }
    }
}
