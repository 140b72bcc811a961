//! Addresses of one machine in a script: whether a visitor's browser calls them, as far as the
//! code around them shows. Libraries carry such addresses as defaults, documentation as words, and
//! code for development behind a look at the page's own host.

use crate::evidence::{Around, Hit, Standing};
use regex::Regex;
use std::sync::LazyLock;

/// What asks for an address, up to where the address begins: `fetch(`, `axios.get(`, `.open("GET",`.
pub const CALL: &str = concat!(
    r#"(?:\bfetch\)?|\baxios\)?(?:\.\w+)?|\.(?:get|post|put|patch|delete|head|request|ajax|getJSON|open|sendBeacon|connect|setEndpoint|setBaseU(?:RL|rl))|"#,
    r#"\bnew\s+(?:\w+\.)?(?:\w*Socket|EventSource|Request|PocketBase|\w*Link|\w*Client|\w*Provider)|"#,
    r#"\b(?:io|ky|got|importScripts|createClient|http(?:Batch(?:Stream)?)?Link)\)?)"#,
    r#"\(\s*(?:["'][A-Z]{3,7}["']\s*,\s*|\{\s*(?:method:\s*["'][A-Za-z]+["']\s*,\s*)?ur[li]\s*:\s*)?"#
);

/// What names the address of a server: `baseURL:`, `API_URL=`, `uri:`.
pub const BASE: &str = concat!(
    r#"(?i:(?:base_?(?:url|uri|path)|(?:api|server|backend|socket|ws|graphql|service|gateway|auth|rest|rpc|host|app|site|web|supabase)"#,
    r#"_?(?:url|uri|base|root|host|endpoint|server|origin|address)|\bapi|endpoint|\buri)["']?\]?\s*[:=]\s*)"#
);

/// What becomes of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// It is asked for, or named as the address of a server.
    Called,
    /// That is not to be seen.
    Unclear,
    /// Nothing that concerns a visitor, and what shows that.
    Harmless(&'static str),
}

struct Default_ {
    port: &'static str,
    path: &'static str,
    helper: bool,
    who: &'static str,
    near: &'static str,
}

static DEFAULTS: LazyLock<Vec<Default_>> = LazyLock::new(|| {
    include_str!("../data/local_defaults.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| {
            let cells: Vec<&'static str> = l.split('\t').collect();
            let &[address, path, kind, who, near, _] = cells.as_slice() else { return None };
            let none = |cell: &'static str| if cell == "-" { "" } else { cell };
            Some(Default_ { port: address.strip_prefix("*:")?, path: none(path), helper: kind == "helper", who, near: none(near) })
        })
        .collect()
});

struct Shapes {
    called: Regex,
    base: Regex,
    words: Regex,
    compared: Regex,
    empty: Regex,
    full: Regex,
    fallback: Regex,
    choice: Regex,
    test: Regex,
    made: Regex,
    development: Regex,
    production: Regex,
}

