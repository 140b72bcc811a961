//! What a domain says about mail over TLS and its logo: MTA-STS (RFC 8461), TLS-RPT (RFC 8460), BIMI (draft).

use crate::dmarc;

/// What receivers do where a server fails the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They do not deliver.
    Enforce,
    /// They deliver, and report.
    Testing,
    /// There is no policy any more.
    None,
}

/// The policy of MTA-STS (RFC 8461 section 3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// `mode`.
    pub mode: Option<Mode>,
    /// `max_age` in seconds.
    pub max_age: Option<u64>,
    /// Patterns of mail hosts.
    pub mx: Vec<String>,
    /// What senders cannot read, each a sentence without its full stop.
    pub errors: Vec<String>,
}

/// The longest `max_age`, about a year.
const LONGEST: u64 = 31_557_600;

impl Policy {
    /// Reads a policy.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut out = Policy::default();
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
            out.errors.push("it is a web page and not a policy".into());
            return out;
        }
        if text.starts_with('\u{feff}') {
            out.errors.push("it begins with an invisible sign (a byte order mark); save it as UTF-8 without one".into());
        }
        let text = text.trim_start_matches('\u{feff}');
        let mut version: Option<String> = None;
        let mut had: Vec<String> = vec![];
        for line in text.lines().map(str::trim_end).filter(|l| !l.is_empty()) {
            let Some((name, value)) = line.split_once(':').map(|(n, v)| (n.to_owned(), v.trim())) else {
                out.errors.push(format!("“{}” is not a field", short(line)));
                continue;
            };
            // The first of a field counts (section 3.2), of mx all.
            if name != "mx" && had.contains(&name) {
                continue;
            }
            match name.as_str() {
                "version" => version = Some(value.to_owned()),
                "mode" => {
                    out.mode = match value {
                        "enforce" => Some(Mode::Enforce),
                        "testing" => Some(Mode::Testing),
                        "none" => Some(Mode::None),
                        _ => {
                            out.errors.push(format!("“mode: {}” is not enforce, testing or none", short(value)));
                            None
                        }
                    }
                }
                "max_age" => match value.parse::<u64>() {
                    Ok(n) if n <= LONGEST && value.bytes().all(|b| b.is_ascii_digit()) => out.max_age = Some(n),
                    _ => out.errors.push(format!("“max_age: {}” is not a number of seconds up to {LONGEST}", short(value))),
                },
                "mx" if is_pattern(value) => out.mx.push(value.to_ascii_lowercase()),
                "mx" => out.errors.push(format!("“mx: {}” is not the name of a mail host", short(value))),
                other => {
                    let plain = other.trim().to_ascii_lowercase().replace('-', "_");
                    let meant = ["version", "mode", "max_age", "mx"]
                        .into_iter()
                        .find(|k| plain == *k || plain.replace('_', "") == k.replace('_', ""));
                    if let Some(meant) = meant {
                        out.errors.push(format!("the field “{}” is unknown; {meant} is meant", short(other)));
                    } else if !is_field(other) {
                        out.errors.push(format!("“{}” is not the name of a field", short(other)));
                    }
                }
            }
            had.push(name);
        }
        match version.as_deref() {
            Some("STSv1") => {}
            Some(v) => out.errors.push(format!("the version must be exactly STSv1, not “{}”", short(v))),
            None => out.errors.push("version: STSv1 is missing".into()),
        }
        for (name, missing) in [
            ("mode", out.mode.is_none() && !had.iter().any(|h| h == "mode")),
            ("max_age", out.max_age.is_none() && !had.iter().any(|h| h == "max_age")),
            ("mx", out.mx.is_empty() && out.mode != Some(Mode::None) && !had.iter().any(|h| h == "mx")),
        ] {
            if missing {
                out.errors.push(format!("{name}: is missing"));
            }
        }
        out
    }
    /// Whether a mail host is one of the policy's (section 4.1): the same name, or one label in place of `*`.
    #[must_use]
    pub fn allows(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.mx.iter().any(|p| match p.strip_prefix("*.") {
            Some(rest) => host.split_once('.').is_some_and(|(label, above)| !label.is_empty() && above == rest),
            None => *p == host,
        })
    }
}

