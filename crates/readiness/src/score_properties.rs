//! The properties that DESIGN lists, over arbitrary findings.

use super::*;
use proptest::prelude::*;

fn item() -> impl Strategy<Value = Item<'static>> {
    (
        0..Area::ALL.len(),
        0..Impact::ALL.len(),
        0..Outcome::ALL.len(),
        prop::sample::select(vec!["X-1", "AUD-04", "MAIL-02"]),
        prop::option::of(0.0..=1.0f64),
    )
        .prop_map(|(a, i, o, id, share)| {
            let (impact, outcome) = (Impact::ALL[i], Outcome::ALL[o]);
            // Only medium and low checks share points, and only between their targets' outcomes.
            let credit = match outcome {
                Outcome::Warn if matches!(impact, Impact::Medium | Impact::Low) => share.map(|s| 0.5 + s / 2.0),
                Outcome::Fail if matches!(impact, Impact::Medium | Impact::Low) => share,
                _ => None,
            };
            Item { id, area: Area::ALL[a], impact, outcome, credit }
        })
}

fn items() -> impl Strategy<Value = Vec<Item<'static>>> {
    prop::collection::vec(item(), 1..40)
}

fn rank(v: Verdict) -> usize {
    Verdict::ALL.iter().position(|x| *x == v).unwrap()
}

proptest! {
    #[test]
    fn contributions_and_cap_add_up(items in items()) {
        let s = score(&items);
        let sum: f64 = points(&items).iter().filter_map(|p| p.now).sum();
        prop_assert!((sum - s.uncapped).abs() <= 0.1, "{sum} {}", s.uncapped);
        let cap = s.ceiling.as_ref().filter(|c| c.applied).map_or(0.0, |c| s.uncapped - c.limit);
        prop_assert!((s.uncapped - cap - s.score).abs() <= 0.1);
        prop_assert!((0.0..=100.0).contains(&s.score) && (0.0..=1.0).contains(&s.coverage));
    }

    #[test]
    fn mending_never_lowers(items in items(), at in any::<prop::sample::Index>()) {
        let n = at.index(items.len());
        prop_assume!(matches!(items[n].outcome, Outcome::Fail | Outcome::Warn));
        let mut better = items.clone();
        better[n].outcome = Outcome::Pass;
        better[n].credit = None;
        prop_assert!(score(&better).score >= score(&items).score);
        prop_assert!(rank(verdict(&better)) >= rank(verdict(&items)));
        prop_assert!((points(&items)[n].if_fixed - score(&better).score).abs() < 0.05);
    }

    #[test]
    fn na_changes_nothing(items in items(), area in 0..Area::ALL.len()) {
        let mut more = items.clone();
        more.push(Item { id: "N-1", area: Area::ALL[area], impact: Impact::Critical, outcome: Outcome::Na, credit: None });
        prop_assert_eq!(score(&more), score(&items));
        prop_assert_eq!(verdict(&more), verdict(&items));
        prop_assert_eq!(minimum_bar(&more), minimum_bar(&items));
    }

    #[test]
    fn unknown_moves_only_coverage_and_interval(items in items(), area in 0..Area::ALL.len(), impact in 1..Impact::ALL.len()) {
        // A critical unknown also brings the ceiling of 89 and UNPROVEN, which are tested below.
        let mut more = items.clone();
        more.push(Item { id: "U-1", area: Area::ALL[area], impact: Impact::ALL[impact], outcome: Outcome::Unknown, credit: None });
        let (a, b) = (score(&items), score(&more));
        prop_assert_eq!((a.score, a.uncapped, &a.ceiling, &a.areas), (b.score, b.uncapped, &b.ceiling, &b.areas));
        prop_assert!(b.coverage <= a.coverage && b.interval.0 <= a.interval.0 + 0.1);
        prop_assert_eq!(verdict(&more), verdict(&items));
    }

    #[test]
    fn the_score_lies_in_its_interval(items in items()) {
        let s = score(&items);
        prop_assert!(s.interval.0 <= s.score && s.score <= s.interval.1);
    }

    #[test]
    fn order_does_not_matter(items in items()) {
        let mut turned = items.clone();
        turned.reverse();
        prop_assert!((score(&turned).score - score(&items).score).abs() < 0.11);
        prop_assert_eq!(verdict(&turned), verdict(&items));
    }
}

fn one(id: &'static str, area: Area, impact: Impact, outcome: Outcome) -> Item<'static> {
    Item { id, area, impact, outcome, credit: None }
}

#[test]
fn area_weights_sum_to_100() {
    assert!((Area::ALL.iter().map(|a| a.weight()).sum::<f64>() - 100.0).abs() < f64::EPSILON);
}

#[test]
fn ceilings_by_hand() {
    use Outcome::{Fail, Pass, Unknown};
    let good: Vec<Item> = Area::ALL.iter().map(|a| one("G-1", *a, Impact::High, Pass)).collect();
    for (extra, want) in [
        (one("AUD-04", Area::Secrets, Impact::Critical, Fail), 40.0),
        (one("TLS-02", Area::Ssl, Impact::Critical, Fail), 59.0),
        (one("U-1", Area::Secrets, Impact::Critical, Unknown), 89.0),
        (one("H-1", Area::Caching, Impact::Critical, Pass), 100.0),
    ] {
        let mut items = good.clone();
        items.push(extra.clone());
        assert!((score(&items).score - want).abs() < 0.01, "{extra:?}");
    }
    let mut low = good.clone();
    low.extend([one("A", Area::Dns, Impact::High, Fail), one("B", Area::Dns, Impact::High, Fail)]);
    let s = score(&low);
    assert_eq!((s.score, s.ceiling.unwrap().causes), (69.0, vec!["DNS".to_owned()]));
}

#[test]
fn an_area_without_evidence_shares_its_part_out() {
    let items = [one("A", Area::Dns, Impact::High, Outcome::Pass), one("B", Area::Perf, Impact::High, Outcome::Fail)];
    let s = score(&items);
    assert!((s.uncapped - 100.0 * 12.0 / 17.0).abs() < 0.1);
}

#[test]
fn bar_states() {
    let bar = minimum_bar(&[
        one("A", Area::Dns, Impact::High, Outcome::Fail),
        one("B", Area::Ssl, Impact::Critical, Outcome::Unknown),
        one("C", Area::Email, Impact::Medium, Outcome::Fail),
    ]);
    let state = |a: Area| bar.iter().find(|b| b.area == a).unwrap().state;
    assert_eq!((state(Area::Dns), state(Area::Ssl), state(Area::Email)), (BarState::NotMet, BarState::Unverified, BarState::Met));
}

#[test]
fn the_docs_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scoring.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, explanation()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), explanation(), "run cargo xtask docs");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/checks.md");
    let page = crate::report::checks_markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page, "run cargo xtask docs");
}
