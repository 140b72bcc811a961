//! The order in which open findings can be fixed without breaking what works: a graph of
//! prerequisites, walked by rank.

use crate::finding::Finding;
use crate::taxonomy::{Impact, Outcome};
use serde::{Deserialize, Serialize};

/// `(before, after, why)`: applied early, the second would break production.
pub const EDGES: &[(&str, &str, &str)] = &[
    ("AUD-12", "MAIL-02", "know every service that sends for you before you rewrite the SPF record"),
    ("AUD-12", "MAIL-03", "know every service that sends for you before you rewrite the SPF record"),
    ("MAIL-02", "MAIL-03", "one record first, then its cost"),
    ("MAIL-03", "MAIL-04", "a record that receivers cannot evaluate has no ending"),
    ("MAIL-02", "MAIL-07", "SPF before DKIM"),
    ("AUD-12", "MAIL-05", "know every service that sends for you before you rewrite the SPF record"),
    ("MAIL-02", "MAIL-05", "one record first, then who stands in it"),
    ("MAIL-05", "MAIL-10", "a stricter policy refuses the mail of a service that nothing authorises"),
    ("MAIL-11", "MAIL-10", "reports show whose mail a stricter policy would refuse"),
    ("MAIL-12", "MAIL-10", "a stricter policy refuses mail whose return-path is half set up"),
    ("MAIL-09", "MAIL-11", "reports need a record"),
    ("MAIL-02", "MAIL-09", "DMARC judges SPF and DKIM, so they come first"),
    ("MAIL-03", "MAIL-09", "DMARC judges SPF and DKIM, so they come first"),
    ("MAIL-02", "MAIL-10", "a stricter policy refuses your own mail while SPF is broken"),
    ("MAIL-03", "MAIL-10", "a stricter policy refuses your own mail while SPF is broken"),
    ("MAIL-07", "MAIL-10", "a stricter policy refuses your own mail until DKIM is proven"),
    ("MAIL-09", "MAIL-10", "a policy needs a record"),
    ("DNS-01", "TLS-01", "a certificate needs a name that resolves"),
    ("DNS-01", "DNS-02", "the apex first"),
    ("DNS-01", "WEB-01", "a page needs a name that resolves"),
    ("WEB-01", "RED-01", "a page must answer before every way can lead to it"),
    ("WEB-01", "RED-02", "a page must answer before visitors are sent to it"),
    ("DNS-02", "RED-01", "both names must resolve before they can meet"),
    ("TLS-01", "TLS-02", "HTTPS must answer first"),
    ("TLS-01", "TLS-03", "HTTPS must answer first"),
    ("TLS-01", "TLS-04", "HTTPS must answer first"),
    ("TLS-01", "RED-02", "redirecting to HTTPS before it works locks visitors out"),
    ("TLS-02", "RED-02", "redirecting to HTTPS before it works locks visitors out"),
    ("TLS-03", "RED-02", "redirecting to HTTPS before it works locks visitors out"),
    ("TLS-04", "RED-02", "redirecting to HTTPS before it works locks visitors out"),
    ("EDG-03", "RED-02", "behind Cloudflare set SSL to Full (strict) first, or the redirect loops"),
    ("RED-02", "RED-01", "HTTPS everywhere, then one name"),
    ("RED-01", "RED-03", "one final address, then fewer hops"),
    ("RED-01", "RED-04", "one final address, then what it keeps"),
    ("TLS-01", "TLS-08", "HSTS makes browsers refuse a host without HTTPS"),
    ("TLS-02", "TLS-08", "HSTS makes browsers refuse a host with a bad certificate"),
    ("TLS-03", "TLS-08", "HSTS makes browsers refuse a host with a bad certificate"),
    ("TLS-04", "TLS-08", "HSTS makes browsers refuse a host with a bad certificate"),
    ("RED-02", "TLS-08", "redirect to HTTPS before you promise it for a year"),
    ("TLS-08", "TLS-09", "a promise for this host first, then what it covers"),
    ("DNS-04", "DNS-11", "the right servers first, then their signatures"),
    ("AUD-08", "DEP-14", "a production build first, then its name"),
    ("SEC-14", "SEC-10", "know whose scripts run before a policy names them"),
    ("TLS-10", "SEC-10", "load everything over HTTPS before a policy demands it"),
    ("EDG-01", "PERF-10", "an edge first, then what it keeps"),
    ("PERF-08", "PERF-10", "a cache keeps only what may be kept"),
    ("AUD-11", "TLS-08", "know every host under the domain before HSTS covers them all"),
    ("TLS-02", "DNS-12", "list every authority that issues for you before CAA names them"),
    ("PERF-09", "PERF-08", "mark private pages as private before a cache keeps things"),
];

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Check id.
    pub id: String,
    /// What to do.
    pub title: String,
    /// Whether a blocker.
    pub blocker: bool,
    /// Points on the score without ceilings.
    pub gain: f64,
    /// Estimated minutes.
    pub minutes: u16,
    /// Checks that must be green first; empty means that it can be done now.
    pub locked_by: Vec<String>,
    /// Why it waits.
    pub wait: Option<String>,
    /// What to be sure of first, where no check can say so yet.
    pub confirm_first: Vec<String>,
}

/// Whether a finding holds back those after it. An inventory that only a person can confirm does
/// not lock; it is told as something to be sure of first.
fn holds(f: &Finding) -> bool {
    f.implemented && (f.outcome == Outcome::Fail || (matches!(f.outcome, Outcome::Unknown | Outcome::Blocked) && !f.id.starts_with("AUD-")))
}

