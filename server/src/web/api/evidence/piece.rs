//! A piece as it is sent, and what may be wrong with it.

use crate::web::api::problem::{FieldError, Problem, Result};
use crate::web::guard::{LARGE, MAX_FORM};
use axum::http::StatusCode;
use readiness::evidence::{Observation, PieceBody, bounded};
use readiness::time::{DAY_MS, parse_rfc3339};
use readiness::{Outside, Piece, Source, catalogue};
use serde::Deserialize;
use serde_json::Value;
use store::Project;
use utoipa::ToSchema;

/// Characters of a key and of a tool's name.
const KEY: usize = 200;
/// How far clocks may differ, in milliseconds.
const SLACK: i64 = 5 * 60_000;

/// A piece of evidence; docs/evidence.schema.json has the bodies of each source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PieceIn {
    /// `repository`, `monitor`, `connection`, `probe` or `outside`.
    pub source: String,
    /// Which repository, monitor or account, 200 characters at most. A newer piece of the same key takes its place.
    #[serde(default)]
    pub key: String,
    /// When it was seen: RFC 3339, or milliseconds since 1970; now, if not said. A scan says it itself.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub taken_at: Option<Value>,
    /// Name and version of what brings it.
    #[serde(default)]
    pub tool: String,
    /// Version of the body's format; the newest that this server reads, if not said.
    #[serde(default)]
    pub format: Option<u32>,
    /// What was seen, as its source writes it.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// A piece as it was sent, or what is wrong with it.
///
/// # Errors
/// Every field that is wrong, with its place.
pub(super) fn piece(project: &Project, bytes: &[u8], now: i64) -> Result<Piece> {
    let sent: PieceIn = serde_json::from_slice(bytes)
        .map_err(|e| Problem::new(StatusCode::BAD_REQUEST, "Not the JSON that was expected", format!("The body cannot be read: {e}.")))?;
    let words = || Source::ALL.iter().filter(|s| s.info().pushed).map(|s| s.word()).collect::<Vec<_>>().join(", ");
    let source = Source::from_word(&sent.source).filter(|s| s.info().pushed);
    let source = source.ok_or_else(|| Problem::field("source", format!("What may be pushed is {}.", words())))?;
    if source != Source::Outside && bytes.len() > MAX_FORM {
        return Err(too_large(MAX_FORM));
    }
    let info = source.info();
    let mut wrong = vec![];
    let mut say = |pointer: String, detail: String| wrong.push(FieldError { pointer, detail });
    for (name, text) in [("key", &sent.key), ("tool", &sent.tool)] {
        if text.chars().count() > KEY || text.chars().any(char::is_control) {
            say(format!("/{name}"), format!("{KEY} characters at most, on one line."));
        }
    }
    if sent.format.is_some_and(|f| f == 0 || f > info.format) {
        say("/format".into(), format!("This server reads format {} of {source}.", info.format));
    }
    let body = source.read_foreign(sent.body).map_err(|e| say(format!("/body{}", e.pointer), format!("{}.", e.why))).ok();
    let at = match (&body, sent.taken_at) {
        // A scan says itself when it was made.
        (Some(PieceBody::Outside(seen)), _) => Some(seen.started_at),
        (_, None) => Some(now),
        (_, Some(Value::Number(n))) => n.as_i64(),
        (_, Some(Value::String(t))) => parse_rfc3339(&t),
        _ => None,
    };
    match at {
        None => say("/taken_at".into(), "Write it as 2026-11-25T01:37:27Z, or as milliseconds since 1970.".into()),
        Some(at) if at > now + SLACK => say("/taken_at".into(), "It lies in the future.".into()),
        Some(at) if at < now - info.days * DAY_MS => {
            say("/taken_at".into(), format!("It is older than {} days. That is too long ago to rely on; look again.", info.days));
        }
        Some(_) => {}
    }
    if let Some(body) = &body {
        let findings = body.observations();
        if let Err(e) = bounded(findings) {
            say("/body/findings".into(), e.to_string());
        }
        findings.iter().enumerate().filter_map(|(n, o)| Some((n, misplaced(source, o)?))).for_each(|(n, why)| {
            say(format!("/body/findings/{n}"), why);
        });
        if let Some(seen) = body.get::<Outside>().filter(|e| e.target.domain != project.draft.domain) {
            say(
                "/body/target/domain".into(),
                format!("It is a scan of {}, and the project is {}.", seen.target.domain, project.draft.domain),
            );
        }
    }
    match (body, at) {
        (Some(body), Some(at)) if wrong.is_empty() => {
            let tool = if sent.tool.is_empty() { "api".to_owned() } else { sent.tool };
            // A ledger has one scan.
            let key = if source == Source::Outside { String::new() } else { sent.key };
            Ok(Piece { format: sent.format.unwrap_or(info.format), ..Piece::new(&key, at, &tool, body) })
        }
        _ => Err(Problem::fields(wrong)),
    }
}

/// Why an observation is not taken.
fn misplaced(source: Source, o: &Observation) -> Option<String> {
    let id: String = o.id.chars().take(20).collect();
    let Some(entry) = catalogue::entries().iter().find(|e| e.id == o.id) else { return Some(format!("There is no check {id}.")) };
    if !entry.reads.contains(&source) {
        let reads: Vec<&str> = entry.reads.iter().map(|s| s.word()).collect();
        return Some(format!("{id} is not evidenced by {source}; it reads {}.", reads.join(", ")));
    }
    let texts = o.locations.iter().flat_map(|l| [&l.path, &l.rule]).chain([&o.summary]);
    let secret = texts.into_iter().find_map(|t| scanner::looks_secret(t))?;
    Some(format!("{id}: this looks like a secret ({secret}). Send where it stands, never its value."))
}

