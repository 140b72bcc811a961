//! Reads a page and its styles into facts; the text itself is not kept.

use cssparser::{Parser, Token};
use readiness::evidence::{PageFacts, RefKind, Reference};
use regex::Regex;
use scraper::{ElementRef, Html, Node, Selector};
use std::sync::LazyLock;
use url::Url;

/// Scripts and styles that are fetched of one page.
const MAX_ASSETS: usize = 12;
/// References that are kept of one page.
const MAX_REFS: usize = 300;
/// How deep CSS blocks may nest.
const MAX_DEPTH: usize = 40;

/// A script of one's own that an inline script loads.
static IMPORT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\bimport\(\s*["'`](\.{0,2}/[0-9A-Za-z_@./~-]+\.m?js)["'`]\s*\)"#).ok());

/// What a page says, without what it says it with.
pub fn facts(html: &str, url: &str, at: i64) -> PageFacts {
    let mut out = PageFacts { url: url.to_owned(), at, ..PageFacts::default() };
    let Ok(mut base) = Url::parse(url) else { return out };
    let document = Html::parse_document(shallow(html));
    let select = |selector: &str| Selector::parse(selector).ok();
    // What stands in a template is another, inert document (HTML Standard §4.12.3).
    let live = |e: &ElementRef| !e.ancestors().any(|a| a.value().as_element().is_some_and(|e| e.name() == "template"));
    // A script of a type that is none is data, and is not loaded (§4.12.1).
    let runs = |t: &str| {
        let t = t.trim().to_ascii_lowercase();
        t.is_empty()
            || t == "module"
            || t.contains("javascript")
            || t.ends_with("ecmascript")
            || matches!(t.as_str(), "text/jscript" | "text/livescript")
    };
    if let Some(href) =
        select("base[href]").and_then(|s| document.select(&s).next()?.value().attr("href")).and_then(|h| base.join(h.trim()).ok())
    {
        base = href;
    }
    let join = |v: &str| {
        base.join(v.trim()).ok().filter(|u| matches!(u.scheme(), "http" | "https" | "ws" | "wss")).map(|mut u| {
            u.set_fragment(None);
            u.to_string()
        })
    };
    let clean = |t: String, most: usize| t.chars().filter(|c| !c.is_control()).take(most).collect::<String>();
    if let Some(title) = select("title").and_then(|s| document.select(&s).next()) {
        out.title = clean(title.text().collect::<String>().trim().to_owned(), 200);
    }
    if let Some(s) = select("meta[content]") {
        for m in document.select(&s).filter(live) {
            let name = m.value().attr("name").or_else(|| m.value().attr("http-equiv")).unwrap_or("").to_ascii_lowercase();
            let known = ["robots", "googlebot", "bingbot", "referrer", "generator", "content-security-policy", "refresh"];
            if known.contains(&name.as_str()) && out.metas.len() < 20 {
                out.metas.push((name, clean(m.value().attr("content").unwrap_or("").to_owned(), 2048)));
            }
        }
    }
    let one =
        |selector: &str, attribute: &str| select(selector).and_then(|s| document.select(&s).next()?.value().attr(attribute).and_then(join));
    out.canonical = one("link[rel~=canonical][href]", "href");
    out.icon = one("link[rel~=icon][href]", "href");
    out.password_field = select("input[type=password]").is_some_and(|s| document.select(&s).next().is_some());
    out.fields = select("input:not([type=hidden]), textarea, select, button")
        .map_or(0, |s| u32::try_from(document.select(&s).count()).unwrap_or(u32::MAX));
    let sources = |selector: &str| {
        let found = select(selector)
            .map(|s| document.select(&s).filter(live).filter_map(|e| e.value().attr("src").and_then(join)).take(50).collect());
        found.unwrap_or_default()
    };
    out.modules = sources("script[type=module i][src]");
    out.nomodule = sources("script[nomodule][src]");
    if let Some(s) = select("script:not([src])") {
        out.inline_scripts = u32::try_from(
            document
                .select(&s)
                .filter(|e| {
                    live(e)
                        && runs(e.value().attr("type").unwrap_or(""))
                        && e.value().attr("nonce").is_none()
                        && e.text().any(|t| !t.trim().is_empty())
                })
                .count(),
        )
        .unwrap_or(u32::MAX);
    }
    let mut add = |kind: RefKind, url: Option<String>, integrity: Option<&str>| {
        if let Some(url) = url
            && out.refs.len() < MAX_REFS
            && !out.refs.iter().any(|r| r.kind == kind && r.url == url)
        {
            out.refs.push(Reference {
                kind,
                url: url.chars().take(500).collect(),
                integrity: integrity.map(|i| i.chars().take(120).collect()),
            });
        }
    };
    for (selector, attribute, kind) in [
        ("script[src]", "src", RefKind::Script),
        ("link[rel~=modulepreload][href]", "href", RefKind::Script),
        ("link[rel~=stylesheet][href]", "href", RefKind::Style),
        ("iframe[src], embed[src], frame[src]", "src", RefKind::Frame),
        ("object[data]", "data", RefKind::Frame),
        ("form[action]", "action", RefKind::Form),
        ("button[formaction], input[formaction]", "formaction", RefKind::Form),
        ("img[src], audio[src], video[src], source[src], input[type=image][src]", "src", RefKind::Media),
        ("video[poster]", "poster", RefKind::Media),
        ("track[src]", "src", RefKind::Other),
        ("link[rel~=manifest][href], link[rel~=preload][href]:not([as=image])", "href", RefKind::Other),
        ("link[rel~=icon][href]", "href", RefKind::Media),
        ("a[href]", "href", RefKind::Link),
    ] {
        let Some(s) = select(selector) else { continue };
        for e in document.select(&s).filter(live) {
            if kind == RefKind::Script && e.value().name() == "script" && !runs(e.value().attr("type").unwrap_or("")) {
                continue;
            }
            // One image is asked for once, as what the browser chooses from.
            let chosen = kind == RefKind::Media
                && (e.value().attr("srcset").is_some()
                    || e.parent().and_then(|p| p.value().as_element()).is_some_and(|p| p.name() == "picture"));
            add(if chosen { RefKind::ImageSet } else { kind }, e.value().attr(attribute).and_then(join), e.value().attr("integrity"));
        }
    }
    // SvelteKit and its like start by import("./…") in an inline script.
    if let Some(s) = select("script:not([src])") {
        for script in document.select(&s).filter(live) {
            let text: String = script.text().collect();
            for name in IMPORT.as_ref().into_iter().flat_map(|r| r.captures_iter(&text)).filter_map(|c| c.get(1)).take(40) {
                add(RefKind::Script, join(name.as_str()), None);
            }
        }
    }
    // Images within drawings name their address in either way.
    if let Some(s) = select("svg image") {
        for e in document.select(&s).filter(live) {
            add(RefKind::Media, e.value().attrs().find(|(n, _)| *n == "href" || n.ends_with(":href")).and_then(|(_, v)| join(v)), None);
        }
    }
    if let Some(s) = select("img[srcset], source[srcset]") {
        for e in document.select(&s).filter(live) {
            for u in candidates(e.value().attr("srcset").unwrap_or("")) {
                add(RefKind::ImageSet, join(u), None);
            }
        }
    }
    out.text = Some(shown(&document));
    if let Some(s) = select("style") {
        for e in document.select(&s) {
            for (kind, u) in css_urls(&e.text().collect::<String>()) {
                add(kind, join(&u), None);
            }
        }
    }
    if let Some(s) = select("[style*=url]") {
        for e in document.select(&s) {
            for (kind, u) in css_urls(e.value().attr("style").unwrap_or("")) {
                add(kind, join(&u), None);
            }
        }
    }
    out
}

/// Characters of text that a browser shows without running scripts; an image or a field counts as one.
fn shown(document: &Html) -> u32 {
    let Some(body) = Selector::parse("body").ok().and_then(|s| document.select(&s).next()) else { return 0 };
    let mut count = 0usize;
    for node in body.descendants() {
        match node.value() {
            Node::Text(t) => {
                let hidden = |n: &str| matches!(n, "script" | "style" | "noscript" | "template");
                let inert = node.ancestors().any(|a| a.value().as_element().is_some_and(|e| e.name() == "template"));
                if !inert && !node.parent().and_then(|p| p.value().as_element()).is_some_and(|e| hidden(e.name())) {
                    count += t.chars().filter(|c| !c.is_whitespace()).count();
                }
            }
            Node::Element(e) if matches!(e.name(), "img" | "svg" | "canvas" | "video" | "iframe" | "input" | "button" | "object") => {
                count += 1
            }
            _ => {}
        }
    }
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Work that a page may cost its parser, in steps up a tree: for every tag a parser looks up the
/// elements that are open, so tags that are never closed cost the square of their number.
const MAX_STEPS: usize = 20_000_000;

/// Elements that need no end tag, and so say nothing about depth.
const LIGHT: [&str; 22] = [
    "p", "li", "td", "tr", "th", "dt", "dd", "option", "br", "img", "input", "meta", "link", "hr", "source", "wbr", "area", "base", "col",
    "path", "rect", "use",
];

/// The beginning of a page that can be parsed in bounded time: all of it, unless somebody nested without end.
fn shallow(html: &str) -> &str {
    let (mut depth, mut steps) = (0usize, 0usize);
    for (at, _) in html.match_indices('<') {
        let rest = html.get(at + 1..).unwrap_or("");
        if rest.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name: String = rest.chars().take(8).take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
            if !LIGHT.contains(&name.as_str()) {
                depth += 1;
            }
            steps += depth;
            if steps > MAX_STEPS {
                return html.get(..at).unwrap_or("");
            }
        }
    }
    html
}

/// The scripts and styles to fetch, in the page's order.
pub fn assets(facts: &PageFacts) -> Vec<String> {
    facts
        .refs
        .iter()
        .filter(|r| matches!(r.kind, RefKind::Script | RefKind::Style) && r.url.starts_with("http"))
        .map(|r| r.url.clone())
        .take(MAX_ASSETS)
        .collect()
}

/// The addresses of a `srcset` (HTML §4.8.4.2.1): each up to white space, less the commas behind it.
fn candidates(srcset: &str) -> Vec<&str> {
    let mut out = vec![];
    let mut rest = srcset;
    while out.len() < 40 {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            break;
        }
        let (url, after) = rest.split_at(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len()));
        out.push(url.trim_end_matches(','));
        // A description in parentheses may hold commas; none is in use.
        rest = if url.ends_with(',') { after } else { after.split_once(',').map_or("", |(_, r)| r) };
    }
    out
}

