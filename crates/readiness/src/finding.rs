//! A finding: a check, its outcome, and what it rests on.

use crate::check::{Fix, Seen};
use crate::evidence::{DnsAnswer, DnsRole, Exemption, Outside, Source};
use crate::guide::model::Guide;
use crate::score::{Item, Points};
use crate::taxonomy::{Answer, Area, Class, Impact, Outcome, Stage};
use serde::{Deserialize, Serialize};

/// A person's answer beside what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// What they say.
    pub answer: Answer,
    /// Who.
    pub by: String,
    /// Epoch milliseconds.
    pub at: i64,
}

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
    /// The source that it rests on; none while nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// When that was seen, epoch milliseconds; 0 while nothing is known.
    #[serde(default)]
    pub seen_at: i64,
    /// What a person says, where that differs from what was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
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
    /// Seconds until caches follow, where in this scan the servers of the zone already answer a question that
    /// this finding rests on otherwise than a resolver does; none where they agree.
    #[must_use]
    pub fn cache_lag(&self, seen: &Outside) -> Option<u32> {
        let sources: Vec<&str> = self.evidence.iter().map(|s| s.source.as_str()).collect();
        let values = |a: &DnsAnswer| {
            let mut v: Vec<String> = a.records.iter().map(|r| format!("{} {}", r.rtype, r.value)).collect();
            v.sort();
            (a.status.clone(), v)
        };
        seen.dns
            .iter()
            .filter(|old| old.role == DnsRole::Resolver && old.status.is_definitive() && sources.contains(&old.server.as_str()))
            .filter(|old| self.evidence.iter().any(|s| s.source == old.server && s.text.contains(&old.name)))
            .filter(|old| {
                let mut source =
                    seen.answers(&old.name, &old.rtype).filter(|a| a.role == DnsRole::Authoritative && a.status.is_definitive()).peekable();
                source.peek().is_some() && source.all(|a| values(a) != values(old))
            })
            // Without records the negative answer's time is not known; five minutes is usual.
            .map(|old| old.records.iter().map(|r| r.ttl).max().unwrap_or(300))
            .max()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::DnsStatus;
    use crate::fixture::Fixture;

    #[test]
    fn caches_that_lag_behind_the_source_are_told_with_their_time() {
        let lag = |f: &Fixture| {
            let a = f.assess();
            a.finding("MAIL-02").unwrap().cache_lag(&f.evidence)
        };
        let mut f = Fixture::good();
        assert_eq!(lag(&f), None);
        f.also(DnsRole::Resolver, "9.9.9.9", "acme.example", "TXT", DnsStatus::NoError, &["v=spf1 a ~all", "v=spf1 mx ~all"]);
        assert_eq!(lag(&f), Some(300));
        // The source decides the outcome, not the cache.
        assert_eq!(f.assess().finding("MAIL-02").unwrap().outcome, Outcome::Pass);
        let mut same = Fixture::good();
        same.also(
            DnsRole::Resolver,
            "9.9.9.9",
            "acme.example",
            "TXT",
            DnsStatus::NoError,
            &["site-verification=1", "v=spf1 mx include:_spf.mail.example ~all"],
        );
        assert_eq!(lag(&same), None);
    }
}
