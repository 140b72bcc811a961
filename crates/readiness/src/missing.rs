//! What is missing: for each source, the checks that nothing has evidenced yet and that it could, what that would add
//! and what it takes. A pure function of a judgement.

use crate::assess::Assessment;
use crate::attestations;
use crate::catalogue::{self, Entry};
use crate::evidence::Source;
use crate::finding::Finding;
use crate::taxonomy::{Impact, Outcome};

/// What one source could still evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The source.
    pub source: Source,
    /// Checks that nothing has evidenced yet, the weightiest first.
    pub checks: Vec<&'static str>,
    /// How many of them are critical.
    pub critical: usize,
    /// Percent of the applicable weight that they would add to the coverage, to a tenth.
    pub adds: f64,
    /// Minutes that it takes: for a person, for all the questions together.
    pub minutes: u32,
}

impl Missing {
    /// Coverage won per minute.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.adds / f64::from(self.minutes.max(1))
    }
}

/// What each source could still evidence, the most weight won per minute first. A check that several sources could
/// evidence counts for each of them. What this build cannot see from outside, no scan would add.
#[must_use]
pub fn missing(a: &Assessment) -> Vec<Missing> {
    let open = |f: &Finding| matches!(f.outcome, Outcome::Unknown | Outcome::Blocked);
    let applicable: f64 = a.findings.iter().filter(|f| open(f) || f.outcome.is_evidenced()).map(|f| f.impact.weight()).sum();
    let unknown: Vec<(&Finding, &'static Entry)> =
        a.findings.iter().filter(|f| open(f)).filter_map(|f| Some((f, catalogue::entry(&f.id)?))).collect();
    let mut out: Vec<Missing> = Source::ALL.iter().filter_map(|s| of(*s, &unknown, applicable)).collect();
    out.sort_by(|x, y| y.rate().total_cmp(&x.rate()).then(x.source.cmp(&y.source)));
    out
}

fn of(source: Source, unknown: &[(&Finding, &'static Entry)], applicable: f64) -> Option<Missing> {
    let mut list: Vec<_> = unknown.iter().filter(|(_, e)| could(source, e)).collect();
    if list.is_empty() {
        return None;
    }
    list.sort_by(|(f, e), (g, d)| g.impact.weight().total_cmp(&f.impact.weight()).then(e.id.cmp(d.id)));
    let weight: f64 = list.iter().map(|(f, _)| f.impact.weight()).sum();
    let minutes = u32::from(source.info().minutes);
    let times = if source == Source::Person { u32::try_from(list.len()).unwrap_or(u32::MAX) } else { 1 };
    Some(Missing {
        source,
        critical: list.iter().filter(|(f, _)| f.impact == Impact::Critical).count(),
        adds: if applicable > 0.0 { (weight / applicable * 1000.0).round() / 10.0 } else { 0.0 },
        minutes: minutes.saturating_mul(times),
        checks: list.into_iter().map(|(_, e)| e.id).collect(),
    })
}

/// Whether evidence of this source would be judged for this check by this build.
fn could(source: Source, e: &Entry) -> bool {
    e.reads.contains(&source)
        && match source {
            Source::Outside => e.check.is_some(),
            Source::Person => e.check.is_none() && attestations::question(e.id).is_some(),
            // A rule of ours reads a scan; what a source says of such a check directly would not be heard.
            _ => e.check.is_none(),
        }
}

/// What would refresh what a finding says, as a sentence.
#[must_use]
pub fn refreshed_by(f: &Finding) -> String {
    let Some(source) = f.source else {
        return catalogue::entry(&f.id).map(Entry::how_evidenced).unwrap_or_default();
    };
    let days = source.info().days;
    match source {
        Source::Outside => format!("A new scan, or a re-check of this one finding. What a scan saw counts for {days} days."),
        Source::Person => "Answering the question again.".to_owned(),
        _ => {
            let how = source.info().how;
            let mut letters = how.chars();
            let how: String = letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect();
            format!("{how} again. A piece counts for {days} days.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::assess;
    use crate::evidence::{Ledger, Observation, Observed, Piece, PieceBody, Repository};
    use crate::fixture::Fixture;

    fn row(a: &Assessment, source: Source) -> Option<Missing> {
        missing(a).into_iter().find(|m| m.source == source)
    }

    #[test]
    fn the_table() {
        let f = Fixture::good();
        let scanned = Ledger::of_scan(f.evidence.clone());
        let empty = Ledger::empty(f.evidence.target.clone());
        let repository = row(&assess(&scanned, f.now), Source::Repository).unwrap();
        let first = repository.checks[0];
        let mut pushed = scanned.clone();
        let finding = Observation { id: first.to_owned(), outcome: Observed::Fail, summary: String::new(), locations: vec![] };
        let body = PieceBody::Repository(Box::new(Repository { findings: vec![finding], ..Repository::default() }));
        pushed.put(Piece::new("app", f.now, "test", body));
        // Ledger, source, whether it misses something, whether the first check of the repository is among it.
        for (name, ledger, source, some, has) in [
            ("never scanned", &empty, Source::Outside, true, false),
            ("scanned", &scanned, Source::Outside, false, false),
            ("scanned", &scanned, Source::Repository, true, true),
            ("scanned", &scanned, Source::Person, true, catalogue::entry(first).unwrap().reads.contains(&Source::Person)),
            ("a failure is evidence too", &pushed, Source::Repository, true, false),
            ("a failure is evidence too", &pushed, Source::Person, true, false),
        ] {
            let got = row(&assess(ledger, f.now), source);
            assert_eq!(got.is_some(), some, "{name}: {source}");
            assert_eq!(got.is_some_and(|m| m.checks.contains(&first)), has, "{name}: {source} has {first}");
        }
        let after = row(&assess(&pushed, f.now), Source::Repository).unwrap();
        assert!(after.adds < repository.adds && after.checks.len() + 1 == repository.checks.len());
    }

    #[test]
    fn what_is_won_first_comes_first_and_adds_up() {
        let f = Fixture::good();
        let a = f.assess();
        let list = missing(&a);
        assert!(list.is_sorted_by(|x, y| x.rate() >= y.rate()) && list.len() >= 4);
        for m in &list {
            assert!(m.critical <= m.checks.len() && m.adds > 0.0 && m.adds <= 100.0 * (1.0 - a.score.coverage) + 0.1, "{m:?}");
            let many = if m.source == Source::Person { m.checks.len() } else { 1 };
            assert_eq!(m.minutes as usize, usize::from(m.source.info().minutes) * many);
            assert!(m.checks.is_sorted_by(|x, y| a.finding(x).unwrap().impact.weight() >= a.finding(y).unwrap().impact.weight()));
        }
        // What does not apply is missing nowhere.
        assert!(list.iter().all(|m| m.checks.iter().all(|c| a.finding(c).unwrap().outcome != Outcome::Na)));
    }

    #[test]
    fn each_source_says_what_refreshes_it() {
        let f = Fixture::good();
        let a = f.assess();
        assert!(refreshed_by(a.finding("MAIL-02").unwrap()).starts_with("A new scan"));
        let mut finding = a.finding("MAIL-02").unwrap().clone();
        for (source, start) in [
            (Some(Source::Person), "Answering"),
            (Some(Source::Repository), "Push evidence from your repository or CI again. A piece counts for 30 days."),
            (None, ""),
        ] {
            finding.source = source;
            assert!(refreshed_by(&finding).starts_with(start), "{}", refreshed_by(&finding));
        }
    }
}
