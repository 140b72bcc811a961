//! Circles of imports between the files of a crate. A file imports another when it names a path into it; naming a
//! re-export counts for the file that re-exports. Tests are left out.

use crate::step::{Result, root, sources};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files and the files that each imports, with the path that it names.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// Folders with sources of ours.
pub const CRATES: [&str; 10] =
    ["app", "crates/lab", "crates/net", "crates/pdf", "crates/readiness", "crates/scanner", "crates/store", "frontend", "server", "xtask"];

/// Prints the circles of all crates, or of the named ones; whether there are none.
pub fn circles(crates: &[String]) -> Result<bool> {
    let mut none = true;
    for name in CRATES.iter().filter(|c| crates.is_empty() || crates.iter().any(|w| c.ends_with(w.as_str()))) {
        for circle in of_crate(&root().join(name).join("src"))? {
            none = false;
            println!("{name}: a circle of {} files, {} arrows", circle.files.len(), circle.arrows.len());
            for arrow in circle.arrows {
                println!("    {arrow}");
            }
        }
    }
    Ok(none)
}

/// Files of which each reaches each other.
#[derive(Debug)]
pub struct Circle {
    /// The files, relative to `src`.
    pub files: BTreeSet<String>,
    /// Lines `from → to (path)`: what these files import of one another.
    pub arrows: Vec<String>,
}

/// The circles of a crate.
pub fn of_crate(src: &Path) -> Result<Vec<Circle>> {
    let mut files = sources(src)?;
    // A binary beside a library is a crate of its own: it imports the library by name, and nothing here can import it.
    if files.contains(&src.join("lib.rs")) {
        files.retain(|f| *f != src.join("main.rs"));
    }
    let modules: BTreeMap<Vec<String>, String> =
        files.iter().map(|f| f.strip_prefix(src).unwrap_or(f)).map(|f| (module(f), f.display().to_string())).collect();
    let mut imports = Imports::new();
    let mut tests = BTreeSet::new();
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let tokens: TokenStream = text.parse().map_err(|e| format!("{}: {e}", file.display()))?;
        let own = module(file.strip_prefix(src).unwrap_or(file));
        let mut paths = vec![];
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        walk(&tokens, &own, &modules, &mut paths);
        tests.extend(test_modules(&tokens, &own).iter().filter_map(|m| modules.get(m)).cloned());
        let Some(name) = modules.get(&own) else { continue };
        let of = imports.entry(name.clone()).or_default();
        for path in paths {
            let longest = (0..=path.len()).rev().find_map(|n| modules.get(path.get(..n)?));
            if let Some(to) = longest.filter(|to| *to != name) {
                of.entry(to.clone()).or_insert_with(|| path.join("::"));
            }
        }
    }
    for of in imports.values_mut() {
        of.retain(|to, _| !tests.contains(to));
    }
    Ok(components(&imports)
        .into_iter()
        .filter(|c| c.len() > 1)
        .map(|c| {
            let inside = |from: &String| {
                let to = imports.get(from).into_iter().flatten().filter(|(to, _)| c.contains(*to));
                to.map(|(to, path)| format!("{from} → {to} ({path})")).collect::<Vec<_>>()
            };
            let arrows = c.iter().flat_map(inside).collect();
            Circle { files: c, arrows }
        })
        .collect())
}

/// The module that a file is: `web/mod.rs` and `web.rs` are `web`.
fn module(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> = file.with_extension("").iter().map(|p| p.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|p| p == "mod") || (parts.len() == 1 && parts.iter().any(|p| p == "lib" || p == "main")) {
        parts.pop();
    }
    parts
}

/// Collects the paths that begin at `crate`, `self`, `super` or a module declared here, as from the crate's root.
fn walk(tokens: &[TokenTree], own: &[String], modules: &BTreeMap<Vec<String>, String>, out: &mut Vec<Vec<String>>) {
    let mut i = 0;
    while let Some(token) = tokens.get(i) {
        match token {
            TokenTree::Punct(p) if p.as_char() == '#' && is_test(tokens.get(i + 1)) => {
                i = after_item(tokens, i + 2);
                continue;
            }
            TokenTree::Ident(word) if !follows_path(tokens, i) => {
                let word = word.to_string();
                let base = match word.as_str() {
                    "crate" => Some(vec![]),
                    "self" => Some(own.to_vec()),
                    "super" => Some(own.get(..own.len().saturating_sub(1)).unwrap_or_default().to_vec()),
                    _ => {
                        let mut child = own.to_vec();
                        child.push(word);
                        // Only where a path goes on: `mod x;` alone declares.
                        (modules.contains_key(&child) && is_path(tokens, i + 1)).then_some(child)
                    }
                };
                if let Some(base) = base.filter(|_| is_path(tokens, i + 1)) {
                    i = tree(tokens, i + 3, base, out);
                    continue;
                }
            }
            TokenTree::Group(g) => walk(&g.stream().into_iter().collect::<Vec<_>>(), own, modules, out),
            _ => {}
        }
        i += 1;
    }
}

