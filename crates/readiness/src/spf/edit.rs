//! Changes to a record: the terms that are meant change, everything else keeps its order and spelling.

use super::syntax::{Kind, Qualifier, Spf, Term, is_spf, term};

/// A repaired record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The whole record.
    pub record: String,
    /// What was wrong, each the part of a sentence.
    pub named: Vec<String>,
}

/// Whether a text is meant as SPF, well formed or not.
#[must_use]
pub fn is_meant(txt: &str) -> bool {
    let bare: String = txt.chars().filter(|c| !c.is_whitespace() && !is_quote(*c)).take(5).collect::<String>().to_ascii_lowercase();
    bare == "v=spf" || bare == "spf1i" || txt.trim_start().to_ascii_lowercase().starts_with("spf1 ")
}

/// `spf2.0/…` is Sender ID, another standard.
const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '”' | '„' | '‘' | '’')
}

/// The record as it was meant; none where that cannot be told, or where nothing is wrong.
#[must_use]
pub fn repair(txt: &str) -> Option<Repair> {
    let mut named = vec![];
    let mut text: String = txt.chars().filter(|c| !is_quote(*c)).collect();
    if text != txt {
        named.push("quotes were typed into the value".to_owned());
    }
    let dashes = text.replace(['–', '—', '−', '‐', '‑'], "-");
    if dashes != text {
        named.push("a dash stands in place of a hyphen".to_owned());
        text = dashes;
    }
    let rest = after_version(&text, &mut named)?;
    let mut words: Vec<String> = vec![];
    for word in rest.split(|c: char| c.is_whitespace() || c == '\u{a0}' || c == '\u{200b}').filter(|w| !w.is_empty()) {
        let word = word.trim_end_matches([',', ';']);
        match words.last_mut().filter(|w| w.ends_with([':', '=']) || word.starts_with([':', '='])) {
            Some(last) => {
                named.push(format!("a space parts “{last}” from “{word}”"));
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
    }
    let mut out: Vec<String> = vec!["v=spf1".into()];
    for word in words.iter().filter(|w| !w.is_empty()) {
        out.extend(mended(word, &mut named, 0)?);
    }
    let record = out.join(" ");
    if named.is_empty() && record != txt {
        named.push("stray characters stand between the terms".to_owned());
    }
    (record != txt && Spf::parse(&record).errors.is_empty()).then_some(Repair { record, named })
}

/// What follows the version, which must be `v=spf1` and a space.
fn after_version<'a>(text: &'a str, named: &mut Vec<String>) -> Option<&'a str> {
    let text = text.trim_start();
    let lower = text.to_ascii_lowercase();
    let begin = lower.find("spf")?;
    let before: String = lower.get(..begin)?.chars().filter(|c| !c.is_whitespace()).collect();
    if !matches!(before.as_str(), "v=" | "" | "v:" | "v") {
        return None;
    }
    let after = text.get(begin + 3..)?;
    let version: &str = after.split(|c: char| !(c.is_ascii_digit() || c == '.')).next()?;
    if !matches!(version, "1" | "1.0" | "") {
        return None;
    }
    let rest = after.get(version.len()..)?;
    if !is_spf(text) {
        let written = text.get(..text.len() - rest.len())?;
        named.push(if written.eq_ignore_ascii_case("v=spf1") {
            "no space stands after v=spf1".to_owned()
        } else {
            format!("it begins with “{written}” where v=spf1 belongs")
        });
    }
    Some(rest.trim_start_matches([';', ',', ':', '.']))
}

/// What a term begins with, where two of them were joined.
const SEAMS: [&str; 12] = ["include:", "ip4:", "ip6:", "exists:", "redirect=", "mx:", "a:", "~all", "-all", "?all", "+all", "v=spf1"];

/// Whether a word that the grammar allows is two terms all the same: a domain holds no second mechanism, and no ending of
/// domains is called `com-all`.
fn is_joined(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let again = |seam: &&str| lower.match_indices(*seam).any(|(at, _)| at > 1);
    ["include:", "ip4:", "ip6:", "redirect="].iter().any(again)
        || lower.strip_suffix("-all").is_some_and(|host| host.rsplit('.').next().is_some_and(|l| l.len() > 1) && host.contains('.'))
}

