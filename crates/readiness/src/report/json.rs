//! The JSON report, described by `docs/report.schema.json`.

use super::summary::Report;
use crate::finding::Finding;
use crate::roadmap;
use crate::time::rfc3339;
use serde_json::{Value, json};

/// The schema's name, which changes when the form does.
const SCHEMA: &str = "launch-ready/report/1";

/// The report as one JSON value.
#[must_use]
pub fn json(r: &Report) -> Value {
    let a = r.assessment;
    let states = roadmap::states(a);
    json!({
        "schema": SCHEMA,
        "tool": r.tool,
        "catalogue": a.catalogue,
        "domain": r.evidence.target.domain,
        "scanned_at": rfc3339(r.evidence.started_at),
        "verdict": a.verdict,
        "summary": roadmap::sentence(a),
        "score": a.score.score,
        "uncapped": a.score.uncapped,
        "coverage": a.score.coverage,
        "interval": [a.score.interval.0, a.score.interval.1],
        "ceiling": a.score.ceiling,
        "areas": a.score.areas,
        "minimum_bar": a.minimum_bar,
        "stages": states.iter().map(|s| {
            let t = roadmap::text(s.stage);
            json!({"number": s.stage.number(), "stage": s.stage, "name": t.name, "goal": t.goal, "deliverable": t.deliverable, "failure_signal": t.failure_signal,
                   "applicable": s.applicable, "evidenced": s.evidenced, "blockers": s.blockers, "fails": s.fails, "warns": s.warns, "here": s.here})
        }).collect::<Vec<_>>(),
        "findings": a.findings.iter().map(finding).collect::<Vec<_>>(),
        "fix_order": a.fix_order,
        "gaps": r.evidence.gaps,
    })
}

fn finding(f: &Finding) -> Value {
    let tenth = |x: f64| (x * 10.0).round() / 10.0;
    json!({
        "id": f.id, "name": f.name, "title": f.title, "stage": f.stage, "area": f.area, "class": f.class, "impact": f.impact, "outcome": f.outcome,
        "summary": f.summary, "why": f.why,
        "evidence": f.evidence.iter().map(|s| json!({"source": s.source, "text": s.text, "at": rfc3339(s.at)})).collect::<Vec<_>>(),
        "fix": super::fix::json(f),
        "points": {"now": f.points.now.map(tenth), "max": tenth(f.points.max), "if_fixed": f.points.if_fixed},
        "implemented": f.implemented,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn keeps_to_its_schema() {
        let schema: Value = serde_json::from_str(include_str!("../../../../docs/report.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut bad = Fixture::good();
        bad.txt("acme.example", &["v=spf1 a -all", "v=spf1 mx -all"]).cert("acme.example", |s| s.name_matches = false);
        for f in [Fixture::good(), bad] {
            let a = f.assess();
            let value = json(&Report { evidence: &f.evidence, assessment: &a, tool: "launch-ready 0.1.0", help: super::super::HELP });
            let errors: Vec<String> = validator.iter_errors(&value).map(|e| format!("{} at {}", e, e.instance_path())).collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
        assert!(!validator.is_valid(&json!({"schema": SCHEMA})));
    }
}