/// Whether `::` stands here.
fn is_path(tokens: &[TokenTree], i: usize) -> bool {
    let colon = |t: Option<&TokenTree>| matches!(t, Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(tokens.get(i)) && colon(tokens.get(i + 1))
}

fn follows_path(tokens: &[TokenTree], i: usize) -> bool {
    i >= 2 && is_path(tokens, i - 2)
}

/// A path or a tree of them after `::`; returns where it ends.
fn tree(tokens: &[TokenTree], mut i: usize, mut path: Vec<String>, out: &mut Vec<Vec<String>>) -> usize {
    loop {
        match tokens.get(i) {
            Some(TokenTree::Ident(word)) => {
                let word = word.to_string();
                match word.as_str() {
                    "super" => drop(path.pop()),
                    "self" => {}
                    _ => path.push(word),
                }
                i += 1;
            }
            Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = g.stream().into_iter().collect();
                let mut j = 0;
                while j < inner.len() {
                    j = tree(&inner, j, path.clone(), out);
                    while j < inner.len() && !matches!(inner.get(j), Some(TokenTree::Punct(p)) if p.as_char() == ',') {
                        j += 1;
                    }
                    j += 1;
                }
                return i + 1;
            }
            _ => break,
        }
        if !is_path(tokens, i) {
            break;
        }
        i += 2;
    }
    out.push(path);
    i
}

/// Whether an attribute's brackets hold `cfg(test)` or `test`.
fn is_test(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(g)) = token else { return false };
    g.delimiter() == Delimiter::Bracket && matches!(g.stream().to_string().replace(' ', "").as_str(), "cfg(test)" | "test")
}

/// Modules that are declared for tests only.
fn test_modules(tokens: &[TokenTree], own: &[String]) -> Vec<Vec<String>> {
    let mut out = vec![];
    for i in 0..tokens.len() {
        if is_test(tokens.get(i)) {
            let end = after_item(tokens, i + 1);
            if let Some([.., TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(_)]) = tokens.get(i + 1..end)
                && word == "mod"
            {
                out.push(own.iter().cloned().chain([name.to_string()]).collect());
            }
        }
    }
    out
}

/// Where the item that begins here ends: after its `;` or its braces.
fn after_item(tokens: &[TokenTree], mut i: usize) -> usize {
    while let Some(token) = tokens.get(i) {
        i += 1;
        match token {
            TokenTree::Punct(p) if p.as_char() == ';' => break,
            TokenTree::Group(g) if g.delimiter() == Delimiter::Brace => break,
            _ => {}
        }
    }
    i
}

/// Files that reach each other (Kosaraju).
fn components(imports: &Imports) -> Vec<BTreeSet<String>> {
    fn visit<'a>(at: &'a String, to: &BTreeMap<&'a String, Vec<&'a String>>, seen: &mut BTreeSet<&'a String>, order: &mut Vec<&'a String>) {
        if seen.insert(at) {
            to.get(at).into_iter().flatten().for_each(|n| visit(n, to, seen, order));
            order.push(at);
        }
    }
    let (mut to, mut from) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
    for (a, list) in imports {
        for b in list.keys() {
            to.entry(a).or_default().push(b);
            from.entry(b).or_default().push(a);
        }
    }
    let (mut seen, mut order) = (BTreeSet::new(), vec![]);
    imports.keys().for_each(|a| visit(a, &to, &mut seen, &mut order));
    let mut seen = BTreeSet::new();
    let mut out = vec![];
    for at in order.into_iter().rev() {
        let mut component = vec![];
        visit(at, &from, &mut seen, &mut component);
        if !component.is_empty() {
            out.push(component.into_iter().cloned().collect());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_inside_each_crate_are_a_tree() {
        for name in CRATES {
            let found = of_crate(&root().join(name).join("src")).unwrap();
            assert!(found.is_empty(), "{name} has circles of imports; `cargo xtask circles {name}` shows them:\n{found:#?}");
        }
    }

    #[test]
    fn circles_are_found_in_use_lines_paths_and_macros() {
        let folder = std::env::temp_dir().join(format!("circles-{}", std::process::id()));
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let circle = |b: &str| {
            write("lib.rs", "mod a; mod b;");
            write("a.rs", "use crate::b::{self, c::C};");
            write("b/mod.rs", b);
            write("b/c.rs", "pub struct C;");
            of_crate(&folder).unwrap().len()
        };
        for (b, circles) in [
            ("pub mod c;", 0),
            ("pub mod c; pub use c::C;", 0),
            ("pub mod c; use crate::{a::A};", 1),
            ("pub mod c; fn f() { super::a::f(); }", 1),
            ("pub mod c; fn f() { view! { <p>{crate::a::A}</p> } }", 1),
            ("pub mod c; #[cfg(test)] mod tests { use crate::a::A; } fn f() {}", 0),
            ("pub mod c; // crate::a::A\n const S: &str = \"crate::a\";", 0),
        ] {
            assert_eq!(circle(b), circles, "{b}");
        }
        // A program beside the library is another crate.
        write("b/mod.rs", "pub mod c; use crate::Root;");
        write("main.rs", "use b::c::C; use a::A;");
        assert_eq!(of_crate(&folder).unwrap().len(), 0);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
