//! `cargo xtask messages FILE`: every text that a page may show, collected from the sources into a file for a
//! translator. Translations that the file holds already are kept; texts that are gone go.

use crate::step::{Result, files, root, sources};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

/// Where texts of pages stand.
const SOURCES: [&str; 3] = ["app/src", "server/src/web", "crates/readiness/src"];
/// Tables whose cells are shown.
const DATA: [&str; 2] = ["crates/readiness/catalogue/entries.tsv", "crates/readiness/data/questions.tsv"];
/// The folder of the guides, whose lines are shown from the first block on.
const GUIDES: &str = "crates/readiness/data/guides";
/// Attributes of elements that people read or hear.
const READ: [&str; 4] = ["aria-label", "placeholder", "title", "alt"];
/// Attributes whose value is never read, even where it is put together.
const UNREAD: [&str; 8] = ["class", "href", "id", "name", "for", "action", "src", "d"];

/// Writes the file.
pub fn messages(args: &[String]) -> Result<bool> {
    let [file] = args else { return Err("which file? cargo xtask messages languages/de.tsv".into()) };
    let path = PathBuf::from(file);
    let kept: HashMap<String, String> = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .filter_map(|l| l.split_once('\t').map(|(a, b)| (a.to_owned(), b.to_owned())))
        .collect();
    let found = collect()?;
    let mut out = String::from("# English, a tab, the translation. {} is filled in by a page; {1}, {2} put places in another order.\n");
    let mut done = 0;
    for (message, place) in &found {
        let said = kept.get(message).filter(|s| !s.is_empty());
        done += usize::from(said.is_some());
        let _ = writeln!(out, "# {place}\n{message}\t{}", said.map_or("", String::as_str));
    }
    std::fs::write(&path, out).map_err(|e| format!("{}: {e}", path.display()))?;
    let gone = kept.keys().filter(|k| !k.starts_with('#') && !found.contains_key(*k)).count();
    println!("{} messages, {done} translated, {gone} gone", found.len());
    Ok(true)
}

/// Every message with the file that it stands in.
fn collect() -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::from([("1,234.5".to_owned(), "how numbers are written".to_owned())]);
    for source in SOURCES {
        for path in sources(&root().join(source))? {
            let place = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{place}: {e}"))?;
            let tokens = TokenStream::from_str(&text).map_err(|e| format!("{place}: {e}"))?;
            let mut found = BTreeSet::new();
            walk(tokens, &mut found);
            for message in found {
                out.entry(message).or_insert_with(|| place.clone());
            }
        }
    }
    let mut shown = |cell: &str, place: &str| {
        if let Some(cell) = literal(&format!("{cell:?}"))
            && is_read(&cell)
            && (cell.contains(' ') || cell.starts_with(char::is_uppercase))
        {
            out.entry(cell).or_insert_with(|| place.to_owned());
        }
    };
    for place in DATA {
        let text = std::fs::read_to_string(root().join(place)).map_err(|e| format!("{place}: {e}"))?;
        for cell in text.lines().filter(|l| !l.starts_with('#')).flat_map(|l| l.split('\t')) {
            shown(cell.trim_start_matches('~').trim(), place);
        }
    }
    for path in files(&root().join(GUIDES), "txt")? {
        let place = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{place}: {e}"))?;
        // "== provider | layer | kind", "< undo", "! risk", "? header: step"; "| snippet", "@ file" and "# minutes" are no prose.
        let heads = text.lines().filter_map(|l| l.strip_prefix("== ")?.split(" | ").next());
        heads.flat_map(|names| names.split(", ")).for_each(|name| shown(name, &place));
        for line in text.lines().skip_while(|l| !l.starts_with("== ")).filter(|l| !l.starts_with(['|', '@', '#', '='])) {
            let step = line.strip_prefix("? ").and_then(|l| l.split_once(": ")).map_or(line, |(_, step)| step);
            shown(step.trim_start_matches(['<', '!']).trim(), &place);
        }
    }
    Ok(out)
}

fn word(t: Option<&TokenTree>) -> String {
    t.map(ToString::to_string).unwrap_or_default()
}

/// The name of the attribute whose `=` is at `at`, with its dashes; empty where something else is set.
fn name_before(tokens: &[TokenTree], at: usize) -> String {
    let mut name = vec![];
    let mut i = at;
    while let Some(TokenTree::Ident(w)) = i.checked_sub(1).and_then(|n| tokens.get(n)) {
        name.push(w.to_string());
        i -= 1;
        if i.checked_sub(1).map(|n| word(tokens.get(n))).as_deref() != Some("-") {
            break;
        }
        i -= 1;
    }
    let set = i.checked_sub(1).map(|n| word(tokens.get(n))).unwrap_or_default();
    if matches!(set.as_str(), "let" | "mut" | "static" | ":" | "&" | ".") {
        return String::new();
    }
    name.reverse();
    // Words of our own enumerations begin with a capital; attributes do not.
    if name.concat().starts_with(char::is_uppercase) { String::new() } else { name.join("-") }
}

