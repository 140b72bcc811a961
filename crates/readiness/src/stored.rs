//! An assessment as it is kept: what is not in the catalogue, in two texts. The first holds what lists and a project's pages
//! need (outcomes, impacts, sentences, the order of fixes), the second what a finding's own page shows besides (what
//! was seen, the fix, its guides). Names, titles and reasons are joined from the catalogue, and points computed, when it is
//! read.

use crate::assess::{Assessment, why};
use crate::catalogue;
use crate::check::{Fix, Seen};
use crate::evidence::{Exemption, Source};
use crate::finding::{Finding, Said};
use crate::fix_order::Step;
use crate::guide::model::Guide;
use crate::score::{self, BarArea, Item, Points, Score};
use crate::taxonomy::{Area, Class, Impact, Outcome, Stage, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An assessment in two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What was judged.
    pub judged: String,
    /// What each finding rests on and how it is fixed.
    pub details: String,
}

#[derive(Serialize, Deserialize)]
struct Judged {
    catalogue: String,
    verdict: Verdict,
    score: Score,
    bar: Vec<BarArea>,
    findings: Vec<Row>,
    steps: Vec<Step>,
}

/// A finding without what the catalogue says of it.
#[derive(Serialize, Deserialize)]
struct Row {
    id: String,
    #[serde(rename = "o")]
    outcome: Outcome,
    /// Where it is not the one at rest.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    impact: Option<Impact>,
    /// Where it is not how the catalogue says that it would be evidenced.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    credit: Option<f64>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    /// Seconds since the epoch.
    #[serde(rename = "t", default, skip_serializing_if = "is_zero")]
    seen_at: i64,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    said: Option<Said>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    excuse: Option<Exemption>,
}

#[derive(Serialize)]
struct Detail<'a> {
    id: &'a str,
    /// Where, what, and seconds since the epoch.
    #[serde(rename = "e", skip_serializing_if = "Vec::is_empty")]
    seen: Vec<(&'a str, &'a str, i64)>,
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    fix: Option<&'a Fix>,
    #[serde(rename = "g", skip_serializing_if = "<[Guide]>::is_empty")]
    guides: &'a [Guide],
}

/// The same before it is known whether it is wanted.
#[derive(Deserialize)]
struct RawDetail<'a> {
    id: String,
    #[serde(rename = "e", borrow)]
    seen: Option<&'a RawValue>,
    #[serde(rename = "f", borrow)]
    fix: Option<&'a RawValue>,
    #[serde(rename = "g", borrow)]
    guides: Option<&'a RawValue>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(n: &i64) -> bool {
    *n == 0
}

/// Takes an assessment apart.
///
/// # Errors
/// Never in practice: everything in it can be written as JSON.
pub fn split(a: &Assessment) -> serde_json::Result<Stored> {
    let row = |f: &Finding| {
        let entry = catalogue::entry(&f.id);
        let at_rest = entry.is_some_and(|e| e.resting_impact == f.impact);
        let as_listed = entry.is_some_and(|e| f.outcome == Outcome::Unknown && f.summary == e.how_evidenced());
        Row {
            id: f.id.clone(),
            outcome: f.outcome,
            impact: (!at_rest).then_some(f.impact),
            summary: (!as_listed).then(|| f.summary.clone()),
            credit: f.credit,
            source: f.source,
            seen_at: f.seen_at / 1000,
            said: f.said.clone(),
            excuse: f.excuse.clone(),
        }
    };
    let judged = Judged {
        catalogue: a.catalogue.clone(),
        verdict: a.verdict,
        score: a.score.clone(),
        bar: a.minimum_bar.clone(),
        findings: a.findings.iter().map(row).collect(),
        steps: a.fix_order.clone(),
    };
    let details: Vec<Detail> = a
        .findings
        .iter()
        .filter(|f| !f.evidence.is_empty() || f.fix.is_some() || !f.guides.is_empty())
        .map(|f| Detail {
            id: &f.id,
            seen: f.evidence.iter().map(|s| (s.source.as_str(), s.text.as_str(), s.at / 1000)).collect(),
            fix: f.fix.as_ref(),
            guides: &f.guides,
        })
        .collect();
    Ok(Stored { judged: serde_json::to_string(&judged)?, details: serde_json::to_string(&details)? })
}

/// Puts an assessment together again.
///
/// # Errors
/// What in the texts is not as [`split`] writes it.
pub fn join(judged: &str, details: &str) -> serde_json::Result<Assessment> {
    let mut assessment = read(judged)?;
    fill(&mut assessment, details, |_| true)?;
    Ok(assessment)
}

