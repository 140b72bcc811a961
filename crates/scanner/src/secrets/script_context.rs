//! Where in a script something stands: at the start of a string, inside a longer text, or in a comment.

use super::mask;
use readiness::evidence::{Around, Standing};
use readiness::local::{BASE, CALL};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Characters kept before and after a find.
const BEFORE: usize = 240;
const AFTER: usize = 160;
/// Characters kept of the place where a name is used.
const USE: usize = 80;

/// A literal or a comment of a script, with the bytes that it covers, delimiters left out.
struct Piece {
    range: Range<usize>,
    comment: bool,
}

/// The surroundings of a find. `pieces` come from [`read`].
pub fn around(text: &str, pieces: &Pieces, found: Range<usize>) -> Around {
    let standing = match pieces.at(found.start) {
        None => Standing::Bare,
        Some(p) if p.comment => Standing::Comment,
        Some(p) if p.range.start == found.start => Standing::Whole,
        Some(_) => Standing::Inside,
    };
    let before = text.get(text.floor_char_boundary(found.start.saturating_sub(BEFORE))..found.start).unwrap_or("");
    let after = text.get(found.end..text.floor_char_boundary(found.end + AFTER)).unwrap_or("");
    let used = (standing == Standing::Whole).then(|| bound_name(before)).flatten().and_then(|name| first_use(text, name));
    Around { standing, before: masked(before), after: masked(after), used: used.map(|u| masked(&u)) }
}

/// Nothing that looks like a key leaves, also not beside what was looked for.
fn masked(text: &str) -> String {
    mask::page(text.as_bytes())
}

