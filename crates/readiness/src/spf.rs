//! SPF (RFC 7208): syntax, and the walk over includes that counts look-ups.
//!
//! The walk is pure: it asks a function for what was recorded. It goes on past the limits, so
//! that the whole tree and the cost of each include can be shown.

use crate::evidence::Lookup;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Look-ups that a record may cost (RFC 7208 section 4.6.4).
pub const MAX_LOOKUPS: usize = 10;
/// Look-ups that may come back empty (section 4.6.4).
pub const MAX_VOID: usize = 2;
/// MX hosts or PTR names that one mechanism may lead to (section 4.6.4).
pub const MAX_MX: usize = 10;
/// Nesting at which the walk stops.
const MAX_DEPTH: usize = 12;
/// Records that the walk visits at most.
const MAX_NODES: usize = 60;

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
    fn evaluated(&self) -> impl Iterator<Item = &Term> {
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

/// A question that the walk needs answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// Name.
    pub name: String,
    /// `TXT`, `A`, `AAAA`, `MX`.
    pub rtype: &'static str,
}

/// What a record asks of the DNS directly, `domain` being where it stands.
#[must_use]
pub fn questions(record: &str, domain: &str) -> Vec<Question> {
    let spf = Spf::parse(record);
    let mut asks = vec![];
    for term in spf.evaluated() {
        let (name, rtypes): (&str, &[&'static str]) = match &term.kind {
            Kind::Include(d) | Kind::Redirect(d) => (d, &["TXT"]),
            Kind::A(d) => (d.as_deref().unwrap_or(domain), &["A", "AAAA"]),
            Kind::Exists(d) => (d, &["A"]),
            Kind::Mx(d) => (d.as_deref().unwrap_or(domain), &["MX"]),
            _ => continue,
        };
        if !has_macro(name) {
            asks.extend(rtypes.iter().map(|rtype| Question { name: name.to_owned(), rtype }));
        }
    }
    asks
}

/// One record of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// How it was reached: the term, or the domain for the root.
    pub via: String,
    /// How deep.
    pub depth: usize,
    /// Look-ups of this record and of all below it, the one that fetched it included.
    pub cost: usize,
}

/// The result of a walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The tree in reading order.
    pub nodes: Vec<Node>,
    /// DNS look-ups in all.
    pub lookups: usize,
    /// Those that came back empty.
    pub void: usize,
    /// Permanent errors, each a sentence.
    pub errors: Vec<String>,
    /// What could not be learned.
    pub unknown: Vec<String>,
    /// Terms with macros, whose cost below them depends on the message.
    pub macros: Vec<String>,
    /// Includes whose record ends in `+all`, so that they match everybody.
    pub open_includes: Vec<String>,
    /// The qualifier that ends the evaluation, redirects followed.
    pub terminal: Option<Qualifier>,
}

/// Walks the tree from a record at `domain`.
pub fn walk<'a>(domain: &str, record: &str, ask: &dyn Fn(&str, &str) -> Lookup<'a>) -> Walk {
    let mut out = Walk::default();
    let mut path = vec![domain.to_ascii_lowercase()];
    out.terminal = visit(domain, record, domain.to_owned(), ask, &mut path, &mut out, 0);
    out
}

fn visit<'a>(
    domain: &str,
    record: &str,
    via: String,
    ask: &dyn Fn(&str, &str) -> Lookup<'a>,
    path: &mut Vec<String>,
    out: &mut Walk,
    before: usize,
) -> Option<Qualifier> {
    let at = out.nodes.len();
    out.nodes.push(Node { via, depth: path.len() - 1, cost: 0 });
    let spf = Spf::parse(record);
    out.errors.extend(spf.errors.iter().map(|e| format!("at {domain}: {e}")));
    let mut terminal = spf.all();
    for term in spf.evaluated() {
        match &term.kind {
            Kind::Include(d) | Kind::Redirect(d) => {
                let start = out.lookups;
                out.lookups += 1;
                if has_macro(d) {
                    out.macros.push(term.text.clone());
                    continue;
                }
                let below = follow(d, &term.text, ask, path, out, start);
                if matches!(term.kind, Kind::Redirect(_)) {
                    terminal = below;
                } else if below == Some(Qualifier::Pass) {
                    out.open_includes.push(term.text.clone());
                }
            }
            Kind::A(d) => {
                out.lookups += 1;
                let name = d.as_deref().unwrap_or(domain);
                if has_macro(name) {
                    out.macros.push(term.text.clone());
                } else {
                    let (a, aaaa) = (ask(name, "A"), ask(name, "AAAA"));
                    if is_void(&a) && is_void(&aaaa) {
                        out.void += 1;
                    } else if let (Some(why), false) = (a.not_learned(), matches!(aaaa, Lookup::Found(_))) {
                        out.unknown.push(why);
                    }
                }
            }
            Kind::Exists(d) => {
                out.lookups += 1;
                if has_macro(d) {
                    out.macros.push(term.text.clone());
                } else if is_void(&ask(d, "A")) {
                    out.void += 1;
                }
            }
            Kind::Mx(d) => {
                out.lookups += 1;
                let name = d.as_deref().unwrap_or(domain);
                if has_macro(name) {
                    out.macros.push(term.text.clone());
                    continue;
                }
                match ask(name, "MX") {
                    Lookup::Found(mx) if mx.len() > MAX_MX => out.errors.push(format!(
                        "at {domain}: “{}” leads to {} mail hosts; receivers stop at {MAX_MX}",
                        term.text,
                        mx.len()
                    )),
                    l if is_void(&l) => out.void += 1,
                    l => out.unknown.extend(l.not_learned()),
                }
            }
            Kind::Ptr => out.lookups += 1,
            Kind::All | Kind::Ip | Kind::Other => {}
        }
    }
    let cost = out.lookups - before;
    if let Some(node) = out.nodes.get_mut(at) {
        node.cost = cost;
    }
    terminal
}

fn follow<'a>(
    d: &str,
    via: &str,
    ask: &dyn Fn(&str, &str) -> Lookup<'a>,
    path: &mut Vec<String>,
    out: &mut Walk,
    before: usize,
) -> Option<Qualifier> {
    if path.iter().any(|p| p == d) {
        out.errors.push(format!("“{via}” leads back to a record that already includes it"));
        return None;
    }
    if path.len() > MAX_DEPTH || out.nodes.len() > MAX_NODES {
        return None;
    }
    let lookup = ask(d, "TXT");
    let records: Vec<&str> = lookup.values().into_iter().filter(|v| is_spf(v)).collect();
    match (records.as_slice(), &lookup) {
        ([record], _) => {
            path.push(d.to_owned());
            let terminal = visit(d, record, via.to_owned(), ask, path, out, before);
            path.pop();
            return terminal;
        }
        ([], l) if l.not_learned().is_some() => out.unknown.extend(l.not_learned()),
        ([], l) => {
            if is_void(l) {
                out.void += 1;
            }
            out.errors.push(format!("“{via}” leads to {d}, which has no SPF record"));
        }
        _ => out.errors.push(format!("“{via}” leads to {d}, which has {} SPF records", records.len())),
    }
    None
}

const fn is_void(l: &Lookup) -> bool {
    matches!(l, Lookup::NoData | Lookup::NxDomain)
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
        assert_eq!(questions("v=spf1 -all redirect=a.example", "acme.com"), vec![]);
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