fn walk(stream: TokenStream, out: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        match token {
            // Attributes of Rust; what is behind #[cfg(test)] or #[test] is for nobody's eyes.
            TokenTree::Punct(p) if p.as_char() == '#' => {
                let inside = word(tokens.get(i + 1));
                i += 1;
                if inside.starts_with("[cfg (test") || inside.starts_with("[cfg(test") || inside == "[test]" {
                    while tokens
                        .get(i)
                        .is_some_and(|t| !matches!(t, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace) && word(Some(t)) != ";")
                    {
                        i += 1;
                    }
                }
            }
            TokenTree::Group(g) => {
                let call = i.checked_sub(1).map(|n| word(tokens.get(n))) == Some("!".into());
                let macro_name = if call { i.checked_sub(2).map(|n| word(tokens.get(n))).unwrap_or_default() } else { String::new() };
                let assigned = i >= 3 && word(tokens.get(i - 3)) == "=";
                let hidden = (macro_name == "format" && assigned && UNREAD.contains(&name_before(&tokens, i - 3).as_str()))
                    || matches!(
                        macro_name.as_str(),
                        "assert" | "assert_eq" | "debug_assert" | "info" | "warn" | "error" | "panic" | "expect" | "json"
                    );
                if !hidden {
                    walk(g.stream(), out);
                }
            }
            TokenTree::Literal(l) => {
                let before = i.checked_sub(1).map(|n| word(tokens.get(n))).unwrap_or_default();
                let name = if before == "=" { name_before(&tokens, i - 1) } else { String::new() };
                if let Some(text) = literal(&l.to_string())
                    && (name.is_empty() || READ.contains(&name.as_str()))
                    && is_read(&text)
                {
                    out.insert(text);
                }
            }
            _ => {}
        }
        i += 1;
    }
}

/// The text of a literal, with `{}` for every place and escapes as the file has them; `None` for what is no text.
fn literal(source: &str) -> Option<String> {
    let raw = source.strip_prefix('r').map(|s| s.trim_matches('#'));
    let text = match raw {
        Some(s) => s.strip_prefix('"')?.strip_suffix('"')?.to_owned(),
        None => source.strip_prefix('"')?.strip_suffix('"')?.replace("\\\"", "\"").replace("\\u{a0}", "\u{a0}").replace("\\\\", "\\"),
    };
    let mut out = String::new();
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => {
                chars.next();
                out.push('{');
            }
            '}' if chars.peek() == Some(&'}') => {
                chars.next();
                out.push('}');
            }
            '{' => {
                for c in chars.by_ref() {
                    if c == '}' {
                        break;
                    }
                }
                out.push_str("{}");
            }
            c => out.push(c),
        }
    }
    Some(out)
}

/// Whether somebody may read it: words, not names of things.
fn is_read(text: &str) -> bool {
    let letters = text.replace("{}", "").chars().filter(|c| c.is_alphabetic()).count();
    let sentence = text.contains(' ') || text.chars().next().is_some_and(char::is_uppercase);
    let technical = text.starts_with('<')
        || (!text.contains(' ') && (text.starts_with(['/', '.', '?', '#', '&', '_', '-', '@']) || text.contains("://{}")))
        || text.contains("SELECT ")
        || text.contains("=\"")
        || text.contains('\t')
        // Ids of checks, names of ciphers, numbers of RFCs.
        || (text.contains(|c: char| c == '_' || c.is_ascii_digit()) && !text.contains(char::is_lowercase));
    letters >= 2
        && (sentence || text.trim_end_matches([',', '.', ':', '…']).chars().all(char::is_lowercase))
        && !technical
        && !text.contains("\\n")
        && !text.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_from_names() {
        let source = r##"
            /// Not this.
            fn page() { let a = format!("{} of {n:.1} met", 1); view! { <p class="small muted" aria-label="Go on" title=x>"Hello "{a}<a class=format!("o {}", x) href="/x y">"Sign in"</a></p> } }
            const K: &str = "Needs you today";
            #[cfg(test)] mod tests { fn x() { f("Not that") } }
            #[test] fn y() { assert_eq!(a, "Nor that"); }
        "##;
        let mut found = BTreeSet::new();
        walk(TokenStream::from_str(source).unwrap(), &mut found);
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["Go on", "Hello", "Needs you today", "Sign in", "{} of {} met"]);
    }
}
