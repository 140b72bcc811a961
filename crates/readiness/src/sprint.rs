//! A sprint: 48 hours of chosen packages, in the safe order, with what is too large called out.

use crate::assess::Assessment;
use crate::fix_order::Step;
use crate::taxonomy::Outcome;
use crate::tools::sprint::{PACKAGES, Package};
use serde::{Deserialize, Serialize};

/// Hours of the clock, unless a template says otherwise.
pub const HOURS: i64 = 48;
/// Minutes: a single finding that takes longer than this is larger than a sprint, unless a template says otherwise.
pub const LARGE: u16 = 480;

/// How a sprint may begin: what a workspace calls it, what is in it, how long it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Names of the packages; none for what the newest result suggests.
    pub packages: Vec<String>,
    /// Hours of the clock.
    pub hours: i64,
    /// Minutes from which on a finding is called out.
    pub large: u16,
}

impl Template {
    /// The one that every workspace has.
    #[must_use]
    pub fn standard() -> Self {
        Self { name: "48-hour sprint".into(), packages: vec![], hours: HOURS, large: LARGE }
    }
}

const fn hours() -> i64 {
    HOURS
}
const fn large() -> u16 {
    LARGE
}

/// What a sprint was begun with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sprint {
    /// Names of the packages.
    pub packages: Vec<String>,
    /// Hours of its clock.
    #[serde(default = "hours")]
    pub hours: i64,
    /// Minutes from which on a finding of it is called out.
    #[serde(default = "large")]
    pub large: u16,
    /// When the clock started, epoch milliseconds.
    pub started_at: i64,
    /// When it was closed, epoch milliseconds; 0 while it runs.
    pub closed_at: i64,
    /// The scan that it begins with.
    pub before: String,
    /// Findings called out, with what each would take.
    pub called_out: Vec<(String, String)>,
}

/// A sprint as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// What can be done now, in order.
    pub ready: Vec<Step>,
    /// What waits for something else.
    pub waiting: Vec<Step>,
    /// Fixed since the beginning: check and title.
    pub done: Vec<(String, String)>,
    /// Called out: check, title, what it would take.
    pub out: Vec<(String, String, String)>,
    /// Minutes of what is left.
    pub minutes: u32,
    /// Milliseconds left on the clock; negative once it has run out.
    pub left_ms: i64,
}

/// The packages of a sprint.
#[must_use]
pub fn packages(s: &Sprint) -> Vec<&'static Package> {
    PACKAGES.iter().filter(|p| s.packages.iter().any(|n| n == p.name)).collect()
}

/// The board of a sprint, from the result that it began with and the newest one, at `now`.
#[must_use]
pub fn board(s: &Sprint, before: &Assessment, newest: &Assessment, now: i64) -> Board {
    let chosen = packages(s);
    let inside = |id: &str| newest.finding(id).is_some_and(|f| chosen.iter().any(|p| p.areas.contains(&f.area)));
    let called = |id: &str| s.called_out.iter().find(|(c, _)| c == id).map(|(_, why)| why.clone());
    let mut b =
        Board { ready: vec![], waiting: vec![], done: vec![], out: vec![], minutes: 0, left_ms: s.started_at + s.hours * 3_600_000 - now };
    for step in newest.fix_order.iter().filter(|x| inside(&x.id)) {
        let large = (step.minutes > s.large).then(|| format!("About {} hours: larger than this sprint takes on.", step.minutes / 60));
        if let Some(why) = called(&step.id).or(large) {
            b.out.push((step.id.clone(), step.title.clone(), why));
        } else if step.locked_by.is_empty() {
            b.minutes += u32::from(step.minutes);
            b.ready.push(step.clone());
        } else {
            b.minutes += u32::from(step.minutes);
            b.waiting.push(step.clone());
        }
    }
    let fixed = |id: &str| newest.finding(id).is_some_and(|f| f.outcome == Outcome::Pass);
    b.done = before
        .findings
        .iter()
        .filter(|f| f.outcome.is_open() && inside(&f.id) && fixed(&f.id))
        .map(|f| (f.id.clone(), f.title.clone()))
        .collect();
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn a_board_follows_the_work_and_calls_out_what_is_too_large() {
        let mut bad = Fixture::good();
        bad.txt("acme.example", &["v=spf1 mx -all", "v=spf1 -all"]).txt("_dmarc.acme.example", &[]);
        let (before, good) = (bad.assess(), Fixture::good().assess());
        let s = Sprint {
            packages: vec!["Mail that arrives".into()],
            hours: HOURS,
            large: LARGE,
            started_at: 1000,
            closed_at: 0,
            before: "s".into(),
            called_out: vec![],
        };
        let b = board(&s, &before, &before, 1000);
        let ids = |list: &[Step]| list.iter().map(|s| s.id.clone()).collect::<Vec<_>>();
        assert!(ids(&b.ready).contains(&"MAIL-02".to_owned()) && ids(&b.waiting).contains(&"MAIL-09".to_owned()), "{b:?}");
        assert_eq!((b.done.len(), b.left_ms), (0, HOURS * 3_600_000));
        let b = board(&s, &before, &good, 1000 + HOURS * 3_600_000 + 5);
        assert!(b.ready.is_empty() && b.waiting.is_empty() && b.left_ms == -5);
        assert!(b.done.iter().any(|(id, _)| id == "MAIL-02"));
        // Called out by hand, or larger than a day: it leaves the plan and stays visible.
        let out = Sprint { called_out: vec![("MAIL-02".into(), "The zone is run by a third party.".into())], ..s.clone() };
        let b = board(&out, &before, &before, 1000);
        assert!(!ids(&b.ready).contains(&"MAIL-02".to_owned()) && b.out[0].0 == "MAIL-02");
        let mut huge = before.clone();
        huge.fix_order.iter_mut().for_each(|x| x.minutes = LARGE + 60);
        let b = board(&s, &before, &huge, 1000);
        assert!(b.ready.is_empty() && b.minutes == 0 && b.out.iter().all(|(_, _, why)| why.contains("9 hours")));
        // Other areas are not on the board.
        let other = Sprint { packages: vec!["HTTPS everywhere".into()], ..s };
        assert!(!ids(&board(&other, &before, &before, 0).ready).contains(&"MAIL-02".to_owned()));
    }
}
