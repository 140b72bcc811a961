//! A record as it was meant: what is wrong is named, and that alone is changed.

use super::record::{Dmarc, Policy, TAGS, is_dmarc, near, slips};
use super::uri;

/// A record that receivers read, and what was changed for it, each a sentence without its full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The record.
    pub record: String,
    /// What was wrong.
    pub named: Vec<String>,
}

/// A tag on its way; `text` is how it stood, as long as nothing of it is changed.
struct Tag {
    key: String,
    value: String,
    text: Option<String>,
}

/// Repairs a text that is meant as DMARC; nothing if no readable record comes of it.
#[must_use]
pub fn repair(text: &str) -> Option<Repaired> {
    let mut named: Vec<String> = vec![];
    let plain = characters(text, &mut named);
    let mut tags = split(&plain, &mut named);
    version(&mut tags, &mut named);
    let mut out: Vec<Tag> = vec![];
    for tag in tags {
        let Some(tag) = value(tag, &mut named) else { continue };
        match out.iter_mut().find(|t| t.key.eq_ignore_ascii_case(&tag.key)) {
            None => out.push(tag),
            Some(first) => {
                named.push(format!("{}= stands twice, which makes the whole record invalid", tag.key.to_ascii_lowercase()));
                let both = (Policy::from_word(&first.value), Policy::from_word(&tag.value));
                if first.key.eq_ignore_ascii_case("rua") || first.key.eq_ignore_ascii_case("ruf") {
                    first.value = format!("{},{}", first.value, tag.value);
                    first.text = None;
                } else if matches!(both, (Some(a), Some(b)) if b < a) {
                    // Neither was in force; the softer one is where to begin.
                    *first = tag;
                }
            }
        }
    }
    if !out.iter().any(|t| t.key.eq_ignore_ascii_case("p")) {
        named.push("p= is missing".into());
        out.insert(1.min(out.len()), Tag { key: "p".into(), value: "none".into(), text: None });
    }
    let record = out.into_iter().map(|t| t.text.unwrap_or(format!("{}={}", t.key, t.value))).collect::<Vec<_>>().join("; ");
    let parsed = Dmarc::parse(&record);
    let whole = is_dmarc(&record) && parsed.errors.is_empty() && parsed.rua_errors.is_empty() && parsed.effective().is_some();
    let mut once: Vec<String> = vec![];
    named.into_iter().for_each(|n| {
        if !once.contains(&n) {
            once.push(n);
        }
    });
    whole.then_some(Repaired { record, named: once })
}

/// Signs that look like others, and signs of forms and files that were pasted along.
fn characters(text: &str, named: &mut Vec<String>) -> String {
    let mut name = |what: &str| {
        if !named.iter().any(|n| n == what) {
            named.push(what.to_owned());
        }
    };
    let mut out = String::with_capacity(text.len());
    for c in text.trim().trim_matches(['\'', '’', '‘', '`']).chars() {
        match c {
            '"' | '“' | '”' | '„' | '‟' | '«' | '»' => name("quotes are typed into the value"),
            '\\' => name("a backslash is typed into the value"),
            '–' | '—' | '−' | '‐' | '‑' | '‒' => {
                name(&format!("a dash ({c}) stands in place of a hyphen (-)"));
                out.push('-');
            }
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => name("an invisible character stands in it"),
            '；' | '＝' | '：' | '，' => {
                name(&format!("a wide {c} stands in place of the plain sign"));
                out.push(match c {
                    '；' => ';',
                    '＝' => '=',
                    '：' => ':',
                    _ => ',',
                });
            }
            c if c != ' ' && c.is_whitespace() => {
                if !c.is_ascii() {
                    name("a space of another kind (non-breaking) stands in it");
                }
                out.push(' ');
            }
            c => out.push(c),
        }
    }
    out
}