/// The policy with what is wrong set right, the rest in order and in spelling: these mail hosts, and this mode
/// where none can be read.
#[must_use]
pub fn repaired(text: &str, hosts: &[String], mode: &str) -> String {
    let old = Policy::parse(text);
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return template(hosts, mode);
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut lines: Vec<String> = vec![];
    let mut mx_at = None;
    for line in text.lines().map(str::trim_end).filter(|l| !l.is_empty()) {
        let Some((name, value)) = line.split_once(':').map(|(n, v)| (n.trim().to_ascii_lowercase().replace('-', "_"), v.trim())) else {
            continue;
        };
        let good = match name.as_str() {
            "version" => Some("version: STSv1".to_owned()),
            "mode" => Some(if matches!(old.mode, Some(Mode::Enforce | Mode::Testing)) { line.to_owned() } else { format!("mode: {mode}") }),
            "max_age" | "maxage" => {
                Some(if old.max_age.is_some_and(|m| m >= 86_400) { line.to_owned() } else { "max_age: 604800".to_owned() })
            }
            "mx" => {
                mx_at.get_or_insert(lines.len());
                let one = Policy { mx: vec![value.to_ascii_lowercase()], ..Policy::default() };
                hosts.iter().any(|h| one.allows(h)).then(|| line.to_owned())
            }
            // A line outside the grammar voids the whole policy.
            _ => line.split_once(':').is_some_and(|(n, _)| is_field(n)).then(|| line.to_owned()),
        };
        if let Some(good) = good.filter(|g| !lines.contains(g)) {
            lines.push(good);
        }
    }
    let has = |lines: &[String], name: &str| lines.iter().any(|l| l.starts_with(&format!("{name}:")));
    let now = Policy::parse(&lines.join("\n"));
    let at = mx_at.unwrap_or(lines.len()).min(lines.len());
    for host in hosts.iter().rev().filter(|h| !now.allows(h)) {
        lines.insert(at, format!("mx: {host}"));
    }
    for (name, line) in [("max_age", "max_age: 604800".to_owned()), ("mode", format!("mode: {mode}")), ("version", "version: STSv1".into())]
    {
        if !has(&lines, name) {
            lines.insert(if name == "max_age" { lines.len() } else { 0 }, line);
        }
    }
    lines.join("\n")
}

fn template(hosts: &[String], mode: &str) -> String {
    let mx: String = hosts.iter().map(|h| format!("mx: {h}\n")).collect();
    format!("version: STSv1\nmode: {mode}\n{mx}max_age: 604800")
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The name of a field: a letter or digit, then up to 31 of these and `_-.` (RFC 8461 section 3.2).
fn is_field(name: &str) -> bool {
    name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// `["*."] Domain`
fn is_pattern(value: &str) -> bool {
    let name = value.strip_prefix("*.").unwrap_or(value);
    let label =
        |l: &str| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-') && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    name.contains('.') && name.split('.').all(label)
}

/// The one record of these TXT values that begins with a version, or none where nothing is meant as one.
///
/// # Errors
/// Why the record does not count, and the record as it should be where that can be told.
fn record<'a>(values: &[&'a str], version: &str, name: &str) -> Result<Option<Vec<(String, &'a str)>>, String> {
    let is = |v: &&&str| v.split(';').next().unwrap_or("").trim_end() == format!("v={version}");
    let counted: Vec<&&str> = values.iter().filter(is).collect();
    match counted.as_slice() {
        [one] => {
            let mut tags = vec![];
            for part in one.split(';').skip(1).map(str::trim).filter(|p| !p.is_empty()) {
                let Some((k, v)) = part.split_once('=') else { return Err(format!("“{}” is not a tag", short(part))) };
                tags.push((k.trim().to_owned(), v.trim()));
            }
            Ok(Some(tags))
        }
        [] => match values.iter().find(|v| is_meant(v, version)) {
            Some(v) => Err(format!("“{}” does not begin with exactly v={version};", short(v))),
            None => Ok(None),
        },
        many => Err(format!("{} {name} records stand at one name, and then none counts", many.len())),
    }
}

/// Whether a text is meant as a record of this version, however it is written.
#[must_use]
pub fn is_meant(text: &str, version: &str) -> bool {
    let plain = |t: &str| t.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let (begin, name) = (plain(text), plain(version));
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('v');
    // The version must come first; behind other tags it still tells what is meant.
    begin.starts_with(&format!("v{stem}")) || begin.starts_with(&name) || text.split(';').any(|tag| plain(tag) == format!("v{name}"))
}