/// The term or terms that a word was meant as.
fn mended(word: &str, named: &mut Vec<String>, depth: usize) -> Option<Vec<String>> {
    if term(word).is_ok() && !is_joined(word) {
        return Some(vec![word.to_owned()]);
    }
    if depth > 6 {
        return None;
    }
    for (other, why) in respelled(word) {
        if term(&other).is_ok() {
            named.push(why);
            return Some(vec![other]);
        }
    }
    // Two terms without a space between them: what a seam between strings of a TXT looks like.
    for seam in SEAMS {
        for (at, _) in word.to_ascii_lowercase().match_indices(seam).filter(|(at, _)| *at > 0) {
            let (Some(left), Some(right)) = (word.get(..at), word.get(at..)) else { continue };
            if term(left).is_err() || is_joined(left) {
                continue;
            }
            let mut quiet = vec![];
            if let Some(more) = mended(right, &mut quiet, depth + 1) {
                named.push(format!("no space stands between “{left}” and “{right}”"));
                named.extend(quiet);
                return Some(std::iter::once(left.to_owned()).chain(more).collect());
            }
        }
    }
    None
}

/// Other spellings of a word, each with what was wrong.
fn respelled(word: &str) -> Vec<(String, String)> {
    let body = word.trim_start_matches(['+', '-', '~', '?']);
    let sign = word.get(..word.len() - body.len()).unwrap_or("");
    let lower = body.to_ascii_lowercase();
    let mut out = vec![];
    let mut add = |to: String, why: String| out.push((to, why));
    if let Some((name, value)) = body.split_once('=') {
        add(format!("{sign}{name}:{value}"), format!("“{word}” has an equals sign where a colon belongs"));
    }
    if let Some((name, value)) = body.split_once(':') {
        let bare = value.split('/').next().unwrap_or("");
        let kind = if bare.parse::<std::net::Ipv4Addr>().is_ok() {
            Some("ip4")
        } else if bare.parse::<std::net::Ipv6Addr>().is_ok() {
            Some("ip6")
        } else {
            None
        };
        if let Some(kind) = kind {
            add(format!("{sign}{kind}:{value}"), format!("“{word}” names an address with {name}: where {kind}: belongs"));
        }
        if name.eq_ignore_ascii_case("redirect") || name.eq_ignore_ascii_case("exp") {
            add(format!("{name}={value}"), format!("“{word}” has a colon where an equals sign belongs"));
        }
        for (slip, right) in
            [("includes", "include"), ("inlcude", "include"), ("inculde", "include"), ("incude", "include"), ("exist", "exists")]
        {
            if name.eq_ignore_ascii_case(slip) {
                add(format!("{sign}{right}:{value}"), format!("“{name}” is misspelt"));
            }
        }
        for scheme in ["https://", "http://"] {
            if let Some(host) = value.strip_prefix(scheme) {
                add(format!("{sign}{name}:{}", host.trim_end_matches('/')), format!("“{word}” holds a web address where a domain belongs"));
            }
        }
    }
    if body.parse::<std::net::Ipv4Addr>().is_ok() || body.split_once('/').is_some_and(|(ip, _)| ip.parse::<std::net::Ipv4Addr>().is_ok()) {
        add(format!("{sign}ip4:{body}"), format!("“{word}” is an address without ip4: before it"));
    }
    if let Some((host, length)) = word.rsplit_once('/')
        && length.len() > 1
        && length.starts_with('0')
    {
        add(format!("{host}/{}", length.trim_start_matches('0')), format!("“/{length}” has a zero before it"));
    }
    if matches!(lower.trim_end_matches('.'), "all") && lower.ends_with('.') {
        add(format!("{sign}all"), format!("“{word}” ends with a dot"));
    }
    out
}

/// Whether a term ends the evaluation.
const fn ends(t: &Term) -> bool {
    matches!(t.kind, Kind::All | Kind::Redirect(_))
}

/// One record that does what several said: every mechanism once, in order, one of each modifier, and the most careful ending that
/// refuses no mail which one of them let through. None where one of them cannot be read or refuses what is listed.
#[must_use]
pub fn merge(records: &[&str]) -> Option<String> {
    let parsed: Vec<Spf> = records.iter().map(|r| Spf::parse(&repair(r).map_or_else(|| (*r).to_owned(), |good| good.record))).collect();
    if parsed.iter().any(|s| !s.errors.is_empty()) {
        return None;
    }
    let (mut terms, mut modifiers): (Vec<String>, Vec<String>) = (vec![], vec![]);
    // Modifiers count wherever they stand, mechanisms only before `all` (section 5.1).
    for term in parsed.iter().flat_map(|s| s.terms.iter().filter(|t| t.kind == Kind::Other)) {
        let name = |t: &str| t.split('=').next().unwrap_or("").to_ascii_lowercase();
        if !modifiers.iter().any(|m| name(m) == name(&term.text)) {
            modifiers.push(term.text.clone());
        }
    }
    for term in parsed.iter().flat_map(|s| s.evaluated().filter(|t| !ends(t) && t.kind != Kind::Other)) {
        // What one record refuses another may list; in which order they were meant is not to be known.
        if term.qualifier != Qualifier::Pass && records.len() > 1 {
            return None;
        }
        if !terms.iter().any(|t| t.eq_ignore_ascii_case(&term.text)) {
            terms.push(term.text.clone());
        }
    }
    // A redirect becomes an include, since the merged record ends with all.
    for to in parsed.iter().filter_map(Spf::redirect) {
        let include = format!("include:{to}");
        if !terms.iter().any(|t| t.eq_ignore_ascii_case(&include)) {
            terms.push(include);
        }
    }
    let strict = !parsed.is_empty() && parsed.iter().all(|s| s.all() == Some(Qualifier::Fail));
    let ending = if strict { "-all" } else { "~all" };
    Some([vec!["v=spf1".to_owned()], terms, vec![ending.to_owned()], modifiers].concat().join(" "))
}