/// Fills in what the findings with a wanted id rest on, their fixes and guides.
///
/// # Errors
/// What in the text is not as [`split`] writes it.
pub fn fill(a: &mut Assessment, details: &str, wanted: impl Fn(&str) -> bool) -> serde_json::Result<()> {
    // Both stand in the same order.
    let mut rest = a.findings.iter_mut();
    for raw in serde_json::from_str::<Vec<RawDetail>>(details)?.into_iter().filter(|d| wanted(&d.id)) {
        let Some(f) = rest.find(|f| f.id == raw.id) else { break };
        if let Some(seen) = raw.seen {
            let seen: Vec<(String, String, i64)> = serde_json::from_str(seen.get())?;
            f.evidence = seen.into_iter().map(|(source, text, at)| Seen { source, text, at: at * 1000 }).collect();
        }
        f.fix = raw.fix.map(|t| serde_json::from_str(t.get())).transpose()?;
        f.guides = raw.guides.map(|t| serde_json::from_str(t.get())).transpose()?.unwrap_or_default();
    }
    Ok(())
}

/// An assessment whose findings have no evidence, fix or guide.
///
/// # Errors
/// What in the text is not as [`split`] writes it.
pub fn read(judged: &str) -> serde_json::Result<Assessment> {
    let judged: Judged = serde_json::from_str(judged)?;
    let finding = |r: Row| {
        let entry = catalogue::entry(&r.id);
        Finding {
            name: entry.map_or("", |e| e.name).to_owned(),
            // A check that this catalogue no longer has is told by its id.
            title: entry.map_or(r.id.as_str(), |e| e.title).to_owned(),
            stage: entry.map_or(Stage::Audit, |e| e.stage),
            area: entry.map_or(Area::Deployment, |e| e.area),
            class: entry.map_or(Class::Outside, |e| e.class),
            impact: r.impact.or(entry.map(|e| e.resting_impact)).unwrap_or(Impact::Info),
            outcome: r.outcome,
            summary: r.summary.or_else(|| entry.map(catalogue::Entry::how_evidenced)).unwrap_or_default(),
            why: entry.map_or("", why).to_owned(),
            evidence: vec![],
            fix: None,
            guides: vec![],
            points: Points::default(),
            credit: r.credit,
            implemented: entry.is_some_and(|e| e.implemented),
            source: r.source,
            seen_at: r.seen_at * 1000,
            said: r.said,
            excuse: r.excuse,
            id: r.id,
        }
    };
    let mut findings: Vec<Finding> = judged.findings.into_iter().map(finding).collect();
    // Points follow from outcomes, impacts and credits.
    let items: Vec<Item> = findings.iter().map(Finding::item).collect();
    let points = score::points(&items);
    drop(items);
    findings.iter_mut().zip(points).for_each(|(f, p)| f.points = p);
    Ok(Assessment {
        catalogue: judged.catalogue,
        verdict: judged.verdict,
        score: judged.score,
        minimum_bar: judged.bar,
        findings,
        fix_order: judged.steps,
    })
}

/// An assessment as it will be read again: times to the second.
///
/// # Errors
/// As [`split`] and [`join`].
pub fn as_read(a: &Assessment) -> serde_json::Result<Assessment> {
    let stored = split(a)?;
    join(&stored.judged, &stored.details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn what_is_kept_comes_back_but_for_fractions() {
        let mut f = Fixture::good();
        f.txt("acme.example", &["v=spf1 a -all", "v=spf1 mx -all"]).dns("www.acme.example", "A", &[]);
        let a = f.assess();
        let stored = split(&a).unwrap();
        let back = join(&stored.judged, &stored.details).unwrap();
        assert_eq!(split(&back).unwrap(), stored);
        assert_eq!((back.verdict, &back.score, &back.minimum_bar, &back.fix_order), (a.verdict, &a.score, &a.minimum_bar, &a.fix_order));
        for (x, y) in a.findings.iter().zip(&back.findings) {
            let seconds = Finding {
                evidence: x.evidence.iter().map(|s| Seen { at: s.at / 1000 * 1000, ..s.clone() }).collect(),
                seen_at: x.seen_at / 1000 * 1000,
                ..x.clone()
            };
            assert_eq!(&seconds, y);
        }
        let mut short = read(&stored.judged).unwrap();
        assert!(short.findings.iter().all(|f| f.evidence.is_empty() && f.fix.is_none()) && short.findings.len() == a.findings.len());
        fill(&mut short, &stored.details, |id| id == "MAIL-02").unwrap();
        for (x, y) in back.findings.iter().zip(&short.findings) {
            assert_eq!(x.id == "MAIL-02", y.fix.is_some());
            assert!(x.id != "MAIL-02" || x == y);
        }
        assert!(stored.judged.len() < 20_000, "{} bytes", stored.judged.len());
    }
}
