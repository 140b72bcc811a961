//! Further languages, from files beside the product. Pages are written in English where they stand; on its way out a
//! page's texts are looked up one by one in the reader's language, so that no component knows of languages. What a file
//! does not hold stays English. `cargo xtask messages FILE` writes such a file.

use lol_html::html_content::ContentType;
use lol_html::{RewriteStrSettings, element, rewrite_str, text};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

/// The message whose translation shows how numbers are written.
const NUMBER: &str = "1,234.5";

/// The languages of an instance.
#[derive(Debug, Default)]
pub struct Languages(Vec<(String, Dictionary)>);

/// The messages of one language.
#[derive(Debug, Default)]
pub struct Dictionary {
    whole: HashMap<String, String>,
    /// By the first letter: the pieces between places, and the translation.
    parts: HashMap<Option<char>, Vec<(Vec<String>, String)>>,
}

impl Languages {
    /// Every `TAG.tsv` of a folder, such as `de.tsv`.
    ///
    /// # Errors
    /// If the folder or a file cannot be read, or a line is not as it should be.
    pub fn load(folder: Option<&Path>) -> Result<Self, String> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        let wrong = |e: std::io::Error| format!("{} cannot be read: {e}.", folder.display());
        let mut list = vec![];
        for entry in std::fs::read_dir(folder).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            let tag = path.file_stem().and_then(|s| s.to_str()).unwrap_or("").to_lowercase();
            if path.extension().is_some_and(|e| e == "tsv") {
                let text = std::fs::read_to_string(&path).map_err(|e| format!("{} cannot be read: {e}.", path.display()))?;
                list.push((tag, Dictionary::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?));
            }
        }
        list.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self(list))
    }

    /// Whether there is none but English.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The language that a reader likes best (RFC 9110 section 12.5.4); `None` for English.
    #[must_use]
    pub fn choose(&self, accept: &str) -> Option<&(String, Dictionary)> {
        let mut wanted: Vec<(String, f32)> = accept
            .split(',')
            .map(|part| {
                let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
                let q = rest.trim().strip_prefix("q=").map_or(1.0, |q| q.parse().unwrap_or(0.0));
                (tag.trim().to_lowercase(), q)
            })
            .filter(|(_, q)| *q > 0.0)
            .collect();
        wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (tag, _) in wanted {
            let base = tag.split('-').next().unwrap_or("");
            if let Some(found) = self.0.iter().find(|(t, _)| *t == tag || t == base) {
                return Some(found);
            }
            if matches!(base, "en" | "*") {
                return None;
            }
        }
        None
    }
}

/// The values at the places, if the text is of the form that has these pieces between them.
fn values<'a>(pieces: &[String], text: &'a str) -> Option<Vec<&'a str>> {
    let (first, rest) = pieces.split_first()?;
    let mut left = text.strip_prefix(first.as_str())?;
    let mut out = vec![];
    for (i, piece) in rest.iter().enumerate() {
        let at = if i + 1 == rest.len() && piece.is_empty() {
            left.len()
        } else if i + 1 == rest.len() {
            left.strip_suffix(piece.as_str())?.len()
        } else {
            left.find(piece.as_str())?
        };
        out.push(left.get(..at)?);
        left = left.get(at + piece.len()..)?;
    }
    left.is_empty().then_some(out)
}