/// Where a known tag begins inside a text: after white space or a comma, followed by `=`.
fn inner(text: &str) -> Option<usize> {
    let at_word = |i: usize| i > 0 && text.get(..i).is_some_and(|b| b.ends_with([' ', ',']));
    text.char_indices().map(|(i, _)| i).filter(|i| at_word(*i)).find(|i| {
        let rest = text.get(*i..).unwrap_or("");
        rest.split_once('=').is_some_and(|(k, _)| TAGS.iter().any(|t| t.eq_ignore_ascii_case(k.trim_end())))
    })
}

fn split(text: &str, named: &mut Vec<String>) -> Vec<Tag> {
    let mut pieces: Vec<&str> = vec![];
    for part in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
        let mut rest = part;
        while let Some(i) = inner(rest) {
            let (before, after) = rest.split_at(i);
            let key = after.split('=').next().unwrap_or("").trim();
            named.push(format!("a semicolon is missing before {key}="));
            pieces.push(before.trim_end_matches([' ', ',']));
            rest = after;
        }
        pieces.push(rest);
    }
    let mut out: Vec<Tag> = vec![];
    for piece in pieces.into_iter().filter(|p| !p.is_empty()) {
        if let Some((k, v)) = piece.split_once('=') {
            out.push(Tag { key: k.trim().to_owned(), value: v.trim().to_owned(), text: Some(piece.to_owned()) });
        } else if let Some((k, v)) = piece.split_once([':', ' ']).filter(|(k, _)| TAGS.iter().any(|t| t.eq_ignore_ascii_case(k.trim()))) {
            named.push(format!("an equals sign is missing after “{}”", k.trim()));
            out.push(Tag { key: k.trim().to_owned(), value: v.trim().to_owned(), text: None });
        } else if piece.to_ascii_lowercase().starts_with("dmarc") {
            named.push("v= is missing before DMARC1".into());
            out.push(Tag { key: "v".into(), value: piece.to_owned(), text: None });
        } else if let Some(last) = out.last_mut().filter(|t| piece.contains('@') && is_uris(&t.key)) {
            named.push("a semicolon stands between two addresses, where a comma belongs".into());
            last.value = format!("{},{piece}", last.value);
            last.text = None;
        } else {
            named.push(format!("“{piece}” is not a tag and is left out"));
        }
    }
    out
}

fn is_uris(key: &str) -> bool {
    key.eq_ignore_ascii_case("rua") || key.eq_ignore_ascii_case("ruf")
}

/// `v=DMARC1`, first and exact.
fn version(tags: &mut Vec<Tag>, named: &mut Vec<String>) {
    let at = tags.iter().position(|t| {
        t.key.eq_ignore_ascii_case("v")
            || (t.value.to_ascii_lowercase().starts_with("dmarc1") && !TAGS.iter().any(|k| k.eq_ignore_ascii_case(&t.key)))
    });
    let first = match at {
        None => {
            named.push("v=DMARC1 is missing at the beginning".into());
            Tag { key: "v".into(), value: "DMARC1".into(), text: None }
        }
        Some(i) => {
            let mut tag = tags.remove(i);
            if i > 0 {
                named.push("v=DMARC1 must come first".into());
            }
            if !tag.key.eq_ignore_ascii_case("v") {
                named.push(format!("“{}=” stands where v= belongs", tag.key));
            }
            if tag.value != "DMARC1" {
                named.push(format!("the version must be exactly DMARC1, not “{}”", tag.value));
            }
            if tag.value != "DMARC1" || !tag.key.eq_ignore_ascii_case("v") {
                tag = Tag { key: "v".into(), value: "DMARC1".into(), text: None };
            }
            tag
        }
    };
    tags.insert(0, first);
}