static SHAPES: LazyLock<Option<Shapes>> = LazyLock::new(|| {
    let end = |pattern: &str| Regex::new(&format!(r#"{pattern}["'`]$"#)).ok();
    let host = r"(?:\blocation\b|\bhostname\b|\bhost\b|\borigin\b|\bdocument\.domain\b)";
    let here = r"(?:localhost|127\.0\.0\.1|127\\\.|\[?::1|0\.0\.0\.0|192\\?\.168|\.local\b|\.test\b)";
    let flag = r#"(?:\bNODE_ENV["']?\]?\s*[!=]==?\s*["']development|\b(?:is|IS)_?(?:Local|Dev|LOCAL|DEV)\w*|\benv\.DEV\b|\b__DEV__\b)"#;
    Some(Shapes {
        called: end(&format!(r#"{CALL}(?:""\.concat\()?"#))?,
        base: end(BASE)?,
        words: end(
            r#"\b(?i:children|placeholder|label|title|description|example|hint|help\w*|text|alt|content|message|docs?|caption|snippet|code)["']?\s*:\s*"#,
        )?,
        compared: end(r#"(?:[!=]==?\s*|\bcase\s*|\.(?:includes|startsWith|endsWith|indexOf|test|match|replace|split)\(\s*)"#)?,
        empty: end(concat!(
            r#"(?:\bvoid 0|\bundefined|\bnull|""|''|\(?\{[^{}]*\}\)?\.[A-Z_]\w*|"#,
            r#"[\w$.]*\benv\.(?:NEXT_PUBLIC_|REACT_APP_|VITE_|PUBLIC_|NUXT_|EXPO_)\w+|\bprocess\.env\.\w+)\s*(?:\|\||\?\?)\s*"#
        ))?,
        full: end(r#"["'`][^"'`]+["'`]\s*(?:\|\||\?\?)\s*"#)?,
        fallback: end(r"(?:\|\||\?\?)\s*")?,
        choice: end(r#"(?:\?\s*|\?\s*(?:["'`][^"'`]*["'`]|[\w$.]+)\s*:\s*)"#)?,
        made: end(r"\bnew\s+(?:[\w$]+\.)*([\w$]+)\(\s*")?,
        development: end(r#"\b(?i:dev|development|local|localhost|test|testing|staging)["']?\s*:\s*(?:\{[^{}]*[\w$"'\]]\s*:\s*)?"#)?,
        production: Regex::new(r#"\b(?i:prod|production|live)["']?\s*:"#).ok()?,
        test: Regex::new(&format!(r#"!?(?:{host}[^;?{{}}]{{0,80}}?{here}|["'`/]{here}[^;?{{}}]{{0,60}}?{host}|{flag})["'`]?"#)).ok()?,
    })
});

/// What the surroundings of an address show.
#[must_use]
pub fn usage(hit: &Hit) -> Usage {
    let Some(a) = &hit.around else { return Usage::Unclear };
    if a.standing != Standing::Whole {
        return Usage::Harmless("words in a longer text or a comment");
    }
    let Some(s) = SHAPES.as_ref() else { return Usage::Unclear };
    let quote = a.before.chars().last().unwrap_or('"');
    let tail = a.after.split(quote).next().unwrap_or("");
    if tail.contains(char::is_whitespace) || s.words.is_match(&a.before) {
        return Usage::Harmless("words to read");
    }
    if s.compared.is_match(&a.before) || a.after.get(tail.len() + 1..).is_some_and(|r| r.starts_with("==") || r.starts_with("!=")) {
        return Usage::Harmless("only compared");
    }
    if s.full.is_match(&a.before) {
        return Usage::Harmless("a fallback that is never reached");
    }
    if guarded(s, &a.before) {
        return Usage::Harmless("behind a look at the page's own host");
    }
    if s.development.is_match(&a.before) && [&a.before, &a.after].iter().any(|t| s.production.is_match(t)) {
        return Usage::Harmless("the choice for development beside that for production");
    }
    let known = default_of(&hit.masked, a);
    if let Some(d) = known.filter(|d| d.helper) {
        return Usage::Harmless(d.who);
    }
    // A fallback behind what is empty in this build is what counts.
    let before =
        s.empty.find(&a.before).map_or_else(|| a.before.clone(), |m| format!("{}{quote}", a.before.get(..m.start()).unwrap_or("")));
    if s.called.is_match(&before) {
        return Usage::Called;
    }
    let named = s.base.is_match(&before) || a.used.is_some();
    if let Some(d) = known.filter(|d| !named || !d.near.is_empty()) {
        return Usage::Harmless(d.who);
    }
    let open = s.empty.find(&a.before).is_none() && (s.fallback.is_match(&a.before) || s.choice.is_match(&a.before));
    if (named || made(s, &before)) && !open {
        return Usage::Called;
    }
    // Without a port it is the base of many an `new URL(path, "http://localhost/x")`.
    let port = hit.masked.rsplit(':').next().is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    if hit.rule == "localhost-base" && !port { Usage::Harmless("an address without a port that nothing calls") } else { Usage::Unclear }
}

/// Whether something is made with the address as its first argument, other than what only holds a text.
fn made(s: &Shapes, before: &str) -> bool {
    let name = s.made.captures(before).and_then(|c| c.get(1)).map_or("", |m| m.as_str());
    !name.is_empty()
        && !["URL", "RegExp", "String", "Map", "Set", "Headers", "Blob", "File", "URLSearchParams"].contains(&name)
        && !name.ends_with("Error")
}

/// Whether a find in a page stands in a script of it, as far as the code before it shows.
#[must_use]
pub fn in_script(hit: &Hit) -> bool {
    let tag = |a: &crate::evidence::Around| a.before.rfind("<script").and_then(|at| a.before.get(at + 1..)).map(str::to_owned);
    hit.around.as_ref().and_then(tag).is_some_and(|code| !code.contains("</") && !code.contains("application/"))
}

/// The library whose default, or the program, that stands behind an address.
fn default_of(value: &str, a: &Around) -> Option<&'static Default_> {
    let port = value.rsplit(':').next().unwrap_or("");
    let near = |text: &str| text.is_empty() || [&a.before, &a.after].iter().any(|t| t.to_ascii_lowercase().contains(text));
    DEFAULTS.iter().find(|d| d.port == port && a.after.starts_with(d.path) && near(d.near))
}

/// Whether the code before an address asks whether the page itself stands on such a machine, and
/// the address stands where the answer is yes.
fn guarded(s: &Shapes, before: &str) -> bool {
    let Some(test) = s.test.find_iter(before).last() else { return false };
    let negative = test.as_str().starts_with('!') || test.as_str().contains("!=");
    match branch(before.get(test.end()..).unwrap_or("")) {
        Branch::Condition => true,
        Branch::Yes => !negative,
        Branch::No => negative,
        Branch::Past => false,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Branch {
    Condition,
    Yes,
    No,
    Past,
}

/// In which branch of a condition its following code ends.
fn branch(rest: &str) -> Branch {
    let mut at = Branch::Condition;
    let (mut depth, mut base) = (0i32, 0i32);
    let mut quote = None;
    for (i, c) in rest.char_indices() {
        let after = rest.get(i + c.len_utf8()..).unwrap_or("");
        if let Some(q) = quote {
            if c == q {
                quote = None;
            }
            continue;
        }
        match c {
            // The quote before the address itself is the last character.
            '"' | '\'' | '`' if !after.is_empty() => quote = Some(c),
            '?' if depth <= base && !after.starts_with(['.', '?']) && at == Branch::Condition => (at, base) = (Branch::Yes, depth),
            ':' if depth == base && at == Branch::Yes => at = Branch::No,
            '&' if after.starts_with('&') && depth <= base && at == Branch::Condition => at = Branch::Yes,
            '|' if after.starts_with('|') && depth < base && at == Branch::Condition => at = Branch::No,
            ')' | ']' => {
                depth -= 1;
                if depth < base {
                    base = depth;
                    // The parenthesis of an `if`: its body follows.
                    if c == ')' && at == Branch::Condition && after.starts_with(|n: char| n == '{' || n == ' ' || n.is_ascii_alphabetic()) {
                        at = Branch::Yes;
                    }
                }
            }
            '(' | '[' | '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth <= base && at != Branch::Condition {
                    at = if after.trim_start().starts_with("else") && at == Branch::Yes { Branch::No } else { Branch::Past };
                    base = depth;
                }
            }
            ';' | ',' if depth <= base && at != Branch::Condition => {
                at = if after.trim_start().starts_with("else") && at == Branch::Yes { Branch::No } else { Branch::Past };
            }
            ';' if at == Branch::Condition && depth <= base => at = Branch::Past,
            _ => {}
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(text: &str, used: Option<&str>) -> Hit {
        let at = text.find("http://").or_else(|| text.find("ws://")).unwrap();
        let end = at + text[at..].find(|c: char| "/\"'`) ".contains(c) && !text[at..].starts_with(c)).unwrap_or(0);
        let end = text[at..].match_indices([':']).nth(1).map_or(end, |(colon, _)| {
            at + colon + 1 + text[at + colon + 1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - at - colon - 1)
        });
        let around = Around { standing: Standing::Whole, before: text[..at].into(), after: text[end..].into(), used: used.map(Into::into) };
        Hit { rule: "localhost-base".into(), masked: text[at..end].into(), around: Some(around), ..Hit::default() }
    }

    #[test]
    fn what_is_called() {
        for text in [
            r#"fetch("http://localhost:3000/api")"#,
            "await fetch(`http://localhost:3000/users/${id}`)",
            r#"t.get("http://127.0.0.1:8000/x")"#,
            r#"e.open("POST","http://localhost:3000/x")"#,
            r#"$.ajax({url:"http://localhost:8080/x"})"#,
            r#"new WebSocket("ws://localhost:4000/live")"#,
            r#"(0,i.io)("http://localhost:3001")"#,
            r#"q.create({baseURL:"http://localhost:5000/api"})"#,
            r#"n.API_URL="http://localhost:5000""#,
            r#"{uri:"http://localhost:4000/graphql"}"#,
            r#"fetch("".concat("http://localhost:3000","/api"))"#,
            r#"const apiUrl=({BASE_URL:"/",PROD:!0}).VITE_API||"http://localhost:3000""#,
            r#"baseURL:process.env.NEXT_PUBLIC_API_URL??"http://localhost:3000""#,
            r#"if(location.hostname==="localhost"){debug()}fetch("http://localhost:3000/x")"#,
            r#"apiUrl:location.hostname==="localhost"?"/api":fetch("http://localhost:3000/x")"#,
            r#"if(location.hostname!=="localhost"){fetch("http://localhost:3000/x")}"#,
            r#"fetch("http://localhost:9999/profile")"#,
            r#"supabaseUrl:"http://127.0.0.1:54321""#,
            r#"new ethers.JsonRpcProvider("http://127.0.0.1:8545")"#,
            r#"new Mn("http://127.0.0.1:8090")"#,
            r#"new PocketBase("http://127.0.0.1:8090")"#,
            r#"new ConvexReactClient("http://127.0.0.1:3210")"#,
            r#"t.setEndpoint("http://localhost:80/v1")"#,
            r#"httpBatchLink({url:"http://localhost:3000/api/trpc"})"#,
        ] {
            assert_eq!(usage(&hit(text, None)), Usage::Called, "{text}");
        }
        assert_eq!(usage(&hit(r#"const a="http://localhost:5000""#, Some("fetch(`${a}/x`)"))), Usage::Called);
    }

    #[test]
    fn what_is_not() {
        for text in [
            r#"const S="http://localhost:9999",A="supabase.auth.token",I=3e4"#,
            r#"null==e&&(e="http://localhost:8545")"#,
            r#"static defaultUrl(){return"http://localhost:8545"}"#,
            r#"{default:{http:["http://127.0.0.1:8545"]}}"#,
            r#"url:"http://localhost:4318/v1/traces""#,
            r#"e||"http://localhost:4317""#,
            r#"new URL("http://localhost:3000/api/auth")"#,
            r#"fetch("http://127.0.0.1:21325/enumerate")"#,
            r#"location.hostname==="localhost"?"http://localhost:3000":"https://api.acme.com""#,
            r#""localhost"===window.location.hostname?"http://localhost:3000":"/api""#,
            r#"const u=["localhost","127.0.0.1"].includes(location.hostname)?"http://localhost:3000":"/api""#,
            r#"if(location.hostname==="localhost")return"http://localhost:3000";return"/api""#,
            r#"if(window.location.hostname==="localhost"){fetch("http://localhost:3000/api")}"#,
            r#"location.hostname.includes("localhost")&&fetch("http://localhost:3000/api")"#,
            r#"/localhost/.test(location.hostname)?fetch("http://localhost:3000/api"):0"#,
            r#"location.hostname!=="localhost"?"https://api.acme.com":"http://localhost:3000""#,
            r#"if(location.hostname!=="localhost"){a()}else{fetch("http://localhost:3000/api")}"#,
            r#"apiUrl=isLocal?"http://localhost:3000":"/api""#,
            r#"window.location.origin==="http://localhost:3000""#,
            r#"e.startsWith("http://localhost:3000")"#,
            r#""https://api.acme.com"||"http://localhost:3000""#,
            r#"jsx("code",{children:"http://localhost:3000"})"#,
            r#"{placeholder:"http://localhost:3000"}"#,
            r#"a="http://localhost:3000 is where it runs""#,
            r#"const c={development:{api:"http://localhost:3000"},production:{api:"https://api.acme.com"}}"#,
            r#"{prod:"https://api.acme.com",dev:"http://localhost:3000"}"#,
        ] {
            assert!(matches!(usage(&hit(text, None)), Usage::Harmless(_)), "{text}: {:?}", usage(&hit(text, None)));
        }
    }

    #[test]
    fn a_script_within_a_page() {
        for (text, within) in [
            (r#"<p>Acme</p><script>fetch("http://localhost:3000/api")"#, true),
            (r#"<script type="application/json">{"a":"http://localhost:3000/api""#, false),
            (r#"<script src=a></script><code>fetch("http://localhost:3000/api")"#, false),
            (r#"fetch("http://localhost:3000/api")"#, false),
        ] {
            assert_eq!(in_script(&hit(text, None)), within, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told() {
        for text in [
            r#"const a="http://localhost:5000""#,
            r#"baseURL:e.url||"http://localhost:3000""#,
            r#"apiUrl:t?"http://localhost:3000":"/api""#,
            r#"href:"http://localhost:3000""#,
        ] {
            assert_eq!(usage(&hit(text, None)), Usage::Unclear, "{text}");
        }
        assert_eq!(usage(&Hit { rule: "localhost-base".into(), ..Hit::default() }), Usage::Unclear, "evidence from before");
        let words = Around { standing: Standing::Inside, before: "run `".into(), ..Around::default() };
        assert!(matches!(usage(&Hit { around: Some(words), ..Hit::default() }), Usage::Harmless(_)));
    }

    #[test]
    fn the_table_is_whole() {
        let rows = include_str!("../data/local_defaults.tsv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(DEFAULTS.len(), rows);
        assert!(SHAPES.is_some());
    }
}
