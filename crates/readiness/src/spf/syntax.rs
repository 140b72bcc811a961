//! The syntax of a record (RFC 7208 sections 4.6.1, 5, 6 and 7.1), and merging several into one.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a TXT value is an SPF record: `v=spf1`, then a space or the end (section 4.5).
#[must_use]
pub fn is_spf(txt: &str) -> bool {
    txt.get(..6).is_some_and(|v| v.eq_ignore_ascii_case("v=spf1")) && matches!(txt.as_bytes().get(6), None | Some(b' '))
}

/// `+`, `-`, `~`, `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// `+`
    Pass,
    /// `-`
    Fail,
    /// `~`
    SoftFail,
    /// `?`
    Neutral,
}

/// A mechanism or modifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `all`
    All,
    /// `include:`
    Include(String),
    /// `a`, with its domain if one is given.
    A(Option<String>),
    /// `mx`, likewise.
    Mx(Option<String>),
    /// `ptr`
    Ptr,
    /// `ip4:` or `ip6:`
    Ip,
    /// `exists:`
    Exists(String),
    /// `redirect=`
    Redirect(String),
    /// `exp=` or an unknown modifier; costs nothing.
    Other,
}

/// One term as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As written.
    pub text: String,
    /// Its qualifier, `+` if none is written.
    pub qualifier: Qualifier,
    /// What it is.
    pub kind: Kind,
}

/// A parsed record; `errors` make it a permanent error for receivers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spf {
    /// In order.
    pub terms: Vec<Term>,
    /// Each a sentence.
    pub errors: Vec<String>,
}

impl Spf {
    /// Parses a record that [`is_spf`].
    #[must_use]
    pub fn parse(record: &str) -> Self {
        let mut spf = Spf::default();
        for text in record.get(6..).unwrap_or("").split(' ').filter(|t| !t.is_empty()) {
            match term(text) {
                Ok(term) => spf.terms.push(term),
                Err(error) => spf.errors.push(error),
            }
        }
        for name in ["redirect=", "exp="] {
            if spf.terms.iter().filter(|t| t.text.to_ascii_lowercase().starts_with(name)).count() > 1 {
                spf.errors.push(format!("“{name}” stands there twice"));
            }
        }
        if !record.is_ascii() {
            spf.errors.push("it holds characters outside ASCII".into());
        }
        spf
    }
    /// The `all` mechanism's qualifier.
    #[must_use]
    pub fn all(&self) -> Option<Qualifier> {
        self.terms.iter().find(|t| t.kind == Kind::All).map(|t| t.qualifier)
    }
    /// The `redirect=` target, which counts only without an `all` (section 6.1).
    #[must_use]
    pub fn redirect(&self) -> Option<&str> {
        if self.all().is_some() {
            return None;
        }
        self.terms.iter().find_map(|t| if let Kind::Redirect(d) = &t.kind { Some(d.as_str()) } else { None })
    }
    /// Terms that receivers evaluate: everything before `all`, since it always matches.
    pub(super) fn evaluated(&self) -> impl Iterator<Item = &Term> {
        let end = self.terms.iter().position(|t| t.kind == Kind::All).unwrap_or(self.terms.len());
        self.terms
            .iter()
            .enumerate()
            .filter(move |(i, t)| *i < end || matches!(t.kind, Kind::Redirect(_)) && end == self.terms.len())
            .map(|(_, t)| t)
    }
}