/// The record with a further include before its ending; the same record where it stands there already.
#[must_use]
pub fn with_include(record: &str, include: &str) -> String {
    if !is_spf(record) {
        return format!("v=spf1 include:{include} ~all");
    }
    let new = format!("include:{include}");
    let mut words: Vec<&str> = record.split(' ').filter(|w| !w.is_empty()).collect();
    // Behind `all` it is never read (RFC 7208 section 5.1): it is moved.
    if let Some(all) = words.iter().position(|w| term(w).is_ok_and(|t| t.kind == Kind::All)) {
        let mut at = 0;
        words.retain(|w| {
            at += 1;
            at <= all || !w.eq_ignore_ascii_case(&new)
        });
    }
    if words.iter().any(|w| w.eq_ignore_ascii_case(&new)) {
        return record.to_owned();
    }
    // With another sign it stands there already, and the first to match decides.
    let meant = |w: &&str| term(w).is_ok_and(|t| matches!(&t.kind, Kind::Include(d) if d.eq_ignore_ascii_case(include)));
    if let Some(at) = words.iter().position(meant) {
        if let Some(word) = words.get_mut(at) {
            *word = &new;
        }
        return words.join(" ");
    }
    let at = words
        .iter()
        .skip(1)
        .position(|w| term(w).is_ok_and(|t| t.kind == Kind::All || t.kind == Kind::Other || matches!(t.kind, Kind::Redirect(_))));
    words.insert(at.map_or(words.len(), |i| i + 1), &new);
    words.join(" ")
}

/// The record with its first `all` behind every mechanism, and nothing of a second record that was written into it. None where
/// that is no valid record.
#[must_use]
pub fn with_all_last(record: &str) -> Option<String> {
    let mut words: Vec<&str> = vec![];
    let mut all = None;
    for word in record.split(' ').filter(|w| !w.is_empty()) {
        if term(word).is_ok_and(|t| t.kind == Kind::All) {
            all = all.or(Some(word));
        } else if words.is_empty() || !(word.eq_ignore_ascii_case("v=spf1") || words.contains(&word)) {
            words.push(word);
        }
    }
    words.push(all?);
    let new = words.join(" ");
    Spf::parse(&new).errors.is_empty().then_some(new)
}

/// A term that the grammar allows, though it is two terms without the space between them.
#[must_use]
pub fn joined(record: &str) -> Option<&str> {
    record.split(' ').skip(1).find(|w| term(w).is_ok() && is_joined(w))
}