/// The whole plan: every open finding once, prerequisites before what needs them.
#[must_use]
pub fn plan(findings: &[Finding]) -> Vec<Step> {
    let open: Vec<&Finding> = findings.iter().filter(|f| f.outcome.is_open() && f.fix.is_some() && f.impact != Impact::Info).collect();
    let find = |id: &str| findings.iter().find(|f| f.id == id);
    let mut left: Vec<&Finding> = open.clone();
    let mut steps = vec![];
    while !left.is_empty() {
        let free = |f: &&Finding| !EDGES.iter().any(|(a, b, _)| *b == f.id && left.iter().any(|l| l.id == *a));
        // The graph has no circle (tested), so something is always free; without one, take what is there.
        let best = left
            .iter()
            .filter(|f| free(f))
            .max_by(|a, b| rank(a, &left).total_cmp(&rank(b, &left)).then_with(|| b.id.cmp(&a.id)))
            .or_else(|| left.first())
            .copied();
        let Some(f) = best else { break };
        left.retain(|l| l.id != f.id);
        let before: Vec<_> = EDGES.iter().filter(|(_, b, _)| *b == f.id).collect();
        let locks: Vec<_> = before.iter().filter(|(a, _, _)| find(a).is_some_and(holds)).collect();
        steps.push(Step {
            id: f.id.clone(),
            title: f.fix.as_ref().map(|x| x.title.clone()).unwrap_or_default(),
            blocker: f.is_blocker(),
            gain: ((f.points.max - f.points.now.unwrap_or(0.0)) * 10.0).round() / 10.0,
            minutes: f.fix.as_ref().map_or(0, |x| x.minutes),
            locked_by: locks.iter().map(|(a, _, _)| (*a).to_owned()).collect(),
            wait: locks.first().map(|(_, _, why)| (*why).to_owned()),
            confirm_first: before
                .iter()
                .filter(|(a, _, _)| find(a).is_some_and(|p| !p.implemented || (p.id.starts_with("AUD-") && p.outcome == Outcome::Unknown)))
                .map(|(_, _, why)| (*why).to_owned())
                .collect(),
        });
    }
    // What can be done now comes before what waits; the order among each stays.
    steps.sort_by_key(|s| !s.locked_by.is_empty());
    steps
}

/// Blockers first, then points × confidence ÷ minutes; a finding inherits the rank of what waits for it.
fn rank(f: &Finding, left: &[&Finding]) -> f64 {
    let own = |f: &Finding| {
        let confidence = if f.outcome == Outcome::Fail { 1.0 } else { 0.7 };
        let gain = (f.points.max - f.points.now.unwrap_or(0.0)).max(0.0);
        let minutes = f64::from(f.fix.as_ref().map_or(10, |x| x.minutes).max(1));
        gain * confidence / minutes + if f.is_blocker() { 1e6 } else { 0.0 }
    };
    let waiting = left.iter().filter(|l| EDGES.iter().any(|(a, b, _)| *a == f.id && *b == l.id)).map(|l| own(l)).fold(0.0, f64::max);
    own(f).max(waiting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use proptest::prelude::*;

    #[test]
    fn edges_name_entries_and_make_no_circle() {
        for (a, b, _) in EDGES {
            assert!(crate::catalogue::entry(a).is_some() && crate::catalogue::entry(b).is_some(), "{a} {b}");
        }
        let mut left: Vec<_> = EDGES.to_vec();
        while !left.is_empty() {
            let before = left.len();
            let targets: Vec<_> = left.iter().map(|e| e.1).collect();
            left.retain(|(a, _, _)| targets.contains(a));
            assert!(left.len() < before, "a circle among {left:?}");
        }
    }

    #[test]
    fn a_prerequisite_comes_first_and_locks() {
        let mut f = Fixture::good();
        f.evidence.target.senders.clear();
        f.txt("acme.example", &["v=spf1 -all", "v=spf1 mx -all"])
            .txt("_dmarc.acme.example", &["v=DMARC1; p=none; rua=mailto:d@acme.example"]);
        let a = f.assess();
        let ids: Vec<_> = a.fix_order.iter().map(|s| s.id.as_str()).collect();
        let at = |id| ids.iter().position(|x| *x == id).unwrap();
        assert!(at("MAIL-02") < at("MAIL-10"));
        assert_eq!(a.fix_order[at("MAIL-02")].locked_by, Vec::<String>::new());
        assert!(a.fix_order[at("MAIL-10")].locked_by.contains(&"MAIL-02".to_owned()));
        assert!(!a.fix_order[at("MAIL-02")].confirm_first.is_empty());
    }

    proptest! {
        #[test]
        fn every_plan_respects_the_edges(outcomes in prop::collection::vec(0..4usize, crate::checks::ALL.len())) {
            let mut findings = Fixture::good().assess().findings;
            let fix = crate::check::Fix { title: "t".into(), steps: vec![], paste: vec![], undo: String::new(), risk: None, minutes: 5 };
            for (f, o) in findings.iter_mut().filter(|f| f.implemented).zip(outcomes) {
                f.outcome = [Outcome::Pass, Outcome::Warn, Outcome::Fail, Outcome::Unknown][o];
                f.fix = Some(fix.clone());
            }
            let steps = plan(&findings);
            let open = findings.iter().filter(|f| f.outcome.is_open() && f.impact != Impact::Info).count();
            prop_assert_eq!(steps.len(), open);
            for (a, b, _) in EDGES {
                let at = |id: &str| steps.iter().position(|s| s.id == id);
                if let (Some(x), Some(y)) = (at(a), at(b)) {
                    prop_assert!(x < y || steps[x].locked_by.len() > steps[y].locked_by.len(), "{a} {b}");
                    prop_assert!(findings.iter().find(|f| f.id == *a).unwrap().outcome != Outcome::Fail || steps[y].locked_by.contains(&(*a).to_owned()));
                }
            }
        }
    }
}
