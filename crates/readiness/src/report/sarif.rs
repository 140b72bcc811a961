//! SARIF 2.1.0, for code scanning dashboards.

use super::escape::{markdown as esc, sarif as plain};
use super::summary::Report;
use crate::catalogue;
use crate::check::Check;
use crate::taxonomy::{Impact, Outcome};
use serde_json::{Value, json};

/// The report as a SARIF log: one result for each finding that is open or could not be learned.
#[must_use]
pub fn sarif(r: &Report) -> Value {
    let (name, version) = r.tool.split_once(' ').unwrap_or((r.tool, "0"));
    let checks: Vec<_> = catalogue::entries().iter().filter_map(|e| e.check).collect();
    let rules: Vec<Value> = checks
        .iter()
        .map(|c| {
            json!({
                "id": c.id, "name": c.name,
                "shortDescription": {"text": c.title}, "fullDescription": {"text": c.criterion}, "help": help(r, c),
                "helpUri": format!("{}{}", r.help, if r.help.ends_with('#') { c.id.to_lowercase() } else { c.id.to_owned() }),
                "defaultConfiguration": {"level": level(c.impact, Outcome::Fail)},
                "properties": {"area": c.area, "stage": c.stage, "impact": c.impact},
            })
        })
        .collect();
    let results: Vec<Value> = r
        .assessment
        .findings
        .iter()
        .filter(|f| f.implemented && matches!(f.outcome, Outcome::Fail | Outcome::Warn | Outcome::Unknown | Outcome::Blocked))
        .map(|f| {
            let fix = f.fix.as_ref().map(|x| format!(" {}.", x.title)).unwrap_or_default();
            let (kind, level) = if f.outcome.is_open() { ("fail", level(f.impact, f.outcome)) } else { ("open", "none") };
            json!({
                "ruleId": f.id, "ruleIndex": checks.iter().position(|c| c.id == f.id), "kind": kind, "level": level,
                "message": {"text": plain(&format!("{}{fix}", f.summary))},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": format!("https://{}/", r.evidence.target.domain)}}, "logicalLocations": [{"name": r.evidence.target.domain, "kind": "resource"}]}],
                "partialFingerprints": {"check/v1": format!("{}@{}", f.id, r.evidence.target.domain)},
                "properties": {"outcome": f.outcome, "impact": f.impact},
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": name, "semanticVersion": version, "informationUri": "https://github.com/launch-ready/launch-ready", "rules": rules}}, "results": results, "columnKind": "unicodeCodePoints"}],
    })
}

/// What a dashboard shows beside a result: why it matters and, where it is open here, the fix as told for this site.
fn help(r: &Report, c: &Check) -> Value {
    let open = r.assessment.finding(c.id).filter(|f| f.outcome.is_open() && f.fix.is_some());
    let Some(f) = open else { return json!({"text": c.why, "markdown": esc(c.why)}) };
    let mut markdown = format!("{}\n", esc(c.why));
    super::fix::markdown(&mut markdown, f, "- ");
    json!({"text": plain(&format!("{}\n{}", c.why, super::fix::plain(f))), "markdown": markdown})
}

const fn level(impact: Impact, outcome: Outcome) -> &'static str {
    match (outcome, impact) {
        (Outcome::Fail, Impact::Critical | Impact::High) => "error",
        (Outcome::Fail | Outcome::Warn, Impact::Low | Impact::Info) => "note",
        _ => "warning",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn is_valid_sarif() {
        let schema: Value = serde_json::from_str(include_str!("../../tests/sarif-2.1.0.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut f = Fixture::good();
        f.txt("acme.example", &["v=spf1 a -all", "v=spf1 mx -all"]).status("www.acme.example", "A", crate::evidence::DnsStatus::Timeout);
        let a = f.assess();
        let value = sarif(&Report { evidence: &f.evidence, assessment: &a, tool: "launch-ready 0.1.0", help: super::super::HELP });
        let errors: Vec<String> = validator.iter_errors(&value).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert!(value["runs"][0]["results"].as_array().unwrap().iter().any(|x| x["ruleId"] == "MAIL-02" && x["level"] == "error"));
        assert!(!validator.is_valid(&json!({"version": "2.1.0"})));
    }
}