/// The record with this ending in place of its own, without these terms. None where a redirect ends it: an `all` would switch it off.
#[must_use]
pub fn with_ending(record: &str, ending: &str, without: &[String]) -> Option<String> {
    let spf = Spf::parse(record);
    if spf.redirect().is_some() || !spf.errors.is_empty() {
        return None;
    }
    let mut words: Vec<String> =
        record.split(' ').filter(|w| !w.is_empty() && !without.iter().any(|x| x == w)).map(str::to_owned).collect();
    match words.iter_mut().find(|w| term(w).is_ok_and(|t| t.kind == Kind::All)) {
        Some(all) => ending.clone_into(all),
        None => {
            let at = words.iter().skip(1).position(|w| term(w).is_ok_and(|t| t.kind == Kind::Other)).map_or(words.len(), |i| i + 1);
            words.insert(at, ending.to_owned());
        }
    }
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_repaired_and_the_rest_kept() {
        for (wrong, right) in [
            ("\"v=spf1 mx -all\"", "v=spf1 mx -all"),
            ("v=spf1 mx –all", "v=spf1 mx -all"),
            ("v=spf1.0 mx ~all", "v=spf1 mx ~all"),
            ("v=spf1; mx; ~all", "v=spf1 mx ~all"),
            ("v=spf1include:_spf.google.com ~all", "v=spf1 include:_spf.google.com ~all"),
            ("v=spf1 include: _spf.google.com ~all", "v=spf1 include:_spf.google.com ~all"),
            ("v=spf1 include:_spf.google.com~all", "v=spf1 include:_spf.google.com ~all"),
            ("v=spf1 ip4:192.0.2.1include:_spf.google.com ~all", "v=spf1 ip4:192.0.2.1 include:_spf.google.com ~all"),
            ("v=spf1 a:203.0.113.5 MX -all", "v=spf1 ip4:203.0.113.5 MX -all"),
            ("v=spf1 ipv4:192.0.2.0/24 ip4:2001:db8::1 -all", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::1 -all"),
            ("v=spf1 ip4=192.0.2.1 redirect:a.example", "v=spf1 ip4:192.0.2.1 redirect=a.example"),
            ("v=spf1 a/024 -all", "v=spf1 a/24 -all"),
            ("v=spf1 include:_spf.google.cominclude:amazonses.com ~all", "v=spf1 include:_spf.google.com include:amazonses.com ~all"),
            ("v=spf1 include:a.test-all", "v=spf1 include:a.test -all"),
        ] {
            let r = repair(wrong);
            assert_eq!(r.as_ref().map(|r| r.record.as_str()), Some(right), "{wrong}");
            assert!(is_meant(wrong) && !r.is_some_and(|r| r.named.is_empty()), "{wrong}");
        }
        assert_eq!(joined("v=spf1 mxredirect=a.test"), Some("mxredirect=a.test"));
        assert_eq!(joined("v=spf1 a:mail.acme.example-all"), Some("a:mail.acme.example-all"));
        assert_eq!(joined("v=spf1 include:a.test a:x-all.example exp=e.test -all"), None);
        for (wrong, right) in [
            ("v=spf1 mx ~all include:amazonses.com", Some("v=spf1 mx include:amazonses.com ~all")),
            ("v=spf1 mx ~all v=spf1 mx include:amazonses.com -all", Some("v=spf1 mx include:amazonses.com ~all")),
            ("v=spf1 mx", None),
        ] {
            assert_eq!(with_all_last(wrong).as_deref(), right, "{wrong}");
        }
        assert_eq!(with_include("v=spf1 mx -all include:a.test", "a.test"), "v=spf1 mx include:a.test -all");
        assert_eq!((repair("v=spf1 mx -all"), repair("v=spf1 what:ever -all"), repair("v=spf2 mx -all")), (None, None, None));
    }

    #[test]
    fn merging_keeps_every_sender_one_of_each_modifier_and_the_softer_end() {
        let m = |r: &[&str]| merge(r).unwrap();
        assert_eq!(
            m(&["v=spf1 include:_spf.google.com ~all", "v=spf1 include:amazonses.com -all"]),
            "v=spf1 include:_spf.google.com include:amazonses.com ~all"
        );
        assert_eq!(m(&["v=spf1 mx -all", "v=spf1 MX redirect=x.example"]), "v=spf1 mx include:x.example ~all");
        assert_eq!(m(&["v=spf1 a -all", "v=spf1 a -all"]), "v=spf1 a -all");
        assert_eq!(m(&["v=spf1 a -all exp=e.acme.com", "v=spf1 mx exp=f.acme.com -all"]), "v=spf1 a mx -all exp=e.acme.com");
        assert_eq!(merge(&["v=spf1 a -all", "v=spf1 what:ever -all"]), None);
        assert_eq!(m(&["v=spf1 mx -all include:a.test", "v=spf1 ip4:192.0.2.1 -all"]), "v=spf1 mx ip4:192.0.2.1 -all");
        assert_eq!(merge(&["v=spf1 -include:a.test ~all", "v=spf1 include:a.test -all"]), None);
    }

    #[test]
    fn an_include_or_an_ending_is_set_and_the_rest_kept() {
        assert_eq!(with_include("v=spf1 mx  redirect=a.example", "b.example"), "v=spf1 mx include:b.example redirect=a.example");
        assert_eq!(with_include("v=spf1 mx ~all exp=e.example.com", "b.example"), "v=spf1 mx include:b.example ~all exp=e.example.com");
        assert_eq!(with_include("v=spf1 mx ?include:b.example -all", "b.example"), "v=spf1 mx include:b.example -all");
        assert_eq!(with_include("v=spf1 Include:b.example ~all", "b.example"), "v=spf1 Include:b.example ~all");
        assert_eq!(with_ending("v=spf1 MX +all", "~all", &[]).as_deref(), Some("v=spf1 MX ~all"));
        assert_eq!(with_ending("v=spf1 mx exp=e.example.com", "~all", &[]).as_deref(), Some("v=spf1 mx ~all exp=e.example.com"));
        assert_eq!(with_ending("v=spf1 mx redirect=a.example", "~all", &[]), None);
    }
}
