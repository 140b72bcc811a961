//! The style sheet: `style/base.css`, then rules for the Tailwind classes used in `app/src`.
//! A class that has no rule stops the build, so that a typo cannot ship.

use crate::step::{Result, root, sources};
use encre_css::{Config, Preflight};
use std::collections::BTreeSet;
use std::path::Path;

/// Writes the style sheet.
pub fn write(site: &Path) -> Result<()> {
    let base = std::fs::read_to_string(root().join("style/base.css")).map_err(|e| e.to_string())?;
    let mut used = BTreeSet::new();
    for path in sources(&root().join("app/src"))? {
        used.extend(classes(&std::fs::read_to_string(path).map_err(|e| e.to_string())?));
    }
    let own = names(&base);
    let mut config = Config::default();
    config.preflight = Preflight::None;
    for token in ["ink", "ink-2", "ink-3", "pdf", "raised", "sunk", "line", "accent", "pass", "warn", "fail", "unknown"] {
        config.theme.colors.add(token, format!("var(--{token})"));
    }
    let utilities: Vec<&str> = used.iter().map(String::as_str).filter(|c| !own.contains(*c)).collect();
    let nothing: Vec<&&str> = utilities.iter().filter(|c| encre_css::generate([**c], &config).trim().is_empty()).collect();
    if !nothing.is_empty() {
        return Err(format!("these classes have no rule, neither in style/base.css nor as a Tailwind class: {nothing:?}"));
    }
    let css = format!("{base}\n{}", encre_css::generate(utilities, &config));
    std::fs::write(site.join("launch-ready.css"), squeeze(&css)).map_err(|e| e.to_string())
}

/// The classes in `class="…"`, `class=if … { "…" } else { "…" }` and `class=format!("…")`.
fn classes(source: &str) -> Vec<String> {
    let mut found = vec![];
    for (at, _) in source.match_indices("class=") {
        let rest = source.get(at + 6..).unwrap_or("");
        for text in literals(rest) {
            // A placeholder's value is a word of its own, listed where it is made.
            let plain = text
                .split('{')
                .enumerate()
                .map(|(i, p)| if i == 0 { p } else { p.split_once('}').map_or("", |(_, after)| after) })
                .collect::<Vec<_>>()
                .join("");
            found.extend(plain.split_whitespace().map(str::to_owned));
        }
    }
    found
}

/// String literals of one attribute's expression.
fn literals(rest: &str) -> Vec<String> {
    if let Some(text) = rest.strip_prefix('"') {
        return text.split('"').next().map(str::to_owned).into_iter().collect();
    }
    let mut out = vec![];
    let (mut depth, mut chars) = (0i32, rest.chars().peekable());
    let conditional = rest.starts_with("if ");
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push(chars.by_ref().take_while(|c| *c != '"').collect()),
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            '>' if depth <= 0 => break,
            ' ' | '\n' if depth == 0 && !conditional => break,
            _ => {}
        }
        if depth < 0 {
            break;
        }
    }
    // Comparisons hold literals too; a class has no capitals or other signs.
    out.retain(|t: &String| t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_ :/[].{}".contains(c)));
    out
}

/// Class names that a style sheet defines.
fn names(css: &str) -> BTreeSet<String> {
    css.match_indices('.')
        .filter_map(|(i, _)| css.get(i + 1..))
        .map(|r| r.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect::<String>())
        .filter(|n| n.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect()
}

/// Without comments and needless space.
fn squeeze(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, r)| r);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn finds_classes_and_only_those() {
    let source =
        r#"view! { <a class="x y-2"/> <b class=if done { "o pass" } else { "u" }> <i class=format!("tick {class}") title="Not This"> }"#;
    assert_eq!(classes(source), ["x", "y-2", "o", "pass", "u", "tick"]);
    assert!(names(".a{} .b-c:hover, p.d{width:1.5px}").iter().eq(["a", "b-c", "d"]));
}
