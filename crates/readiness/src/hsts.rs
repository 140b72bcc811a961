//! `Strict-Transport-Security` as browsers read it (RFC 6797 section 6.1).

/// What a header promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hsts {
    /// Seconds; zero takes the promise back.
    pub max_age: u64,
    /// For subdomains, too.
    pub subdomains: bool,
    /// Asks to be put on browsers' lists.
    pub preload: bool,
}

impl Hsts {
    /// Parses a header; none if browsers ignore it: without `max-age`, with a directive twice, or
    /// against the grammar. Unknown directives and empty ones are passed over.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let mut out = Self::default();
        let mut names: Vec<String> = vec![];
        let mut quoted = false;
        let directives = value.split(|c| {
            quoted ^= c == '"';
            c == ';' && !quoted
        });
        for directive in directives.map(str::trim).filter(|d| !d.is_empty()) {
            let (name, argument) = directive.split_once('=').map_or((directive, None), |(n, v)| (n.trim(), Some(v.trim())));
            let name = name.to_ascii_lowercase();
            if !is_token(&name) || names.contains(&name) {
                return None;
            }
            match (name.as_str(), argument) {
                ("max-age", Some(v)) => out.max_age = seconds(unquoted(v)?)?,
                ("max-age", None) => return None,
                // Section 6.1.2: without a value.
                ("includesubdomains", None) => out.subdomains = true,
                ("includesubdomains", Some(_)) => return None,
                ("preload", _) => out.preload = true,
                (_, Some(v)) => _ = unquoted(v)?,
                _ => {}
            }
            names.push(name);
        }
        names.iter().any(|n| n == "max-age").then_some(out)
    }
}

/// Digits; what is larger than we count is for ever.
fn seconds(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().unwrap_or(u64::MAX))
}

/// A token, or what stands between two quotes.
fn unquoted(text: &str) -> Option<&str> {
    match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"'),
        None => is_token(text).then_some(text),
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[test]
fn headers_as_browsers_read_them() {
    let age = |v: &str| Hsts::parse(v).map(|h| (h.max_age, h.subdomains, h.preload));
    for (value, want) in [
        ("max-age=31536000", Some((31_536_000, false, false))),
        ("MAX-AGE = \"63072000\" ; includeSubDomains;preload", Some((63_072_000, true, true))),
        (";;max-age=1;;", Some((1, false, false))),
        ("max-age=99999999999999999999999", Some((u64::MAX, false, false))),
        ("max-age=1; x=\"a;b=c\"; y", Some((1, false, false))),
        ("max-age=0", Some((0, false, false))),
        ("max-age=\"31536000", None),
        ("max-age=31536000\"", None),
        ("max-age=", None),
        ("max-age", None),
        ("max-age=1; max-age=2", None),
        ("max-age=-1", None),
        ("max-age=1 year", None),
        ("includeSubDomains", None),
        ("max-age=1; includeSubDomains=true", None),
        ("max-age=31536000, includeSubDomains", None),
        ("", None),
    ] {
        assert_eq!(age(value), want, "{value}");
    }
}
