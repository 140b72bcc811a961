//! A project in one line: what a list, a calendar and a mail need of its newest result, so that none of
//! them has to read whole results.

use crate::assess::Assessment;
use crate::difference::{Cause, Difference};
use crate::evidence::{Claims, Outside};
use crate::score::BarState;
use crate::taxonomy::Verdict;
use serde::{Deserialize, Serialize};

/// Scores that are kept for the line of a trend.
const SCORES: usize = 20;
/// Answers and excuses whose end is kept, the first ones: a line stays short.
const SAID: usize = 3;

/// Something that ends on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// What.
    pub kind: Ends,
    /// Its name: a host, a domain, a check.
    pub name: String,
    /// Epoch milliseconds.
    pub at: i64,
}

/// What ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ends {
    /// A certificate.
    Certificate,
    /// A registration.
    Domain,
    /// A person's answer.
    Answer,
    /// An excuse.
    Exemption,
}

impl Ends {
    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Domain => "domain",
            Self::Answer => "answer",
            Self::Exemption => "excuse",
        }
    }
}

/// The newest result of a project in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// When it was scanned, epoch milliseconds.
    pub at: i64,
    /// The decision.
    pub verdict: Verdict,
    /// The decision before.
    pub was: Option<Verdict>,
    /// 0 to 100.
    pub score: f64,
    /// 0 to 1.
    pub coverage: f64,
    /// Titles of critical failures.
    pub blockers: Vec<String>,
    /// The eight areas of the minimum bar, in their order.
    pub bar: Vec<BarState>,
    /// Scores until now, the newest last.
    pub scores: Vec<f64>,
    /// Checks fixed since the result before.
    pub fixed: usize,
    /// Checks that got worse since then.
    pub worse: usize,
    /// Check and title of what to do next.
    pub next: Option<(String, String)>,
    /// What ends, the first one first.
    pub ends: Vec<Expiry>,
    /// Since when the domain answers nothing at all, epoch milliseconds; 0 while it answers.
    pub silent_since: i64,
}

impl Brief {
    /// Of a result, after the brief of the one before and what changed since. `again` says that the same
    /// scan is judged anew, as after a re-check or an answer.
    #[must_use]
    pub fn new(e: &Outside, a: &Assessment, claims: &Claims, before: Option<&Brief>, d: &Difference, again: bool) -> Self {
        let mut scores = before.map(|b| b.scores.clone()).unwrap_or_default();
        if again {
            scores.pop();
        }
        scores.push(a.score.score);
        scores.drain(..scores.len().saturating_sub(SCORES));
        Self {
            at: e.started_at,
            verdict: a.verdict,
            was: before.and_then(|b| if again { b.was } else { Some(b.verdict) }),
            score: a.score.score,
            coverage: a.score.coverage,
            blockers: a.blockers().map(|f| f.title.clone()).collect(),
            bar: a.minimum_bar.iter().map(|b| b.state).collect(),
            scores,
            fixed: d.count(Cause::Fixed),
            worse: d.count(Cause::Regressed),
            next: a.fix_order.first().map(|s| (s.id.clone(), s.title.clone())),
            ends: ends(e, claims),
            silent_since: match before.map_or(0, |b| b.silent_since) {
                _ if e.site_answers() => 0,
                0 => e.started_at,
                since => since,
            },
        }
    }

    /// What ends first.
    #[must_use]
    pub fn soonest(&self) -> Option<&Expiry> {
        self.ends.first()
    }
    /// Whether the decision is worse than the one before.
    #[must_use]
    pub fn got_worse(&self) -> bool {
        self.was.is_some_and(|w| self.verdict < w)
    }
}

/// What has an end, the first one first.
fn ends(e: &Outside, claims: &Claims) -> Vec<Expiry> {
    let certificates = e.tls.iter().filter_map(|p| Some((p.host.clone(), p.session()?.chain.first()?.not_after)));
    let mut list: Vec<Expiry> = certificates.map(|(name, at)| Expiry { kind: Ends::Certificate, name, at }).collect();
    list.extend(e.registration_ends().map(|at| Expiry { kind: Ends::Domain, name: e.target.domain.to_string(), at }));
    let mut said: Vec<Expiry> =
        claims.attestations.iter().map(|a| Expiry { kind: Ends::Answer, name: a.check.clone(), at: a.expires }).collect();
    said.extend(claims.excuses.iter().map(|x| Expiry { kind: Ends::Exemption, name: x.check.clone(), at: x.expires }));
    said.sort_by_key(|x| x.at);
    said.truncate(SAID);
    list.extend(said);
    list.sort_by_key(|x| x.at);
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::difference::difference;
    use crate::fixture::Fixture;

    #[test]
    fn follows_a_project_from_result_to_result() {
        let none = Claims::default();
        let good = Fixture::good();
        let first = Brief::new(&good.evidence, &good.assess(), &none, None, &Difference::default(), false);
        assert_eq!((first.verdict, first.was, first.scores.len(), first.bar.len()), (Verdict::Unproven, None, 1, 8));
        assert!(first.ends.iter().any(|x| x.kind == Ends::Certificate) && first.ends.iter().any(|x| x.kind == Ends::Domain));
        assert!(first.ends.is_sorted_by_key(|x| x.at) && first.silent_since == 0);
        let mut bad = Fixture::good();
        bad.txt("acme.example", &[]);
        let d = difference(&good.assess(), &bad.assess());
        let second = Brief::new(&bad.evidence, &bad.assess(), &none, Some(&first), &d, false);
        assert!(second.got_worse() && second.worse > 0 && !second.blockers.is_empty() && second.scores.len() == 2);
        // Judged anew, it stays one point of the trend, and what was before stays before.
        let again = Brief::new(&bad.evidence, &bad.assess(), &none, Some(&second), &d, true);
        assert_eq!((again.scores.len(), again.was), (2, Some(Verdict::Unproven)));
        let text = serde_json::to_string(&second).unwrap();
        assert_eq!(serde_json::from_str::<Brief>(&text).unwrap(), second);
    }

    #[test]
    fn a_domain_without_an_answer_is_silent_since_the_first_time() {
        let mut f = Fixture::good();
        f.evidence.tls.clear();
        f.evidence.fetches.clear();
        let b = Brief::new(&f.evidence, &f.assess(), &Claims::default(), None, &Difference::default(), false);
        assert_eq!(b.silent_since, f.evidence.started_at);
        f.evidence.started_at += 1000;
        let later = Brief::new(&f.evidence, &f.assess(), &Claims::default(), Some(&b), &Difference::default(), false);
        assert_eq!(later.silent_since, b.silent_since);
    }
}