/// Every `url(…)` and `@import` of a style sheet, and what a browser loads it as.
pub fn css_urls(css: &str) -> Vec<(RefKind, String)> {
    let mut out = vec![];
    walk(&mut Parser::new(css), &mut out, 0, RefKind::Css);
    out
}

fn walk(parser: &mut Parser, out: &mut Vec<(RefKind, String)>, depth: usize, within: RefKind) {
    // What the at-rule that stands before says of its addresses.
    let mut kind = within;
    while let Ok(token) = parser.next_including_whitespace_and_comments().cloned() {
        match &token {
            Token::UnquotedUrl(u) => out.push((kind, u.to_string())),
            Token::QuotedString(s) if kind == RefKind::Import => out.push((kind, s.to_string())),
            Token::AtKeyword(k) if k.eq_ignore_ascii_case("import") => kind = RefKind::Import,
            Token::AtKeyword(k) if k.eq_ignore_ascii_case("font-face") => kind = RefKind::Font,
            Token::AtKeyword(_) | Token::Semicolon => kind = within,
            Token::Function(name) if name.eq_ignore_ascii_case("url") => {
                let _ = parser.parse_nested_block(|p| -> Result<(), cssparser::ParseError<()>> {
                    if let Ok(Token::QuotedString(s)) = p.next() {
                        out.push((kind, s.to_string()));
                    }
                    while p.next().is_ok() {}
                    Ok(())
                });
            }
            Token::Function(_) | Token::ParenthesisBlock | Token::CurlyBracketBlock | Token::SquareBracketBlock if depth < MAX_DEPTH => {
                let _ = parser.parse_nested_block(|p| -> Result<(), cssparser::ParseError<()>> {
                    walk(p, out, depth + 1, kind);
                    Ok(())
                });
                if matches!(token, Token::CurlyBracketBlock) {
                    kind = within;
                }
            }
            _ => {}
        }
        if out.len() >= MAX_REFS {
            return;
        }
    }
}