impl Dictionary {
    /// One message a line: English, a tab, the translation. `{}` stands for what a page fills in; a translation names
    /// another order as `{1}`, `{2}`. Lines without a translation count for nothing.
    ///
    /// # Errors
    /// Names the line that has no tab, or whose translation lacks a place.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut d = Self::default();
        for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
            let (english, other) = line.split_once('\t').ok_or_else(|| format!("line {} has no tab.", n + 1))?;
            let other = other.trim().to_owned();
            if other.is_empty() {
                continue;
            }
            let pieces: Vec<String> = english.split("{}").map(str::to_owned).collect();
            if pieces.len() == 1 {
                d.whole.insert(english.to_owned(), other);
                continue;
            }
            let places = other.matches("{}").count() + (1..pieces.len()).filter(|i| other.contains(&format!("{{{i}}}"))).count();
            if places < pieces.len() - 1 {
                return Err(format!("line {} leaves out a place.", n + 1));
            }
            d.parts.entry(english.chars().next().filter(|c| *c != '{')).or_default().push((pieces, other));
        }
        // The longest says most about what the text is.
        for list in d.parts.values_mut() {
            list.sort_by_key(|(p, _)| std::cmp::Reverse(p.iter().map(String::len).sum::<usize>()));
        }
        Ok(d)
    }

    /// A text in this language, with the spaces around it as they were; what stands at a place is looked up too.
    #[must_use]
    pub fn say(&self, text: &str) -> Option<String> {
        let inner = text.trim();
        let lead = text.len() - text.trim_start().len();
        let said = self.look_up(inner)?;
        Some(format!("{}{said}{}", text.get(..lead)?, text.get(lead + inner.len()..)?))
    }

    fn look_up(&self, text: &str) -> Option<String> {
        if text.is_empty() {
            return None;
        }
        if let Some(said) = self.number(text) {
            return Some(said);
        }
        if let Some(found) = self.whole.get(text) {
            return Some(found.clone());
        }
        let lists = [self.parts.get(&text.chars().next()), self.parts.get(&None)];
        let Some((places, other)) = lists.into_iter().flatten().flatten().find_map(|(p, other)| Some((values(p, text)?, other))) else {
            return self.put_together(text);
        };
        let mut out = other.clone();
        for (i, value) in places.iter().enumerate() {
            let value = self.say(value).unwrap_or_else(|| (*value).to_owned());
            let numbered = format!("{{{}}}", i + 1);
            out = if out.contains(&numbered) { out.replace(&numbered, &value) } else { out.replacen("{}", &value, 1) };
        }
        Some(out)
    }

    /// A number with a decimal point: `+75.8`, `26.1 %`.
    fn number(&self, text: &str) -> Option<String> {
        let mark = self.whole.get(NUMBER)?.chars().rev().nth(1)?;
        let digits = text.trim_start_matches(['+', '-', '−']).trim_end_matches('%').trim_end();
        let (whole, part) = digits.split_once('.')?;
        let plain = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_digit());
        (plain(whole) && plain(part)).then(|| text.replacen('.', &mark.to_string(), 1))
    }

    /// A list of messages, a number with what it counts, the end of a trail.
    fn put_together(&self, text: &str) -> Option<String> {
        for between in [" · ", ", "] {
            if text.contains(between) {
                let said: Vec<Option<String>> = text.split(between).map(|p| self.say(p)).collect();
                if said.iter().all(Option::is_none) {
                    continue;
                }
                let list: Vec<String> = text.split(between).zip(said).map(|(p, s)| s.unwrap_or_else(|| p.to_owned())).collect();
                return Some(list.join(between));
            }
        }
        let (first, rest) = text.split_once(' ')?;
        let said = self.say(rest).filter(|_| first.chars().all(|c| !c.is_alphabetic()))?;
        Some(format!("{} {said}", self.number(first).unwrap_or_else(|| first.to_owned())))
    }
}

