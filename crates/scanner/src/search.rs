//! Looks through served texts for secrets and leftovers: one pass of a multi-pattern engine finds
//! the rules' keywords, and only around those is a rule's pattern tried. What is found is masked
//! before it leaves this module.

use crate::sha256;
use aho_corasick::AhoCorasick;
use base64::Engine;
use readiness::evidence::Hit;
use readiness::rules::{self, Kind, Rule, SecretClass};
use regex::Regex;
use std::sync::LazyLock;

/// Finds kept of one text.
const MAX_HITS: usize = 60;
/// How far around a keyword a pattern may reach, in bytes.
const BEFORE: usize = 120;
const AFTER: usize = 700;
/// Bits per character below which a value is a word, not a key (Shannon).
const MIN_ENTROPY: f64 = 3.2;

struct Engine_ {
    keywords: AhoCorasick,
    rules: Vec<(&'static Rule, Regex)>,
    /// For each keyword, the rules that it may start.
    owners: Vec<Vec<usize>>,
}

static ENGINE: LazyLock<Option<Engine_>> = LazyLock::new(|| {
    let rules: Vec<(&'static Rule, Regex)> = rules::rules().iter().filter_map(|r| Some((r, Regex::new(r.pattern).ok()?))).collect();
    let mut words: Vec<&str> = vec![];
    let mut owners: Vec<Vec<usize>> = vec![];
    for (i, (rule, _)) in rules.iter().enumerate() {
        match words.iter().position(|w| *w == rule.keyword) {
            Some(at) => owners.get_mut(at)?.push(i),
            None => {
                words.push(rule.keyword);
                owners.push(vec![i]);
            }
        }
    }
    Some(Engine_ { keywords: AhoCorasick::new(&words).ok()?, rules, owners })
});

/// Searches a text.
#[must_use]
pub fn search(bytes: &[u8]) -> Vec<Hit> {
    let Some(engine) = ENGINE.as_ref() else { return vec![] };
    // A text that is not UTF-8 is searched all the same; only ASCII matters to the rules.
    let text = String::from_utf8_lossy(bytes);
    let text: &str = &text;
    let mut found: Vec<(usize, Hit)> = vec![];
    let mut searched_to = vec![0usize; engine.rules.len()];
    for keyword in engine.keywords.find_overlapping_iter(text) {
        for &at in engine.owners.get(keyword.pattern().as_usize()).map_or(&[][..], Vec::as_slice) {
            let Some((rule, regex)) = engine.rules.get(at) else { continue };
            let Some(done) = searched_to.get_mut(at) else { continue };
            let from = boundary(text, keyword.start().saturating_sub(BEFORE)).max(*done);
            let to = boundary(text, (keyword.end() + AFTER).min(text.len()));
            let Some(m) = (from < to).then(|| text.get(from..to)).flatten().and_then(|w| regex.find(w)) else { continue };
            *done = from + m.end();
            if let Some(hit) = judge(rule, m.as_str(), text, from + m.start())
                && !found.iter().any(|(_, h)| h.rule == hit.rule && h.digest == hit.digest)
            {
                found.push((from + m.start(), hit));
            }
            if found.len() >= MAX_HITS {
                break;
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, h)| h).collect()
}

/// The name of the secret that a text seems to hold, so that it is not kept.
#[must_use]
pub fn looks_secret(text: &str) -> Option<&'static str> {
    let secret = |h: &Hit| matches!(rules::secret_class(&h.rule), Some(SecretClass::Secret | SecretClass::Weak));
    search(text.as_bytes()).iter().find(|h| secret(h)).map(|h| rules::name(&h.rule))
}

/// Counts and masks what was found; none if a closer look shows that it is nothing.
fn judge(rule: &Rule, value: &str, text: &str, at: usize) -> Option<Hit> {
    let digest: String = sha256(value.as_bytes()).chars().take(12).collect();
    let line = u32::try_from(text.get(..at)?.bytes().filter(|b| *b == b'\n').count()).unwrap_or(u32::MAX).saturating_add(1);
    let mut id = rule.id;
    match rule.kind {
        Kind::Leftover(_) => {
            if id.ends_with("-base") && harmless(value) {
                return None;
            }
            let shown: String = value.chars().filter(|c| !c.is_control()).take(80).collect();
            return Some(Hit { rule: id.to_owned(), masked: shown, line, digest });
        }
        Kind::Secret(class, _) => {
            let lower = value.to_ascii_lowercase();
            let placeholder =
                ["example", "your", "placeholder", "changeme", "xxxxxx", "000000", "user:pass", "username:password", "dummy", "<", "${"]
                    .iter()
                    .any(|p| lower.contains(p));
            // The part that makes it a key, without the prefix that everybody has.
            let body = value.rsplit(['_', ':', '=', '"', '\'']).max_by_key(|p| p.len()).unwrap_or(value);
            if placeholder
                || (class != SecretClass::Publishable && !matches!(id, "private-key" | "database-url") && entropy(body) < MIN_ENTROPY)
            {
                return None;
            }
            if id == "jwt" {
                id = jwt_role(value)?;
            }
        }
    }
    Some(Hit { rule: id.to_owned(), masked: format!("{}…", value.chars().take(4).collect::<String>()), line, digest })
}

/// Addresses that libraries carry for their own tools.
fn harmless(value: &str) -> bool {
    // Sentry's Spotlight, React Native's Metro, React DevTools, Chrome's DevTools.
    ["localhost:8969", "localhost:8081", "localhost:8097", "localhost:9222"].iter().any(|t| value.contains(t))
}

/// Which kind of token a JSON web token is, by its claims; none if it says that it has expired.
fn jwt_role(token: &str) -> Option<&'static str> {
    let claims = token.split('.').nth(1).and_then(|p| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(p).ok());
    let claims: serde_json::Value = claims.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
    let now = crate::now() / 1000;
    if claims.get("exp").and_then(serde_json::Value::as_i64).is_some_and(|exp| exp < now) {
        return None;
    }
    Some(match claims.get("role").and_then(serde_json::Value::as_str) {
        Some("service_role") => "jwt-service-role",
        Some("anon") => "jwt-anon",
        _ => "jwt",
    })
}

fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    for b in text.bytes() {
        if let Some(c) = counts.get_mut(usize::from(b)) {
            *c += 1;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a key is short")]
    let len = text.len().max(1) as f64;
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / len).map(|p| -p * p.log2()).sum()
}

fn boundary(text: &str, mut at: usize) -> usize {
    while at > 0 && !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_finds_its_example_and_not_its_counterexample() {
        assert_eq!(ENGINE.as_ref().map(|e| e.rules.len()), Some(rules::rules().len()), "a pattern does not compile");
        for r in rules::rules() {
            let text = format!("var a=1;\nvar b={};", r.example);
            assert!(
                search(text.as_bytes()).iter().any(|h| h.rule == r.id && h.line == 2),
                "{} misses {text}: {:?}",
                r.id,
                search(text.as_bytes())
            );
            let other = format!("var a=1;\nvar b={};", r.counterexample);
            assert!(!search(other.as_bytes()).iter().any(|h| h.rule == r.id), "{} is found in {other}", r.id);
        }
    }

    fn jwt(claims: &str) -> String {
        let b = |t: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(t);
        format!("{}.{}.q7WxR2mK9vTzB4nLcY8dJ3hFsP6gXe5uAaVkMwZrQtN", b(r#"{"alg":"HS256","typ":"JWT"}"#), b(claims))
    }

    #[test]
    fn tokens_are_told_apart_by_their_role() {
        let rule = |claims: &str| search(jwt(claims).as_bytes()).first().map(|h| h.rule.clone());
        assert_eq!(rule(r#"{"iss":"supabase","role":"service_role","exp":9999999999}"#).as_deref(), Some("jwt-service-role"));
        assert_eq!(rule(r#"{"iss":"supabase","role":"anon","exp":9999999999}"#).as_deref(), Some("jwt-anon"));
        assert_eq!(rule(r#"{"sub":"1","exp":9999999999}"#).as_deref(), Some("jwt"));
        assert_eq!(rule(r#"{"role":"service_role","exp":1000}"#), None, "expired");
    }

    #[test]
    fn values_never_leave() {
        let secret = rules::rule("stripe-secret").unwrap().example.clone();
        let hits = search(format!("a=\"{secret}\";b=\"{secret}\"").as_bytes());
        assert_eq!(hits.len(), 1, "the same value once");
        assert_eq!(hits[0].masked, "sk_l…");
        assert!(!serde_json::to_string(&hits).unwrap().contains(&secret[8..]));
        assert!(search(b"sk_live_aaaaaaaaaaaaaaaaaaaaaaaa").is_empty(), "no entropy");
        assert!(search(b"postgres://username:password@db.acme.io/x").is_empty(), "a placeholder");
    }
}