fn term(text: &str) -> Result<Term, String> {
    let (qualifier, body) = match text.as_bytes().first() {
        Some(b'+') => (Qualifier::Pass, &text[1..]),
        Some(b'-') => (Qualifier::Fail, &text[1..]),
        Some(b'~') => (Qualifier::SoftFail, &text[1..]),
        Some(b'?') => (Qualifier::Neutral, &text[1..]),
        _ => (Qualifier::Pass, text),
    };
    let cut = body.find([':', '=', '/']).unwrap_or(body.len());
    let (name, rest) = body.split_at(cut);
    let bad = |why: &str| format!("“{text}” {why}");
    let kind = if let Some(value) = rest.strip_prefix('=') {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
            return Err(bad("is not a modifier"));
        }
        if text.starts_with(['+', '-', '~', '?']) {
            return Err(bad("is a modifier and takes no sign before it"));
        }
        match name.to_ascii_lowercase().as_str() {
            "redirect" => Kind::Redirect(domain_spec(value).ok_or_else(|| bad("names no domain"))?),
            // A mechanism written with = is the commonest slip.
            "include" | "ip4" | "ip6" | "a" | "mx" | "exists" => return Err(bad("needs a colon instead of the equals sign")),
            _ => Kind::Other,
        }
    } else {
        let value = rest.strip_prefix(':');
        match name.to_ascii_lowercase().as_str() {
            "all" if rest.is_empty() => Kind::All,
            "all" => return Err(bad("takes nothing after it")),
            "include" => Kind::Include(value.and_then(domain_spec).ok_or_else(|| bad("names no domain"))?),
            "exists" => Kind::Exists(value.and_then(domain_spec).ok_or_else(|| bad("names no domain"))?),
            "ptr" => Kind::Ptr,
            "a" => Kind::A(host_and_prefix(rest).map_err(bad)?),
            "mx" => Kind::Mx(host_and_prefix(rest).map_err(bad)?),
            "ip4" => {
                let (ip, len) =
                    value.map(|v| v.split_once('/').map_or((v, None), |(i, l)| (i, Some(l)))).ok_or_else(|| bad("names no address"))?;
                ip.parse::<Ipv4Addr>().map_err(|_| bad("is not an IPv4 address"))?;
                prefix(len, 32).map_err(bad)?;
                Kind::Ip
            }
            "ip6" => {
                let (ip, len) =
                    value.map(|v| v.split_once('/').map_or((v, None), |(i, l)| (i, Some(l)))).ok_or_else(|| bad("names no address"))?;
                ip.parse::<Ipv6Addr>().map_err(|_| bad("is not an IPv6 address"))?;
                prefix(len, 128).map_err(bad)?;
                Kind::Ip
            }
            _ => return Err(bad("is not a mechanism that SPF knows")),
        }
    };
    Ok(Term { text: text.to_owned(), qualifier, kind })
}

fn prefix(len: Option<&str>, max: u8) -> Result<(), &'static str> {
    match len {
        None => Ok(()),
        Some(l) if l.parse::<u8>().is_ok_and(|n| n <= max) => Ok(()),
        Some(_) => Err("has a network length that does not exist"),
    }
}

/// What follows `a` or `mx`: `[:domain][/len4][//len6]`.
fn host_and_prefix(rest: &str) -> Result<Option<String>, &'static str> {
    let (host, lengths) = match rest.find('/') {
        // A slash inside a macro's braces belongs to the macro.
        Some(i) if !rest.get(..i).unwrap_or("").contains('{') || rest.get(..i).unwrap_or("").contains('}') => rest.split_at(i),
        _ => (rest, ""),
    };
    let (four, six) = lengths.split_once("//").unwrap_or((lengths, ""));
    prefix(four.strip_prefix('/').filter(|l| !l.is_empty()), 32)?;
    prefix(Some(six).filter(|l| !l.is_empty()), 128)?;
    match host.strip_prefix(':') {
        None => Ok(None),
        Some(h) => domain_spec(h).map(Some).ok_or("names no domain"),
    }
}

/// A domain, possibly with macros (section 7.1). Returned in lower case.
fn domain_spec(text: &str) -> Option<String> {
    if has_macro(text) {
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            rest = rest.get(at + 1..)?;
            match rest.as_bytes().first()? {
                b'%' | b'_' | b'-' => rest = rest.get(1..)?,
                b'{' => {
                    let (inside, after) = rest.get(1..)?.split_once('}')?;
                    if !"slodiphcrtvSLODIPHCRTV".contains(inside.chars().next()?) {
                        return None;
                    }
                    rest = after;
                }
                _ => return None,
            }
        }
        return Some(text.to_ascii_lowercase());
    }
    let name = text.trim_end_matches('.');
    let good = name.contains('.')
        && name.split('.').all(|l| !l.is_empty() && l.len() <= 63)
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    good.then(|| name.to_ascii_lowercase())
}

