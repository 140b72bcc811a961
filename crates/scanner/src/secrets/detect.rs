//! Looks through served texts for secrets and leftovers: one pass of a multi-pattern engine finds
//! the rules' keywords, and only around those is a rule's pattern tried. What is found is masked
//! before it leaves this module.

use super::script_context;
use crate::util::{now, sha256};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use base64::Engine;
use readiness::evidence::Hit;
use readiness::local;
use readiness::rules::{self, Kind, Near, Rule, SecretClass};
use regex::Regex;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::LazyLock;

/// Finds kept of one text.
const MAX_HITS: usize = 60;
/// How far around a keyword a pattern may reach, in bytes.
const BEFORE: usize = 120;
const AFTER: usize = 700;
/// How far from a find its vendor's word or its other half may stand, in bytes.
const NEAR: usize = 300;
const QUOTES: [char; 3] = ['"', '\'', '`'];
/// Bits per character that no hexadecimal text goes beyond.
const MAX_HEX_ENTROPY: f64 = 4.1;
/// Bits per character below which a value is a word, not a key (Shannon).
const MIN_ENTROPY: f64 = 3.2;

struct Engine_ {
    /// Keywords as they stand, and those of rules that know no case.
    keywords: [AhoCorasick; 2],
    /// For each keyword, the rules that it may start.
    owners: [Vec<Vec<usize>>; 2],
    rules: Vec<Pattern>,
}

struct Pattern {
    rule: &'static Rule,
    regex: Regex,
    near: Option<Regex>,
}

static ENGINE: LazyLock<Option<Engine_>> = LazyLock::new(|| {
    let rules: Vec<Pattern> = rules::rules()
        .iter()
        .filter_map(|rule| {
            let near = match rule.near {
                Some(Near::Word(n) | Near::Pair(n)) => Some(Regex::new(n).ok()?),
                None => None,
            };
            Some(Pattern { rule, regex: Regex::new(rule.pattern).ok()?, near })
        })
        .collect();
    let automaton = |any_case: bool| {
        let mut words: Vec<&str> = vec![];
        let mut owners: Vec<Vec<usize>> = vec![];
        for (i, p) in rules.iter().enumerate().filter(|(_, p)| p.rule.pattern.starts_with("(?i)") == any_case) {
            for word in &p.rule.keywords {
                match words.iter().position(|w| w == word) {
                    Some(at) => owners.get_mut(at)?.push(i),
                    None => {
                        words.push(word);
                        owners.push(vec![i]);
                    }
                }
            }
        }
        Some((AhoCorasickBuilder::new().ascii_case_insensitive(any_case).build(&words).ok()?, owners))
    };
    let ((exact, exact_owners), (folded, folded_owners)) = (automaton(false)?, automaton(true)?);
    Some(Engine_ { keywords: [exact, folded], owners: [exact_owners, folded_owners], rules })
});

/// A text in which the addresses in quotes have plain slashes: servers and frameworks write data into pages as
/// `"http:\u002F\u002F…"` or `"http:\/\/…"`. Elsewhere the same letters may be a regular expression's.
fn plain_addresses(text: Cow<str>) -> Cow<str> {
    static ADDRESS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"["'][a-z][a-z0-9+.-]{1,15}:(?:\\u002[fF]|\\/){2}[^"'\s<>]+"#).ok());
    let escaped = text.contains("\\/") || text.contains("\\u002");
    let Some(address) = ADDRESS.as_ref().filter(|a| escaped && a.is_match(&text)) else { return text };
    let plain =
        |m: &regex::Captures| m.get(0).map_or("", |m| m.as_str()).replace("\\u002F", "/").replace("\\u002f", "/").replace("\\/", "/");
    Cow::Owned(address.replace_all(&text, plain).into_owned())
}

/// Searches a text.
#[must_use]
pub fn search(bytes: &[u8]) -> Vec<Hit> {
    let Some(engine) = ENGINE.as_ref() else { return vec![] };
    // A text that is not UTF-8 is searched all the same; only ASCII matters to the rules.
    let text = plain_addresses(String::from_utf8_lossy(bytes));
    let text: &str = &text;
    let pieces = OnceCell::new();
    let mut found: Vec<(usize, Hit)> = vec![];
    let mut searched_to = vec![0usize; engine.rules.len()];
    for (keywords, owners) in engine.keywords.iter().zip(&engine.owners) {
        for keyword in keywords.find_overlapping_iter(text) {
            for &at in owners.get(keyword.pattern().as_usize()).map_or(&[][..], Vec::as_slice) {
                let (Some(pattern), Some(done)) = (engine.rules.get(at), searched_to.get_mut(at)) else { continue };
                let from = text.floor_char_boundary(keyword.start().saturating_sub(BEFORE)).max(*done);
                let to = text.floor_char_boundary(keyword.end() + AFTER);
                let Some(m) = (from < to).then(|| text.get(from..to)).flatten().and_then(|w| pattern.regex.find(w)) else { continue };
                *done = from + m.end();
                let start = from + m.start();
                let Some(mut hit) = judge(engine, pattern, m.as_str(), text, start) else { continue };
                if in_code(&hit.rule) {
                    hit.around = Some(script_context::around(text, pieces.get_or_init(|| script_context::read_served(text)), start..*done));
                }
                // The same value again says nothing new, unless other code stands around it.
                let known = |h: &Hit| h.rule == hit.rule && h.digest == hit.digest && local::usage(h) == local::usage(&hit);
                if found.len() < MAX_HITS && !found.iter().any(|(_, h)| known(h)) {
                    found.push((start, hit));
                }
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, h)| h).collect()
}

/// Whether the code around a find says what it is for.
fn in_code(rule: &str) -> bool {
    rule.ends_with("-base") || matches!(rule, "stripe-publishable-test" | "example-api")
}

/// The name of the secret that a text seems to hold, so that it is not kept.
#[must_use]
pub fn looks_secret(text: &str) -> Option<&'static str> {
    let secret = |h: &Hit| matches!(rules::secret_class(&h.rule), Some(SecretClass::Secret | SecretClass::Weak));
    search(text.as_bytes()).iter().find(|h| secret(h)).map(|h| rules::name(&h.rule))
}

