//! The grammar of a record (RFC 7208 section 12).

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
        let mut at = record.len().min(6);
        for text in record.get(6..).unwrap_or("").split(' ') {
            let begin = at;
            at += text.len() + 1;
            if text.is_empty() {
                continue;
            }
            match term(text) {
                Ok(term) => spf.terms.push(term),
                Err(why) => spf.errors.push(format!("“{}” at character {} {why}", text.escape_debug(), chars(record, begin) + 1)),
            }
        }
        for name in ["redirect=", "exp="] {
            if spf.terms.iter().filter(|t| t.text.to_ascii_lowercase().starts_with(name)).count() > 1 {
                spf.errors.push(format!("“{name}” stands there twice"));
            }
        }
        if spf.errors.is_empty() && !record.is_ascii() {
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
    /// Mechanisms that stand behind `all` and are never read (section 5.1).
    pub fn unread(&self) -> impl Iterator<Item = &Term> {
        let all = self.terms.iter().position(|t| t.kind == Kind::All).map_or(self.terms.len(), |i| i + 1);
        self.terms.iter().skip(all).filter(|t| !matches!(t.kind, Kind::Redirect(_) | Kind::Other))
    }
    /// Terms that receivers evaluate: everything before `all`, since it always matches.
    pub fn evaluated(&self) -> impl Iterator<Item = &Term> {
        let end = self.terms.iter().position(|t| t.kind == Kind::All).unwrap_or(self.terms.len());
        self.terms
            .iter()
            .enumerate()
            // A redirect counts only where no `all` stands, wherever it is written (section 6.1).
            .filter(move |(i, t)| if matches!(t.kind, Kind::Redirect(_)) { end == self.terms.len() } else { *i < end })
            .map(|(_, t)| t)
    }
}

/// Characters of a text before this byte.
fn chars(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(byte, |t| t.chars().count())
}

/// A directive or modifier, or what is wrong with it, as the end of a sentence that begins with the term.
pub(super) fn term(text: &str) -> Result<Term, String> {
    let (qualifier, body) = match text.as_bytes().first() {
        Some(b'+') => (Qualifier::Pass, &text[1..]),
        Some(b'-') => (Qualifier::Fail, &text[1..]),
        Some(b'~') => (Qualifier::SoftFail, &text[1..]),
        Some(b'?') => (Qualifier::Neutral, &text[1..]),
        _ => (Qualifier::Pass, text),
    };
    let cut = body.find([':', '=', '/']).unwrap_or(body.len());
    let (name, rest) = body.split_at(cut);
    let kind = match rest.strip_prefix('=') {
        Some(_) if body.len() < text.len() => return Err("is a modifier and takes no sign before it".into()),
        Some(value) => modifier(name, value)?,
        None => mechanism(name, rest)?,
    };
    Ok(Term { text: text.to_owned(), qualifier, kind })
}

fn modifier(name: &str, value: &str) -> Result<Kind, String> {
    let named = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !named {
        return Err("has no name before the equals sign".into());
    }
    match name.to_ascii_lowercase().as_str() {
        "redirect" => Ok(Kind::Redirect(domain_spec(value)?)),
        "exp" => domain_spec(value).map(|_| Kind::Other),
        // A mechanism written with = is the commonest slip.
        "include" | "ip4" | "ip6" | "a" | "mx" | "exists" | "ptr" => Err("needs a colon instead of the equals sign".into()),
        _ => macro_string(value).map(|_| Kind::Other),
    }
}