/// Whether a domain-spec holds a macro, so that what it leads to depends on the message.
#[must_use]
pub fn has_macro(text: &str) -> bool {
    text.contains('%')
}

/// One record that does what several said: every mechanism once, in order, and the most careful
/// ending that refuses no mail which one of them let through.
#[must_use]
pub fn merge(records: &[&str]) -> String {
    let parsed: Vec<Spf> = records.iter().map(|r| Spf::parse(r)).collect();
    let mut terms: Vec<&str> = vec![];
    for term in parsed.iter().flat_map(|s| &s.terms) {
        let ends = matches!(term.kind, Kind::All | Kind::Redirect(_));
        if !ends && !terms.iter().any(|t| t.eq_ignore_ascii_case(&term.text)) {
            terms.push(&term.text);
        }
    }
    // A redirect becomes an include, since the merged record ends with all.
    let redirects: Vec<String> =
        parsed.iter().filter_map(|s| s.redirect().map(|d| format!("include:{d}"))).filter(|t| !terms.contains(&t.as_str())).collect();
    let strict = !parsed.is_empty() && parsed.iter().all(|s| s.all() == Some(Qualifier::Fail));
    let mut words = vec!["v=spf1"];
    words.extend(terms);
    words.extend(redirects.iter().map(String::as_str));
    words.push(if strict { "-all" } else { "~all" });
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax() {
        for (record, errors) in [
            ("v=spf1 a mx ip4:192.0.2.0/24 ip6:2001:db8::/32 include:_spf.example.com ~all", 0),
            ("v=spf1 a:mail.acme.com/24//64 mx/28 -all", 0),
            ("v=spf1 exists:%{i}._spf.%{d2} include:%{ir}.x.example.net ?all", 0),
            ("v=spf1 redirect=_spf.example.com unknown=ok", 0),
            ("v=spf1 ipv4:192.0.2.1 -all", 1),
            ("v=spf1 ip4:192.0.2.300 -all", 1),
            ("v=spf1 ip4:192.0.2.0/33 -all", 1),
            ("v=spf1 include=spf.example.com -all", 1),
            ("v=spf1 include: -all", 1),
            ("v=spf1 redirect=a.example redirect=b.example", 1),
            ("v=spf1 all:x", 1),
            ("v=spf1 exists:%{q}.example.com -all", 1),
            ("v=spf1 include:example -all", 1),
        ] {
            assert_eq!(Spf::parse(record).errors.len(), errors, "{record}: {:?}", Spf::parse(record).errors);
        }
    }

    #[test]
    fn recognises_the_version_only_whole() {
        assert!(is_spf("v=spf1") && is_spf("V=SPF1 -all") && !is_spf("v=spf10 -all") && !is_spf("v=spf1-all"));
    }

    #[test]
    fn redirect_counts_only_without_all() {
        assert_eq!(Spf::parse("v=spf1 redirect=a.example -all").redirect(), None);
    }

    #[test]
    fn merging_keeps_every_sender_and_the_softer_end() {
        assert_eq!(
            merge(&["v=spf1 include:_spf.google.com ~all", "v=spf1 include:amazonses.com -all"]),
            "v=spf1 include:_spf.google.com include:amazonses.com ~all"
        );
        assert_eq!(merge(&["v=spf1 mx -all", "v=spf1 MX redirect=x.example"]), "v=spf1 mx include:x.example ~all");
        assert_eq!(merge(&["v=spf1 a -all", "v=spf1 a -all"]), "v=spf1 a -all");
    }
}