/// The name that a string is given to: `const a="…`, `,a="…`.
fn bound_name(before: &str) -> Option<&str> {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?:^|[\s,;{}(])([A-Za-z_$][\w$]{0,40})\s*=\s*["'`]$"#).ok());
    NAME.as_ref()?.captures(before)?.get(1).map(|m| m.as_str())
}

/// The first place where a name begins an address that is asked for: `` fetch(`${a}/users`) ``,
/// `axios.get(a+"/users")`, `{baseURL:a}`. None if the name is bound more than once, since a
/// minifier gives one name to several things.
fn first_use(text: &str, name: &str) -> Option<String> {
    let n = regex::escape(name);
    let bindings = Regex::new(&format!(r"(?:^|[^\w$.]){n}\s*=[^=>]")).ok()?.find_iter(text).take(2).count();
    let parameter = Regex::new(&format!(r"(?:^|[^\w$.]){n}\s*=>|[(,]\s*{n}\s*(?:,[\w$\s,]*)?\)\s*(?:=>|\{{)")).ok()?;
    if bindings != 1 || parameter.is_match(text) {
        return None;
    }
    let begins = format!(r#"(?:`\$\{{{n}\}}|"{{2}}\.concat\({n}[,)]|{n}\s*(?:\+|\.concat\(|[,)\}}]))"#);
    let call = Regex::new(&format!("(?:{CALL}|{BASE}){begins}")).ok()?;
    call.find(text).map(|m| text.get(m.start()..text.floor_char_boundary(m.start() + USE)).unwrap_or("").to_owned())
}

/// The literals and comments of a script, in order.
pub struct Pieces(Vec<Piece>);

impl Pieces {
    fn at(&self, at: usize) -> Option<&Piece> {
        let next = self.0.partition_point(|p| p.range.start <= at);
        self.0.get(next.checked_sub(1)?).filter(|p| at < p.range.end)
    }
}

/// Reads a script's literals and comments (ECMA-262 section 12), as far as that can be told without
/// a grammar: a slash begins a regular expression where a value cannot end before it.
fn read(text: &str) -> Pieces {
    let b = text.as_bytes();
    let mut out = vec![];
    // Depths of braces at which a template's `${` was opened.
    let mut templates: Vec<usize> = vec![];
    let (mut depth, mut i) = (0usize, 0usize);
    // The last byte that is no space, `"` after any literal; and where the last word began.
    let (mut last, mut word) = (b';', 0usize);
    while let Some(&c) = b.get(i) {
        let next = b.get(i + 1).copied().unwrap_or(0);
        let mut literal = |end: usize, comment: bool| out.push(Piece { range: i + 1..end, comment });
        match c {
            b'/' if next == b'/' || next == b'*' => {
                let end =
                    if next == b'/' { find(b, i, |w| matches!(w, [b'\n' | b'\r', ..])) } else { find(b, i + 2, |w| w.starts_with(b"*/")) };
                literal(end, true);
                i = if next == b'/' { end } else { end + 2 };
                continue;
            }
            b'"' | b'\'' => {
                let end = string(b, i + 1, c);
                literal(end, false);
                (i, last) = (end + 1, b'"');
                continue;
            }
            b'/' if begins_regex(last, text.get(word..i).unwrap_or("")) => {
                let end = regex_end(b, i + 1);
                literal(end, true);
                (i, last) = (end + 1, b'"');
                continue;
            }
            b'`' => {
                i = template(b, i + 1, &mut out, &mut templates, depth) + 1;
                last = b'"';
                continue;
            }
            b'}' if templates.last() == Some(&depth) => {
                templates.pop();
                i = template(b, i + 1, &mut out, &mut templates, depth) + 1;
                last = b'"';
                continue;
            }
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if is_word(c) && !i.checked_sub(1).and_then(|p| b.get(p)).is_some_and(|p| is_word(*p)) {
            word = i;
        }
        if !c.is_ascii_whitespace() {
            last = c;
        }
        i += 1;
    }
    Pieces(out)
}

/// The same of whatever is served: of a page its scripts alone, since markup is no script.
pub fn read_served(text: &str) -> Pieces {
    if !text.trim_start().starts_with('<') {
        return read(text);
    }
    let mut out = vec![];
    let mut at = 0;
    let find = |from: usize, what: &str| text.get(from..).and_then(|t| t.find(what)).map(|i| from + i);
    while let Some(begin) = find(at, "<script").and_then(|open| find(open, ">")).map(|i| i + 1) {
        let end = find(begin, "</script").unwrap_or(text.len());
        let pieces = read(text.get(begin..end).unwrap_or("")).0;
        out.extend(pieces.into_iter().map(|p| Piece { range: p.range.start + begin..p.range.end + begin, comment: p.comment }));
        at = end;
    }
    Pieces(out)
}

const fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'_' | b'$')
}

fn find(b: &[u8], from: usize, is: impl Fn(&[u8]) -> bool) -> usize {
    (from..b.len()).find(|at| b.get(*at..).is_some_and(&is)).unwrap_or(b.len())
}

/// The end of a string; a line's end ends a broken one.
fn string(b: &[u8], mut i: usize, quote: u8) -> usize {
    while let Some(&c) = b.get(i) {
        match c {
            b'\\' => i += 1,
            b'\n' => return i,
            _ if c == quote => return i,
            _ => {}
        }
        i += 1;
    }
    b.len()
}

/// A template's text up to its end or to `${`; where that was.
fn template(b: &[u8], from: usize, out: &mut Vec<Piece>, open: &mut Vec<usize>, depth: usize) -> usize {
    let mut i = from;
    while let Some(&c) = b.get(i) {
        match c {
            b'\\' => i += 1,
            b'`' => break,
            b'$' if b.get(i + 1) == Some(&b'{') => {
                out.push(Piece { range: from..i, comment: false });
                open.push(depth);
                // The `{` itself is behind; its `}` comes at this depth.
                return i + 1;
            }
            _ => {}
        }
        i += 1;
    }
    let end = i.min(b.len());
    out.push(Piece { range: from..end, comment: false });
    end
}

fn begins_regex(last: u8, word: &str) -> bool {
    let keyword =
        is_word(last) && ["return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do"].contains(&word.trim());
    keyword || !(is_word(last) || matches!(last, b')' | b']' | b'}' | b'"'))
}

fn regex_end(b: &[u8], mut i: usize) -> usize {
    let mut class = false;
    while let Some(&c) = b.get(i) {
        match c {
            b'\\' => i += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return i,
            b'\n' => return i,
            _ => {}
        }
        i += 1;
    }
    b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(text: &str) -> Standing {
        let at = text.find("http://").unwrap();
        around(text, &read_served(text), at..at + 21).standing
    }

    #[test]
    fn what_stands_where() {
        for (text, want) in [
            (r#"fetch("http://localhost:3000/api")"#, Standing::Whole),
            ("fetch(`http://localhost:3000/${id}`)", Standing::Whole),
            ("a(`x${b({c:1})}y`);fetch('http://localhost:3000')", Standing::Whole),
            (r#"a="curl http://localhost:3000/api""#, Standing::Inside),
            ("a=`await fetch('http://localhost:3000')`", Standing::Inside),
            (r#"a='await fetch("http://localhost:3000")'"#, Standing::Inside),
            ("// see http://localhost:3000\nx()", Standing::Comment),
            ("/* http://localhost:3000 */x()", Standing::Comment),
            ("a=b/c;d=\"http://localhost:3000\";e=f/g", Standing::Whole),
            (r#"a.replace(/["'`]/g,"");fetch("http://localhost:3000")"#, Standing::Whole),
            (r#"return/"/.test(x),"http://localhost:3000""#, Standing::Whole),
            (r#"x="a\"b";y="http://localhost:3000""#, Standing::Whole),
            // Nuxt's configuration in a page, behind markup that reads like a regular expression or an open string.
            (
                r#"<p>it's 1</p><div id="a"></div><script>window.__NUXT__={};window.__NUXT__.config={public:{apiBase:"http://localhost:8080/api"}}</script>"#,
                Standing::Whole,
            ),
            (r#"<script>a="x"</script><p>'</p><script type="module">fetch("http://localhost:3000")</script>"#, Standing::Whole),
            (r#"<script>a='say "http://localhost:3000"'</script>"#, Standing::Inside),
        ] {
            assert_eq!(standing(text), want, "{text}");
        }
    }

    #[test]
    fn where_a_name_is_used() {
        let used = |text: &str| {
            let at = text.find("http://").unwrap();
            around(text, &read(text), at..at + 21).used
        };
        for text in [
            r#"const Gt="http://localhost:5000";async function l(){return(await fetch(`${Gt}/users`)).json()}"#,
            r#"var e=1,t="http://localhost:5000";x.get(t+"/users")"#,
            r#"const a="http://localhost:5000",i=q.create({baseURL:a,timeout:1})"#,
            r#"var n="http://localhost:5000";fetch("".concat(n,"/x"))"#,
        ] {
            assert!(used(text).is_some(), "{text}");
        }
        for text in [
            r#"const a="http://localhost:9999",b={url:a,storageKey:"x"};"#,
            r#"const e="http://localhost:9999";function f(e){return fetch(`${e}/x`)}"#,
            r#"const e="http://localhost:9999";let g=e=>fetch(`${e}/x`)"#,
        ] {
            assert_eq!(used(text), None, "{text}");
        }
    }
}