/// A hash of which similar texts share most bits (Charikar 2002), over words of visible and other text.
pub fn simhash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut weights = [0i32; 64];
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2 && w.len() < 24) {
        let mut h = DefaultHasher::new();
        word.hash(&mut h);
        let bits = h.finish();
        for (i, w) in weights.iter_mut().enumerate() {
            *w += if bits >> i & 1 == 1 { 1 } else { -1 };
        }
    }
    weights.iter().enumerate().fold(0, |acc, (i, w)| if *w > 0 { acc | 1 << i } else { acc })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_page_loads() {
        let html = r#"<base href="/app/"><title> Ac
me </title><meta name=ROBOTS content=noindex><script src="a.js" integrity="sha384-x"></script><link rel="preload stylesheet" href="/s.css#x"><link rel=icon href=i.ico><script src="data:text/js,1"></script><script src="a.js"></script><link rel=modulepreload href="https://cdn.example/m.js"><script>x()</script><script nonce=1>y()</script><script type="application/json">{}</script><form action="http://acme.example/in"><input type=password></form><style>@import "b.css"; a{background:url('http://img.example/a.png')} @media print{b{background:url(c.png)}}</style><p style="background:url(//d.example/d.png)">"#;
        let f = facts(html, "https://acme.example/x", 0);
        assert_eq!(assets(&f), ["https://acme.example/app/a.js", "https://cdn.example/m.js", "https://acme.example/s.css"]);
        assert_eq!((f.title.as_str(), f.meta("robots"), f.inline_scripts, f.password_field), ("Acme", Some("noindex"), 1, true));
        let css: Vec<_> = f.refs.iter().filter(|r| r.kind == RefKind::Css).map(|r| r.url.as_str()).collect();
        assert_eq!(f.refs.iter().find(|r| r.kind == RefKind::Import).map(|r| r.url.as_str()), Some("https://acme.example/app/b.css"));
        assert_eq!(css, ["http://img.example/a.png", "https://acme.example/app/c.png", "https://d.example/d.png"]);
        assert_eq!(f.refs.iter().find(|r| r.kind == RefKind::Form).map(|r| r.url.as_str()), Some("http://acme.example/in"));
        assert_eq!(f.refs[0].integrity.as_deref(), Some("sha384-x"));
        let f = facts(
            r#"<script type="module" src="m.js"></script><script src="p.js" nomodule></script><input><input type=hidden>"#,
            "https://acme.example/",
            0,
        );
        assert_eq!(
            (f.modules, f.nomodule, f.fields),
            (vec!["https://acme.example/m.js".to_owned()], vec!["https://acme.example/p.js".to_owned()], 1)
        );
    }

    #[test]
    fn what_a_browser_leaves_alone() {
        let html = r#"<template><meta name=robots content=noindex><script src="http://x.example/a.js"></script><p>hidden</p></template><script type="text/template" src="http://x.example/b.js"></script><button formaction="http://x.example/f">x</button><svg><image href="http://x.example/i.png"/><image xlink:href="http://x.example/j.png"/></svg>"#;
        let f = facts(html, "https://acme.example/", 0);
        let urls: Vec<_> = f.refs.iter().map(|r| (r.kind, r.url.rsplit('/').next().unwrap_or(""))).collect();
        assert_eq!(urls, [(RefKind::Form, "f"), (RefKind::Media, "i.png"), (RefKind::Media, "j.png")]);
        assert_eq!((f.meta("robots"), f.text), (None, Some(3)), "the button, its word and the drawing");
    }

    #[test]
    fn imports_of_inline_scripts_are_scripts() {
        let html = r#"<body>Hi<script>Promise.all([import("./_app/entry/start.D0i.js"), import('https://cdn.example/x.js'), import("lodash.js")])</script>"#;
        assert_eq!(assets(&facts(html, "https://acme.example/", 0)), ["https://acme.example/_app/entry/start.D0i.js"]);
    }

    #[test]
    fn what_a_browser_loads_it_as() {
        let html = r#"<img src="a.png"><img src="b.png" srcset="c.png 1x, d.png 2x,e.png 3x"><picture><source srcset="f.webp"><img src="g.png"></picture><audio src="h.mp3"></audio><video><track src="i.vtt"></video><style>@font-face{font-family:x;src:url(j.woff2)}p{background:url(k.png)}@import url(l.css);</style>"#;
        let f = facts(html, "https://acme.example/", 0);
        let of = |kind: RefKind| f.refs.iter().filter(|r| r.kind == kind).map(|r| r.url.rsplit('/').next().unwrap()).collect::<Vec<_>>();
        assert_eq!(of(RefKind::Media), ["a.png", "h.mp3"]);
        assert_eq!(of(RefKind::ImageSet), ["b.png", "g.png", "c.png", "d.png", "e.png", "f.webp"]);
        assert_eq!(
            (of(RefKind::Other), of(RefKind::Font), of(RefKind::Css), of(RefKind::Import)),
            (vec!["i.vtt"], vec!["j.woff2"], vec!["k.png"], vec!["l.css"])
        );
    }

    #[test]
    fn deep_and_broken_texts_end() {
        assert!(css_urls(&"{".repeat(100_000)).is_empty());
        assert!(css_urls(&"a(".repeat(100_000)).is_empty());
        let deep = format!("<script src=/x.js></script>{}", "<div><b>".repeat(60_000));
        assert_eq!(facts(&deep, "https://a.example/", 0).refs.len(), 1);
        let long = format!("{}<script src=/x.js></script>", "<div><p>text</div>".repeat(40_000));
        assert_eq!(facts(&long, "https://a.example/", 0).refs.len(), 1, "an ordinary long page is read whole");
    }

    #[test]
    fn like_pages_hash_alike() {
        let a = "Acme sends invoices for small companies and keeps the books in order every month";
        let far = |x: u64, y: u64| (x ^ y).count_ones();
        assert!(far(simhash(a), simhash(&format!("{a} today"))) < 20);
        assert!(far(simhash(a), simhash("Welcome to nginx! If you see this page, the web server is installed and working")) > 20);
    }
}