/// A tag with a value of its kind; nothing where no value can be meant, so that the default holds.
fn value(mut tag: Tag, named: &mut Vec<String>) -> Option<Tag> {
    let mut key = tag.key.to_ascii_lowercase();
    if key.trim().is_empty() {
        named.push(format!("“={}” has no name", tag.value));
        return None;
    }
    if !TAGS.contains(&key.as_str()) {
        // An unknown tag is ignored, and kept.
        let Some(meant) = near(&key, &TAGS) else { return Some(tag) };
        named.push(format!("“{}=” is not a tag; {meant}= is meant", tag.key));
        key = meant.to_owned();
        tag = Tag { key: key.clone(), value: tag.value, text: None };
    }
    let old = tag.value.clone();
    let word = |pairs: &[(&[&str], &str)]| {
        pairs
            .iter()
            .find(|(words, _)| words.iter().any(|w| w.eq_ignore_ascii_case(old.trim_end_matches('.'))))
            .map(|(_, w)| (*w).to_owned())
    };
    let good = match key.as_str() {
        "v" => Some(old.clone()),
        "p" | "sp" | "np" => {
            if Policy::from_word(&old).is_some() {
                Some(old.clone())
            } else {
                let near = ["none", "quarantine", "reject"].into_iter().find(|w| {
                    let typed = old.to_ascii_lowercase();
                    typed.starts_with(w) || slips(&typed, w) <= if w.len() > 4 { 2 } else { 1 }
                });
                near.map(str::to_owned).or_else(|| (key == "p").then(|| "none".to_owned()))
            }
        }
        "t" => word(&[(&["y", "yes", "true"], "y"), (&["n", "no", "false"], "n")]),
        "psd" => word(&[(&["y", "yes"], "y"), (&["n", "no"], "n"), (&["u"], "u")]),
        "adkim" | "aspf" => word(&[(&["r", "relaxed", "relax"], "r"), (&["s", "strict"], "s")]),
        "rua" | "ruf" => return uris(tag, named),
        _ => Dmarc::parse(&format!("v=DMARC1; {key}={old}")).errors.is_empty().then(|| old.clone()),
    };
    match good {
        Some(v) if v.eq_ignore_ascii_case(&old) => Some(tag),
        Some(v) => {
            named.push(format!("“{key}={old}” cannot be read; {key}={v} takes its place"));
            Some(Tag { value: v, text: None, key: tag.key })
        }
        None => {
            named.push(if old.is_empty() {
                format!("{key}= is empty")
            } else {
                format!("“{key}={old}” cannot be read and is left out")
            });
            None
        }
    }
}