/// The record of MTA-STS at `_mta-sts` (RFC 8461 section 3.1): whether one stands.
///
/// # Errors
/// Why it does not count.
pub fn sts_record(values: &[&str]) -> Result<bool, String> {
    let Some(tags) = record(values, "STSv1", "MTA-STS")? else { return Ok(false) };
    match tags.iter().find(|(k, _)| k == "id") {
        Some((_, id)) if (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric()) => Ok(true),
        Some((_, id)) => Err(format!("“id={}” is not 1 to 32 letters and digits", short(id))),
        None => Err("its id= is missing".into()),
    }
}

/// The record of TLS-RPT at `_smtp._tls` (RFC 8460 section 3): whether one stands.
///
/// # Errors
/// Why it does not count.
pub fn rpt_record(values: &[&str]) -> Result<bool, String> {
    let Some(tags) = record(values, "TLSRPTv1", "TLS-RPT")? else { return Ok(false) };
    let Some((_, rua)) = tags.iter().find(|(k, _)| k == "rua").filter(|(_, v)| !v.is_empty()) else {
        return Err("it names no address for reports (rua=)".into());
    };
    for uri in rua.split(',').map(str::trim) {
        // Unlike those of DMARC once, these have no size limit (section 3).
        if uri.contains('!') {
            return Err(format!("“{}” holds “!”, which such an address cannot have; there is no size limit", short(uri)));
        }
        // By mail, or over HTTPS only.
        if dmarc::address(uri)?.is_none() && !uri.get(..8).is_some_and(|s| s.eq_ignore_ascii_case("https://")) {
            return Err(format!("“{}” is neither a mailto: nor an https: address", short(uri)));
        }
    }
    Ok(true)
}