fn mechanism(name: &str, rest: &str) -> Result<Kind, String> {
    let value = rest.strip_prefix(':');
    let needed = || value.ok_or_else(|| "needs a colon and a domain after it".to_owned());
    match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Ok(Kind::All),
        "all" => Err("takes nothing after it".into()),
        "include" => Ok(Kind::Include(domain_spec(needed()?)?)),
        "exists" => Ok(Kind::Exists(domain_spec(needed()?)?)),
        "ptr" => match value {
            None if rest.is_empty() => Ok(Kind::Ptr),
            Some(v) => domain_spec(v).map(|_| Kind::Ptr),
            None => Err("takes no network length".into()),
        },
        "a" => Ok(Kind::A(host_and_lengths(rest)?)),
        "mx" => Ok(Kind::Mx(host_and_lengths(rest)?)),
        "ip4" => {
            let (ip, len) = network(value)?;
            ip.parse::<Ipv4Addr>().map_err(|_| "is not an IPv4 address".to_owned())?;
            length(len, 32)?;
            Ok(Kind::Ip)
        }
        "ip6" => {
            let (ip, len) = network(value)?;
            ip.parse::<Ipv6Addr>().map_err(|_| "is not an IPv6 address".to_owned())?;
            length(len, 128)?;
            Ok(Kind::Ip)
        }
        _ => Err("is not a mechanism that SPF knows".into()),
    }
}

fn network(value: Option<&str>) -> Result<(&str, Option<&str>), String> {
    let value = value.ok_or_else(|| "names no address".to_owned())?;
    Ok(value.split_once('/').map_or((value, None), |(ip, len)| (ip, Some(len))))
}

/// `ip4-cidr-length` and `ip6-cidr-length` without their slash: no sign, no zero before other digits.
fn length(len: Option<&str>, max: u8) -> Result<(), String> {
    let Some(l) = len else { return Ok(()) };
    let digits = !l.is_empty() && l.bytes().all(|b| b.is_ascii_digit());
    if digits && l.len() > 1 && l.starts_with('0') {
        return Err(format!("writes the network length “/{l}” with a zero before it"));
    }
    if digits && l.parse::<u8>().is_ok_and(|n| n <= max) {
        Ok(())
    } else {
        Err(format!("has the network length “/{l}”, which does not exist"))
    }
}

/// What follows `a` or `mx`: `[:domain][/len4][//len6]`. A domain may hold slashes itself, so lengths are read from the end.
fn host_and_lengths(rest: &str) -> Result<Option<String>, String> {
    let is_length = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mut host = rest;
    if let Some((before, six)) = host.rsplit_once("//").filter(|(_, six)| is_length(six)) {
        length(Some(six), 128)?;
        host = before;
    }
    if let Some((before, four)) = host.rsplit_once('/').filter(|(_, four)| is_length(four)) {
        length(Some(four), 32)?;
        host = before;
    }
    match host.strip_prefix(':') {
        None if host.is_empty() => Ok(None),
        None => Err(format!("has the network length “{host}”, which does not exist")),
        Some(h) => domain_spec(h).map(Some),
    }
}

/// `domain-spec = macro-string domain-end` (section 7.1): it ends with a macro, or with a dot and a top label that is not all
/// digits. Returned in lower case, without the dot of the root.
fn domain_spec(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("names no domain".into());
    }
    let ends_with_macro = macro_string(text)?;
    let name = text.strip_suffix('.').unwrap_or(text);
    if !(ends_with_macro && name.len() == text.len()) {
        if name.parse::<Ipv4Addr>().is_ok() {
            return Err("names an address where a domain belongs; write it with ip4:".into());
        }
        let (before, top) = name.rsplit_once('.').ok_or_else(|| "names no domain with a dot in it".to_owned())?;
        let letters = top.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !top.is_empty();
        if !letters || top.starts_with('-') || top.ends_with('-') || top.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!("names a domain that ends in “{top}”, which no domain does"));
        }
        if before.is_empty() || (!has_macro(name) && name.split('.').any(|l| l.is_empty() || l.len() > 63)) {
            return Err("names a domain with an empty or too long part".into());
        }
    }
    Ok(name.to_ascii_lowercase())
}