fn too_large(most: usize) -> Problem {
    let detail = format!("A piece has {} KB at most, a scan {} KB.", most / 1024, LARGE / 1024);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Too large", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use readiness::{Domain, Settings, Target};
    use serde_json::json;
    use store::{ProjectDraft, ProjectId};

    const NOW: i64 = 1_795_570_647_000;

    fn project() -> Project {
        let draft = ProjectDraft {
            domain: Domain::parse("acme.com").unwrap(),
            hosts: vec![],
            sends_mail: None,
            dkim_selectors: vec![],
            entitlement: None,
            settings: Settings::default(),
        };
        Project { id: ProjectId::new(), draft, map: None, archived_at: 0, created_at: 0, version: 1 }
    }

    fn scan(domain: &str, at: i64) -> Value {
        json!({"source": "outside", "body": Outside::empty(Target::preview(Domain::parse(domain).unwrap()), at)})
    }

    /// What stands in the way of a piece: pointers, or nothing.
    fn wrong(v: &Value) -> Vec<String> {
        match piece(&project(), v.to_string().as_bytes(), NOW) {
            Ok(_) => vec![],
            Err(p) if p.errors.is_empty() => vec![p.status.to_string()],
            Err(p) => p.errors.into_iter().map(|e| e.pointer).collect(),
        }
    }

    #[test]
    fn pieces_of_each_source_follow_the_schema_and_are_taken() {
        let schema: Value = serde_json::from_str(include_str!("../../../../../docs/evidence.schema.json")).unwrap();
        let rules = jsonschema::validator_for(&schema).unwrap();
        let finding =
            |id: &str| json!([{"id": id, "outcome": "fail", "summary": "s", "locations": [{"path": "a.rs", "line": 3, "rule": "r"}]}]);
        for good in [
            json!({"source": "repository", "key": "app", "taken_at": NOW, "tool": "t 1", "format": 1, "body": {"commit": "abc1234", "ref": "main", "complete": true, "findings": finding("AUD-01")}}),
            json!({"source": "monitor", "key": "kuma", "taken_at": "2026-11-25T01:00:00Z", "body": {"service": "Uptime Kuma", "findings": finding("MON-01")}}),
            json!({"source": "connection", "key": "zone", "body": {"provider": "Cloudflare", "account": "a", "findings": finding("EDG-03")}}),
            json!({"source": "probe", "body": {"subject": "https://acme.com", "consent": "Ada", "findings": finding("MON-19")}}),
            scan("acme.com", NOW - 1000),
        ] {
            assert!(rules.is_valid(&good), "{good}: {:?}", rules.iter_errors(&good).map(|e| e.to_string()).collect::<Vec<_>>());
            assert_eq!(wrong(&good), Vec::<String>::new(), "{good}");
        }
        // What the schema refuses, the server refuses too.
        for (bad, pointer) in [
            (json!({"source": "person", "body": {}}), "/source"),
            (json!({"source": "repository", "body": {"findings": []}}), "/body"),
            (json!({"source": "monitor", "body": {"findings": [{"id": "MON-01", "outcome": "accepted"}]}}), "/body/findings/0/outcome"),
            (json!({"source": "monitor", "key": "k".repeat(201), "body": {"findings": []}}), "/key"),
            (json!({"source": "monitor", "taken_at": [], "body": {"findings": []}}), "/taken_at"),
            (json!({"source": "monitor", "body": {"findings": []}, "more": 1}), "400"),
        ] {
            assert!(!rules.is_valid(&bad), "{bad}");
            assert_eq!(wrong(&bad), [pointer], "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_piece_is_told_with_its_place() {
        let with = |findings: Value| json!({"source": "repository", "body": {"commit": "a", "findings": findings}});
        let at = |taken_at: Value| json!({"source": "repository", "taken_at": taken_at, "body": {"commit": "a", "findings": []}});
        let day = 86_400_000;
        for (v, want) in [
            (with(json!([{"id": "AUD-01", "outcome": "pass"}, {"id": "XXX-99", "outcome": "pass"}])), "/body/findings/1"),
            (with(json!([{"id": "aud-01", "outcome": "pass"}])), "/body/findings/0"),
            (with(json!([{"id": "MON-01", "outcome": "pass"}])), "/body/findings/0"),
            (with(json!([{"id": "AUD-01", "outcome": "pass"}, {"id": "AUD-01", "outcome": "fail"}])), "/body/findings"),
            (with(json!([{"id": "AUD-01", "outcome": "fail", "summary": "x".repeat(1001)}])), "/body/findings"),
            (
                with(json!([{"id": "AUD-01", "outcome": "fail", "summary": format!("sk_live_{}", "4eC39HqLyjWDarjtT1zdp7dc")}])),
                "/body/findings/0",
            ),
            (at(json!(NOW + 6 * 60_000)), "/taken_at"),
            (at(json!(NOW - 31 * day)), "/taken_at"),
            (at(json!("yesterday")), "/taken_at"),
            (json!({"source": "repository", "format": 9, "body": {"commit": "a", "findings": []}}), "/format"),
            (scan("evil.com", NOW), "/body/target/domain"),
            (scan("acme.com", NOW - 8 * day), "/taken_at"),
            (json!({"source": "repository", "body": {"commit": "a".repeat(MAX_FORM), "findings": []}}), "413"),
        ] {
            assert_eq!(wrong(&v), [want], "{:.200}", v.to_string());
        }
        for fine in [at(json!(NOW + 4 * 60_000)), at(json!("2026-11-25T01:37:27+00:00"))] {
            assert_eq!(wrong(&fine), Vec::<String>::new(), "{fine}");
        }
    }
}