/// Parts of values that stand where a key would.
const PLACEHOLDERS: [&str; 14] = [
    "example",
    "your",
    "placeholder",
    "changeme",
    "change_me",
    "replace",
    "xxxxxx",
    "000000",
    "user:pass",
    "username:password",
    "postgres:postgres",
    "dummy",
    "<",
    "${",
];

/// Counts and masks what was found; none if a closer look shows that it is nothing.
fn judge(engine: &Engine_, pattern: &Pattern, value: &str, text: &str, at: usize) -> Option<Hit> {
    let rule = pattern.rule;
    let line = u32::try_from(text.get(..at)?.bytes().filter(|b| *b == b'\n').count()).unwrap_or(u32::MAX).saturating_add(1);
    let hit = |id: &str, masked: String| {
        let digest: String = sha256(value.as_bytes()).chars().take(12).collect();
        Some(Hit { rule: id.to_owned(), masked, line, digest, around: None })
    };
    let class = match rule.kind {
        Kind::Leftover(_) => return hit(rule.id, value.chars().filter(|c| !c.is_control()).take(80).collect()),
        Kind::Secret(class, _) => class,
    };
    let lower = value.to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|p| lower.contains(p)) {
        return None;
    }
    // The part that makes it a key, without the prefix that everybody has.
    let body = value.rsplit(['_', ':', '=', '"', '\'']).max_by_key(|p| p.len()).unwrap_or(value);
    if class != SecretClass::Publishable && !matches!(rule.id, "private-key" | "database-url") && entropy(body) < MIN_ENTROPY {
        return None;
    }
    let near = pattern.near.as_ref().map(|n| {
        let from = text.floor_char_boundary(at.saturating_sub(NEAR));
        let to = text.floor_char_boundary(at + value.len() + NEAR);
        let around = text.get(from..to).unwrap_or("");
        // The other half is no hexadecimal digest.
        n.find_iter(around).any(|m| matches!(rule.near, Some(Near::Word(_))) || entropy(m.as_str()) > MAX_HEX_ENTROPY)
    });
    let shown = || format!("{}…", value.chars().take(4).collect::<String>());
    match (rule.id, rule.near, near) {
        (id, Some(Near::Pair(_)), Some(false)) => hit(&format!("{id}-id"), shown()),
        (_, Some(Near::Word(_)), Some(false)) => None,
        ("jwt", ..) => hit(jwt_role(value)?, shown()),
        ("generic-assignment", ..) => {
            let value = value.trim_end_matches(QUOTES).rsplit(QUOTES).next().unwrap_or("");
            let named = |p: &Pattern| p.rule.id != rule.id && matches!(p.rule.kind, Kind::Secret(..)) && p.regex.is_match(value);
            (is_random(value) && !engine.rules.iter().any(named))
                .then(|| hit(rule.id, format!("{}…", value.chars().take(4).collect::<String>())))?
        }
        (id, ..) => hit(id, shown()),
    }
}

/// Whether a value looks drawn by lot: letters and digits in short runs. Keys of translations, labels
/// and names are words, with at most a number behind.
fn is_random(value: &str) -> bool {
    let hex = value.len() >= 24 && value.bytes().all(|b| b.is_ascii_hexdigit());
    let (mut letters, mut runs, mut before) = (0usize, 0usize, ' ');
    for c in value.chars() {
        if c.is_ascii_alphabetic() {
            letters += 1;
            // A capital begins a word, unless all are capitals.
            runs += usize::from(!before.is_ascii_alphabetic() || (c.is_ascii_uppercase() && before.is_ascii_lowercase()));
        }
        before = c;
    }
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let both = value.bytes().any(|b| b.is_ascii_lowercase()) && value.bytes().any(|b| b.is_ascii_uppercase());
    entropy(value) >= MIN_ENTROPY && digits > 0 && (hex || (runs > 1 && letters * 10 < runs * if both { 50 } else { 36 }))
        || (both && runs > 3 && value.len() >= 24 && letters * 10 < runs * 32 && entropy(value) > MAX_HEX_ENTROPY)
}