/// The record of BIMI at `default._bimi` (draft section 4.3): the address of the logo; empty where the domain
/// declines to show one.
///
/// # Errors
/// Why it does not count.
pub fn bimi_record<'a>(values: &[&'a str]) -> Result<Option<&'a str>, String> {
    let Some(tags) = record(values, "BIMI1", "BIMI")? else { return Ok(None) };
    let get = |key: &str| tags.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| *v);
    let Some(logo) = get("l") else { return Err("it names no logo (l=)".into()) };
    for (key, value) in [("l", logo), ("a", get("a").unwrap_or(""))] {
        let kept = value.eq_ignore_ascii_case("self") && key == "a";
        if !value.is_empty() && !kept && !value.get(..8).is_some_and(|s| s.eq_ignore_ascii_case("https://")) {
            return Err(format!("“{key}={}” is not an https: address", short(value)));
        }
    }
    let path = logo.split(['?', '#']).next().unwrap_or("").to_ascii_lowercase();
    if [".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico"].iter().any(|e| path.ends_with(e)) {
        return Err(format!("“l={}” is not an SVG, the only kind that mailboxes show", short(logo)));
    }
    Ok(Some(logo))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "version: STSv1\r\nmode: enforce\r\nmx: mx.acme.example\r\nmx: *.mail.test\r\nmax_age: 604800\r\n";

    #[test]
    fn policies() {
        let p = Policy::parse(GOOD);
        assert_eq!((p.mode, p.max_age, p.errors.len()), (Some(Mode::Enforce), Some(604_800), 0));
        // RFC 8461 section 4.1: one label, and only the leftmost.
        for (host, ok) in
            [("MX.acme.example.", true), ("a.mail.test", true), ("a.b.mail.test", false), ("mail.test", false), ("x.test", false)]
        {
            assert_eq!(p.allows(host), ok, "{host}");
        }
        assert!(Policy::parse("version: STSv1\nmode: none\nmax_age: 0").errors.is_empty());
        for (text, said) in [
            ("<!doctype html><title>Acme</title>", "web page"),
            ("mode: enforce\nmx: a.b\nmax_age: 1", "version: STSv1 is missing"),
            ("version: STSv2\nmode: enforce\nmx: a.b\nmax_age: 1", "exactly STSv1"),
            ("version: STSv1\nmode: enforced\nmx: a.b\nmax_age: 1", "mode: enforced"),
            ("version: STSv1\nmode: Enforce\nmx: a.b\nmax_age: 1", "mode: Enforce"),
            ("version: STSv1\nmx: a.b\nmax_age: 1", "mode: is missing"),
            ("version: STSv1\nmode: enforce\nmx: a.b", "max_age: is missing"),
            ("version: STSv1\nmode: enforce\nmx: a.b\nmax-age: 1", "max_age is meant"),
            ("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: 7d", "max_age: 7d"),
            ("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: 99999999", "max_age: 99999999"),
            ("version: STSv1\nmode: enforce\nmax_age: 1", "mx: is missing"),
            ("version: STSv1\nmode: enforce\nmx: 10 a.b\nmax_age: 1", "mx: 10 a.b"),
            ("version: STSv1\nmode: enforce\nmx: a.b, c.d\nmax_age: 1", "mx: a.b, c.d"),
            ("{\"mode\":\"enforce\"}", "is not the name of a field"),
            ("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: 1\n# note: x", "“# note” is not the name"),
            ("\u{feff}version: STSv1\nmode: enforce\nmx: a.b\nmax_age: 1", "invisible sign"),
            ("version=STSv1\nmode: enforce\nmx: a.b\nmax_age: 1", "“version=STSv1” is not a field"),
        ] {
            let errors = Policy::parse(text).errors;
            assert!(errors.iter().any(|e| e.contains(said)), "{text}: {errors:?}");
        }
    }

    #[test]
    fn repairs() {
        let hosts = ["mx.acme.example".to_owned(), "a.mail.test".to_owned()];
        for (text, want) in [
            ("<html>", "version: STSv1\nmode: testing\nmx: mx.acme.example\nmx: a.mail.test\nmax_age: 604800"),
            (
                "version: STSv1\nmode: enforce\nmx: old.host.test\nmx: *.mail.test\nmax_age: 1209600\nx_own: 1",
                "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmx: *.mail.test\nmax_age: 1209600\nx_own: 1",
            ),
            (
                "{\"mode\":\"enforce\"}\nmode: enforce",
                "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmx: a.mail.test\nmax_age: 604800",
            ),
            (
                "\u{feff}version: STSv1\nmode: enforce\nmx: mx.acme.example\nmx: a.mail.test\nmax_age: 604800",
                "version: STSv1\nmode: enforce\nmx: mx.acme.example\nmx: a.mail.test\nmax_age: 604800",
            ),
            (
                "mode: on\nmx: mx.acme.example\nmx: a.mail.test",
                "version: STSv1\nmode: testing\nmx: mx.acme.example\nmx: a.mail.test\nmax_age: 604800",
            ),
        ] {
            let got = repaired(text, &hosts, "testing");
            assert_eq!(got, want);
            assert!(Policy::parse(&got).errors.is_empty() && hosts.iter().all(|h| Policy::parse(&got).allows(h)), "{got}");
        }
    }

    #[test]
    fn records() {
        assert_eq!(sts_record(&["v=STSv1; id=20260101T000000;", "other"]), Ok(true));
        assert_eq!(sts_record(&["other"]), Ok(false));
        for bad in [
            "v=STSv1;",
            "v=STSv1; id=",
            "v=STSv1; id=2026-01-01",
            "v=stsv1; id=1",
            "v=STS1; id=1",
            "\"v=STSv1; id=1\"",
            "v=STSv1 id=1",
            "id=1; v=STSv1",
        ] {
            assert!(sts_record(&[bad]).is_err(), "{bad}");
        }
        assert!(sts_record(&["v=STSv1; id=1", "v=STSv1; id=2"]).is_err());
        assert_eq!(rpt_record(&["v=TLSRPTv1;rua=mailto:a@acme.com,https://r.test/v1"]), Ok(true));
        for bad in [
            "v=TLSRPTv1",
            "v=TLSRPTv1; rua=a@acme.com",
            "v=TLSRPTv1; rua=http://r.test",
            "v=TLSRPT1; rua=mailto:a@acme.com",
            "v=tlsrptv1; rua=mailto:a@acme.com",
            "v=TLSRPTv1; rua=mailto:a@acme.com!10m",
            "rua=mailto:a@acme.com; v=TLSRPTv1",
            "v=TLSRPTv1; ruf=mailto:a@acme.com",
        ] {
            assert!(rpt_record(&[bad]).is_err(), "{bad}");
        }
        assert_eq!(bimi_record(&["v=BIMI1; l=https://acme.com/logo.svg; a="]), Ok(Some("https://acme.com/logo.svg")));
        assert_eq!(bimi_record(&["v=BIMI1; l=; a=;"]), Ok(Some("")));
        for bad in ["v=BIMI1", "v=bimi1; l=https://acme.com/l.svg", "v=BIMI1; l=http://acme.com/l.svg", "v=BIMI1; l=https://acme.com/l.png"]
        {
            assert!(bimi_record(&[bad]).is_err(), "{bad}");
        }
    }
}