fn uris(tag: Tag, named: &mut Vec<String>) -> Option<Tag> {
    let list = tag.value.replace("%2C", ",").replace("%2c", ",").replace('|', ",");
    let mut out: Vec<String> = vec![];
    for part in list.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        // Two addresses with only a space between.
        let parts: Vec<&str> = if part.matches('@').count() > 1 { part.split_whitespace().collect() } else { vec![part] };
        for u in parts {
            match uri::repaired(u) {
                Some(good) if out.contains(&good) => {}
                Some(good) => out.push(good),
                None => named.push(format!("“{u}” is no address for reports and is left out")),
            }
        }
    }
    named.extend(tag.value.split(',').map(str::trim).filter(|u| !u.is_empty()).filter_map(|u| uri::address(u).err()));
    if !out.is_empty() && tag.value.split(',').any(|u| u.trim().is_empty()) {
        named.push(format!("{}= has a comma with no address beside it", tag.key));
    }
    let same = out.iter().map(String::as_str).eq(tag.value.split(',').map(str::trim));
    match (out.is_empty(), same) {
        (true, _) => {
            named.push(format!("{}= names no address", tag.key));
            None
        }
        (_, true) => Some(tag),
        _ => Some(Tag { value: out.join(","), text: None, key: tag.key }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_and_that_is_repaired() {
        for (text, said, want) in [
            ("v=dmarc1; p=none", "exactly DMARC1", "v=DMARC1; p=none"),
            ("v=DMARC1.0; p=none", "exactly DMARC1", "v=DMARC1; p=none"),
            ("v=DMARC 1; p=none", "exactly DMARC1", "v=DMARC1; p=none"),
            ("DMARC1; p=none", "v= is missing", "v=DMARC1; p=none"),
            ("v:DMARC1; p:none", "equals sign is missing", "v=DMARC1; p=none"),
            ("v=DMARC1 p=none", "semicolon is missing before p=", "v=DMARC1; p=none"),
            ("v=DMARC1, p=none, rua=mailto:a@acme.com", "semicolon is missing before rua=", "v=DMARC1; p=none; rua=mailto:a@acme.com"),
            ("\"v=DMARC1; p=reject\"", "quotes", "v=DMARC1; p=reject"),
            ("“v=DMARC1; p=reject”", "quotes", "v=DMARC1; p=reject"),
            ("v=DMARC1\\; p=none\\; sp=none", "backslash", "v=DMARC1; p=none; sp=none"),
            ("v=DMARC1; p=none; rua=mailto:d–r@acme.com", "a dash (–)", "v=DMARC1; p=none; rua=mailto:d-r@acme.com"),
            ("v=DMARC1;\u{a0}p=none", "non-breaking", "v=DMARC1; p=none"),
            ("v=DMARC1； p=none", "wide ；", "v=DMARC1; p=none"),
            ("\u{feff}v=DMARC1; p=none", "invisible", "v=DMARC1; p=none"),
            ("p=none; v=DMARC1", "must come first", "v=DMARC1; p=none"),
            ("p=none; rua=mailto:a@acme.com", "missing at the beginning", "v=DMARC1; p=none; rua=mailto:a@acme.com"),
            ("v=DMARC1; p=quarentine; sp=reject; adkim=s", "p=quarantine takes", "v=DMARC1; p=quarantine; sp=reject; adkim=s"),
            ("v=DMARC1; p=blok", "p=none takes", "v=DMARC1; p=none"),
            ("v=DMARC1; sp=reject", "p= is missing", "v=DMARC1; p=none; sp=reject"),
            ("v=DMARC1; p=reject; p=none", "stands twice", "v=DMARC1; p=none"),
            ("v=DMARC1; p=none; adkim=strict; aspf=x", "adkim=s takes", "v=DMARC1; p=none; adkim=s"),
            ("v=DMARC1; p=none; rau=mailto:a@acme.com", "rua= is meant", "v=DMARC1; p=none; rua=mailto:a@acme.com"),
            (
                "v=DMARC1; p=none; rua=mailto:a@x.com; mailto:b@y.com",
                "a comma belongs",
                "v=DMARC1; p=none; rua=mailto:a@x.com,mailto:b@y.com",
            ),
            ("v=DMARC1; p=none; rua=mailto:a@x.com,b@y.com", "lacks mailto:", "v=DMARC1; p=none; rua=mailto:a@x.com,mailto:b@y.com"),
            ("v=DMARC1; p=none; rua=mailto:a@x.com mailto:b@y.com", "two addresses", "v=DMARC1; p=none; rua=mailto:a@x.com,mailto:b@y.com"),
            ("v=DMARC1; p=none; rua=mailto:a@x.com%2Cb@y.com", "two addresses", "v=DMARC1; p=none; rua=mailto:a@x.com,mailto:b@y.com"),
            (
                "v=DMARC1; p=none; rua=mailto:a@x.com,,mailto:b@y.com.",
                "a comma with no",
                "v=DMARC1; p=none; rua=mailto:a@x.com,mailto:b@y.com",
            ),
            ("v=DMARC1; p=none; rua=mailto:a@x.com; rua=mailto:b@y.com", "twice", "v=DMARC1; p=none; rua=mailto:a@x.com,mailto:b@y.com"),
            ("v=DMARC1; p = None ;x-own=1; junk", "“junk”", "v=DMARC1; p = None; x-own=1"),
        ] {
            let got = repair(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(got.record, want, "{text}: {:?}", got.named);
            assert!(got.named.iter().any(|n| n.contains(said)), "{text}: {:?}", got.named);
        }
    }
}