/// A page in another language. Code, values to paste, and what is marked `translate="no"` stay.
///
/// # Errors
/// If the page is no HTML.
pub fn translate(html: &str, tag: &str, d: &Dictionary) -> Result<String, lol_html::errors::RewritingError> {
    let depth = Rc::new(Cell::new(0_u32));
    let held = RefCell::new(String::new());
    let inside = depth.clone();
    let handlers = [
        element!("html", |e| Ok(e.set_attribute("lang", tag)?)),
        element!("script, style, pre, code, textarea, .mono, [translate=no]", move |e| {
            depth.set(depth.get() + 1);
            let depth = depth.clone();
            e.on_end_tag(lol_html::end_tag!(move |_| {
                depth.set(depth.get().saturating_sub(1));
                Ok(())
            }))?;
            Ok(())
        }),
        element!("[aria-label], [placeholder], [title], [alt]", |e| {
            for name in ["aria-label", "placeholder", "title", "alt"] {
                let said = e.get_attribute(name).and_then(|v| d.say(&html_escape::decode_html_entities(&v)));
                if let Some(said) = said {
                    e.set_attribute(name, &html_escape::encode_double_quoted_attribute(&said))?;
                }
            }
            Ok(())
        }),
        text!("title, body *", |t| {
            if inside.get() > 0 {
                return Ok(());
            }
            // A text may come in pieces.
            held.borrow_mut().push_str(t.as_str());
            if !t.last_in_text_node() {
                t.remove();
                return Ok(());
            }
            let whole = held.take();
            match d.say(&html_escape::decode_html_entities(&whole)) {
                Some(said) => t.replace(&said, ContentType::Text),
                None => t.replace(&whole, ContentType::Html),
            }
            Ok(())
        }),
    ];
    let settings = handlers.into_iter().fold(RewriteStrSettings::new(), RewriteStrSettings::append_element_content_handler);
    rewrite_str(html, settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DE: &str = "# German\n1,234.5\t1.234,5\nProjects\tProjekte\n{} of {} met\t{} von {} erfüllt\nscanned {} in {}\tin {2}, {1} geprüft\nSign in\t\nOwner\tInhaber\nYou are its {}\tDu bist {}\nA & B\tA & <B>\n";

    #[test]
    fn texts_are_looked_up_whole_or_by_their_form() {
        let d = Dictionary::parse(DE).unwrap();
        for (text, said) in [
            ("Projects", Some("Projekte")),
            ("  Projects ", Some("  Projekte ")),
            ("3 of 8 met", Some("3 von 8 erfüllt")),
            ("scanned now in 2 s", Some("in 2 s, now geprüft")),
            ("You are its Owner", Some("Du bist Inhaber")),
            ("/ Projects", Some("/ Projekte")),
            ("−75.8", Some("−75,8")),
            ("26.1 %", Some("26,1 %")),
            ("1.5 of 8 met", Some("1,5 von 8 erfüllt")),
            ("4.5 Projects", Some("4,5 Projekte")),
            ("192.0.2.1", None),
            ("v1.2", None),
            ("12 Projects, x · Owner", Some("12 Projekte, x · Inhaber")),
            ("2 Projects, Owner", Some("2 Projekte, Inhaber")),
            ("Sign in", None),
            ("Project", None),
            ("", None),
        ] {
            assert_eq!(d.say(text).as_deref(), said, "{text}");
        }
        assert_eq!(Dictionary::parse("x {} y\tz").unwrap_err(), "line 1 leaves out a place.");
        assert_eq!(Dictionary::parse("a\tb\nx").unwrap_err(), "line 2 has no tab.");
    }

    #[test]
    fn pages_change_their_texts_and_nothing_else() {
        let d = Dictionary::parse(DE).unwrap();
        let page = r#"<!DOCTYPE html><html lang="en"><head><title>Projects</title><script>"Projects"</script></head><body><h1 title="Projects" class="Projects">Projects<!> (2)</h1><p>A &amp; B</p><pre>Projects</pre><p translate="no"><b>Projects</b></p><textarea>Projects</textarea><p>&lt;b&gt;</p></body></html>"#;
        let said = translate(page, "de", &d).unwrap();
        assert_eq!(
            said,
            r#"<!DOCTYPE html><html lang="de"><head><title>Projekte</title><script>"Projects"</script></head><body><h1 title="Projekte" class="Projects">Projekte<!> (2)</h1><p>A &amp; &lt;B&gt;</p><pre>Projects</pre><p translate="no"><b>Projects</b></p><textarea>Projects</textarea><p>&lt;b&gt;</p></body></html>"#
        );
    }

    #[test]
    fn readers_get_what_they_like_best() {
        let all = Languages(vec![("de".into(), Dictionary::default()), ("pt-br".into(), Dictionary::default())]);
        for (accept, tag) in [
            ("de-CH, en;q=0.5", Some("de")),
            ("en, de;q=0.9", None),
            ("fr, de;q=0.2", Some("de")),
            ("pt-BR", Some("pt-br")),
            ("pt", None),
            ("de;q=0", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(all.choose(accept).map(|(t, _)| t.as_str()), tag, "{accept}");
        }
    }
}