/// Which kind of token a JSON web token is, by its claims; none if it says that it has expired.
fn jwt_role(token: &str) -> Option<&'static str> {
    let claims = token.split('.').nth(1).and_then(|p| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(p).ok());
    let claims: serde_json::Value = claims.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
    let now = now() / 1000;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_escaped_slashes_and_regular_expressions_stay() {
        for text in [r#"{public:{apiBase:"http:\u002F\u002Flocalhost:8080\u002Fapi"}}"#, r#"{"apiBase":"http:\/\/localhost:8080\/api"}"#] {
            assert!(search(text.as_bytes()).iter().any(|h| h.rule == "localhost-base"), "{text}");
        }
        for text in [r#"e.replace(/^https?:\/\//,"").split(/[\/"]\u002f/)"#, r#"/^(ws|http):\/\/localhost:3000$/.test(a)"#] {
            assert_eq!(plain_addresses(text.into()), text);
        }
    }

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

    #[test]
    fn names_in_any_case_with_a_value_drawn_by_lot() {
        let weak = |text: &str| search(text.as_bytes()).iter().any(|h| h.rule == "generic-assignment");
        for text in [
            r#"clientSecret:"q7WxR2mK9vTzB4nLcY8d""#,
            r#"{CLIENT_SECRET:"8f3kd92ma0q1zxv7b5n4"}"#,
            r#"password="Tr0ub4dor&3xK9pQ""#,
            r#"const DB_PASSWORD='9f3ac71e5d08b2649f3ac71e5d08b264';"#,
            r#""jwtSecret":"hJ8sK2pLq9Zx4vB7nM3c""#,
            "secretAccessKey:`wJalrXUtnFEMIK7MDENGbPxRfiCYq9TzB4nLcY8d`",
            r#"authToken: "u8Kd03jsLq92Mxzb7TqW""#,
        ] {
            assert!(weak(text), "{text}");
        }
        for text in [
            r#"password:"auth.login.passwordLabel""#,
            r#"forgotPassword:"Forgot_your_password_step_2""#,
            r#"passwordPlaceholder:"enter-your-password-here""#,
            r#"secret:"SECRET_DO_NOT_PASS_THIS_OR_YOU_WILL_BE_FIRED""#,
            r#"password:"passwordResetStep2Title""#,
            r#"password:"current-password""#,
            r#"accessToken:"pk.eyJ1IjoiYWNtZSIsImEiOiJja2V5MTIzNDU2Nzg5MCJ9.q7WxR2mK9vTzB4nLcY8dJ3""#,
            r#"type:"password",autoComplete:"new-password-2""#,
            r#"clientSecret:"your-client-secret-goes-here""#,
            r#"password:"••••••••••••••••••""#,
        ] {
            assert!(!weak(text), "{text}: {:?}", search(text.as_bytes()));
        }
    }

    #[test]
    fn an_id_is_a_secret_only_beside_its_other_half() {
        let id = |text: &str| search(text.as_bytes()).iter().map(|h| h.rule.clone()).collect::<Vec<_>>();
        let key = "AKIAQWXRKVTZBNLCYDJH";
        let link = format!(
            "\"https://b.s3.amazonaws.com/x?X-Amz-Credential={key}%2F20261101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature={}\"",
            "9f3ac71e".repeat(8)
        );
        assert_eq!(id(&link), ["aws-access-key-id"]);
        assert_eq!(
            id(&format!("accessKeyId:\"{key}\",hash:\"{}\"", "9f3ac71e5d".repeat(4))),
            ["aws-access-key-id"],
            "a digest is no secret"
        );
        let pair = format!("{{accessKeyId:\"{key}\",k:\"q7WxR2mK9vTzB4nLcY8dJ3hFsP6gXe5uAaVkMwZr\"}}");
        assert_eq!(id(&pair), ["aws-access-key"]);
        assert!(id("cache(\"key-9f3ac71e5d08b2649f3ac71e5d08b264\")").is_empty());
        assert_eq!(id("mailgun.client({key:\"key-9f3ac71e5d08b2649f3ac71e5d08b264\"})"), ["mailgun-key"]);
    }

    #[test]
    fn addresses_of_a_machine_come_with_their_code() {
        let uses = |text: &str| search(text.as_bytes()).iter().map(local::usage).collect::<Vec<_>>();
        assert_eq!(uses(r#"fetch("http://localhost:3000/api")"#), [local::Usage::Called]);
        assert_eq!(uses("/* http://localhost:3000 */fetch('http://localhost:3000/api')").len(), 2, "once harmless, once called");
        assert!(matches!(uses(r#"S="http://localhost:9999",A="supabase.auth.token""#)[..], [local::Usage::Harmless(_)]));
        assert!(matches!(uses(r#"a='await fetch("http://localhost:3000")'"#)[..], [local::Usage::Harmless(_)]));
        assert_eq!(uses(r#"const a="http://localhost:5000";x.get(a+"/users")"#), [local::Usage::Called]);
    }
}