/// `macro-string` (section 7.1); whether it ends with a macro-expand. The letters c, r and t belong to explanations alone (section 7.2).
fn macro_string(text: &str) -> Result<bool, String> {
    let mut rest = text;
    let mut ends = false;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        ends = false;
        if c != '%' {
            if !('\x21'..='\x7e').contains(&c) {
                return Err("holds a character that may not stand there".into());
            }
            continue;
        }
        ends = true;
        match rest.chars().next() {
            Some('%' | '_' | '-') => rest = rest.get(1..).unwrap_or(""),
            Some('{') => {
                let (inside, after) =
                    rest.get(1..).and_then(|r| r.split_once('}')).ok_or_else(|| "holds a macro without its end".to_owned())?;
                macro_expand(inside)?;
                rest = after;
            }
            _ => return Err("holds a percent sign that begins no macro".into()),
        }
    }
    Ok(ends)
}

/// What stands between the braces: a letter, how many parts, whether reversed, and delimiters.
fn macro_expand(inside: &str) -> Result<(), String> {
    let bad = || Err(format!("holds the macro “%{{{inside}}}”, which SPF does not know here"));
    let mut rest = inside.chars();
    if !rest.next().is_some_and(|c| "slodiphv".contains(c.to_ascii_lowercase())) {
        return bad();
    }
    let tail = rest.as_str();
    let digits = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, tail) = tail.split_at(digits);
    if !count.is_empty() && count.bytes().all(|b| b == b'0') {
        return bad();
    }
    let tail = tail.strip_prefix(['r', 'R']).unwrap_or(tail);
    if tail.chars().all(|c| ".-+,/_=".contains(c)) { Ok(()) } else { bad() }
}

/// Whether a domain-spec holds a macro, so that what it leads to depends on the message.
#[must_use]
pub fn has_macro(text: &str) -> bool {
    text.contains('%')
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
            // Section 12 to the letter.
            ("v=spf1 a:foo:bar/baz.example.com -all", 0),
            ("v=spf1 a:foo:bar/baz.example.com/24//64 -all", 0),
            ("v=spf1 a:203.0.113.5 -all", 1),
            ("v=spf1 mx:203.0.113.5/24 -all", 1),
            ("v=spf1 a:example.123 -all", 1),
            ("v=spf1 a:example.-com -all", 1),
            ("v=spf1 a:example.c-om a:museum. -all", 1),
            ("v=spf1 a:example.com:8080 -all", 1),
            ("v=spf1 ptr ptr:example.com ?all", 0),
            ("v=spf1 ptr/0 -all", 1),
            ("v=spf1 ptr: -all", 1),
            ("v=spf1 a: -all", 1),
            ("v=spf1 a/32//128 mx//64 a/0 -all", 0),
            ("v=spf1 a/032 -all", 1),
            ("v=spf1 a/33 -all", 1),
            ("v=spf1 a//129 -all", 1),
            ("v=spf1 a/ -all", 1),
            ("v=spf1 ip4:192.0.2.0/032 -all", 1),
            ("v=spf1 ip4:192.0.2.0/ -all", 1),
            ("v=spf1 ip4:192.0.2.0//32 -all", 1),
            ("v=spf1 ip6:2001:db8::1//33 -all", 1),
            ("v=spf1 ip4:192.0.2 -all", 1),
            ("v=spf1 exp= -all", 1),
            ("v=spf1 redirect=", 1),
            ("v=spf1 exp=explain.%{d} foo=%{l}%% bar= -all", 0),
            ("v=spf1 foo=%abc -all", 1),
            ("v=spf1 =x -all", 1),
            ("v=spf1 1x=y -all", 1),
            ("v=spf1 -foo=bar -all", 1),
            ("v=spf1 exists:%{i}.%{d0} -all", 1),
            ("v=spf1 exists:%{ir-.}.x.%{d2r} -all", 0),
            ("v=spf1 exists:%{c}.example.com -all", 1),
            ("v=spf1 exists:%{d -all", 1),
            ("v=spf1 include:example.com/24 -all", 1),
            ("v=spf1 -all/8", 1),
            ("v=spf1 -all.", 1),
            ("v=spf1\tmx -all", 1),
            ("v=spf1 mx  -all ", 0),
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
}
