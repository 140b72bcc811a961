//! The walk over includes and redirects that counts look-ups (RFC 7208 section 4.6.4).

use super::syntax::{Kind, Qualifier, Spf, has_macro, is_spf};
use crate::evidence::Lookup;

/// Look-ups that a record may cost (RFC 7208 section 4.6.4).
pub const MAX_LOOKUPS: usize = 10;
/// Look-ups that may come back empty (section 4.6.4).
pub const MAX_VOID: usize = 2;
/// MX hosts or PTR names that one mechanism may lead to (section 4.6.4).
pub const MAX_MX: usize = 10;
/// Nesting at which the walk stops.
const MAX_DEPTH: usize = 12;
/// Records that the walk visits at most.
const MAX_NODES: usize = 60;

/// A question that the walk needs answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// Name.
    pub name: String,
    /// `TXT`, `A`, `AAAA`, `MX`.
    pub rtype: &'static str,
}

/// What a record asks of the DNS directly, `domain` being where it stands.
#[must_use]
pub fn questions(record: &str, domain: &str) -> Vec<Question> {
    let spf = Spf::parse(record);
    let mut asks = vec![];
    for term in spf.evaluated() {
        let (name, rtypes): (&str, &[&'static str]) = match &term.kind {
            Kind::Include(d) | Kind::Redirect(d) => (d, &["TXT"]),
            Kind::A(d) => (d.as_deref().unwrap_or(domain), &["A", "AAAA"]),
            Kind::Exists(d) => (d, &["A"]),
            Kind::Mx(d) => (d.as_deref().unwrap_or(domain), &["MX"]),
            _ => continue,
        };
        if !has_macro(name) {
            asks.extend(rtypes.iter().map(|rtype| Question { name: name.to_owned(), rtype }));
        }
    }
    asks
}

/// One record of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// How it was reached: the term, or the domain for the root.
    pub via: String,
    /// How deep.
    pub depth: usize,
    /// Look-ups of this record and of all below it, the one that fetched it included.
    pub cost: usize,
}

/// The result of a walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The tree in reading order.
    pub nodes: Vec<Node>,
    /// DNS look-ups in all.
    pub lookups: usize,
    /// Those that came back empty.
    pub void: usize,
    /// Permanent errors, each a sentence.
    pub errors: Vec<String>,
    /// What could not be learned.
    pub unknown: Vec<String>,
    /// Terms with macros, whose cost below them depends on the message.
    pub macros: Vec<String>,
    /// Includes whose record ends in `+all`, so that they match everybody.
    pub open_includes: Vec<String>,
    /// The qualifier that ends the evaluation, redirects followed.
    pub terminal: Option<Qualifier>,
}

/// Walks the tree from a record at `domain`.
pub fn walk<'a>(domain: &str, record: &str, ask: &dyn Fn(&str, &str) -> Lookup<'a>) -> Walk {
    let mut out = Walk::default();
    let mut path = vec![domain.to_ascii_lowercase()];
    out.terminal = visit(domain, record, domain.to_owned(), ask, &mut path, &mut out, 0);
    out
}

fn visit<'a>(
    domain: &str,
    record: &str,
    via: String,
    ask: &dyn Fn(&str, &str) -> Lookup<'a>,
    path: &mut Vec<String>,
    out: &mut Walk,
    before: usize,
) -> Option<Qualifier> {
    let at = out.nodes.len();
    out.nodes.push(Node { via, depth: path.len() - 1, cost: 0 });
    let spf = Spf::parse(record);
    out.errors.extend(spf.errors.iter().map(|e| format!("at {domain}: {e}")));
    let mut terminal = spf.all();
    for term in spf.evaluated() {
        match &term.kind {
            Kind::Include(d) | Kind::Redirect(d) => {
                let start = out.lookups;
                out.lookups += 1;
                if has_macro(d) {
                    out.macros.push(term.text.clone());
                    continue;
                }
                let below = follow(d, &term.text, ask, path, out, start);
                if matches!(term.kind, Kind::Redirect(_)) {
                    terminal = below;
                } else if below == Some(Qualifier::Pass) && term.qualifier == Qualifier::Pass {
                    out.open_includes.push(term.text.clone());
                }
            }
            Kind::A(d) => {
                out.lookups += 1;
                let name = d.as_deref().unwrap_or(domain);
                if has_macro(name) {
                    out.macros.push(term.text.clone());
                } else {
                    let (a, aaaa) = (ask(name, "A"), ask(name, "AAAA"));
                    if is_void(&a) && is_void(&aaaa) {
                        out.void += 1;
                    } else if let (Some(why), false) = (a.not_learned(), matches!(aaaa, Lookup::Found(_))) {
                        out.unknown.push(why);
                    }
                }
            }
            Kind::Exists(d) => {
                out.lookups += 1;
                if has_macro(d) {
                    out.macros.push(term.text.clone());
                } else {
                    match ask(d, "A") {
                        l if is_void(&l) => out.void += 1,
                        l => out.unknown.extend(l.not_learned()),
                    }
                }
            }
            Kind::Mx(d) => {
                out.lookups += 1;
                let name = d.as_deref().unwrap_or(domain);
                if has_macro(name) {
                    out.macros.push(term.text.clone());
                    continue;
                }
                match ask(name, "MX") {
                    Lookup::Found(mx) if mx.len() > MAX_MX => out.errors.push(format!(
                        "at {domain}: “{}” leads to {} mail hosts; receivers stop at {MAX_MX}",
                        term.text,
                        mx.len()
                    )),
                    l if is_void(&l) => out.void += 1,
                    l => out.unknown.extend(l.not_learned()),
                }
            }
            Kind::Ptr => out.lookups += 1,
            Kind::All | Kind::Ip | Kind::Other => {}
        }
    }
    let cost = out.lookups - before;
    if let Some(node) = out.nodes.get_mut(at) {
        node.cost = cost;
    }
    terminal
}

fn follow<'a>(
    d: &str,
    via: &str,
    ask: &dyn Fn(&str, &str) -> Lookup<'a>,
    path: &mut Vec<String>,
    out: &mut Walk,
    before: usize,
) -> Option<Qualifier> {
    if path.iter().any(|p| p == d) {
        out.errors.push(format!("“{via}” leads back to a record that already includes it"));
        return None;
    }
    if path.len() > MAX_DEPTH || out.nodes.len() > MAX_NODES {
        return None;
    }
    let lookup = ask(d, "TXT");
    let records: Vec<&str> = lookup.values().into_iter().filter(|v| is_spf(v)).collect();
    match (records.as_slice(), &lookup) {
        ([record], _) => {
            path.push(d.to_owned());
            let terminal = visit(d, record, via.to_owned(), ask, path, out, before);
            path.pop();
            return terminal;
        }
        ([], l) if l.not_learned().is_some() => out.unknown.extend(l.not_learned()),
        ([], l) => {
            if is_void(l) {
                out.void += 1;
            }
            out.errors.push(format!("“{via}” leads to {d}, which has no SPF record"));
        }
        _ => out.errors.push(format!("“{via}” leads to {d}, which has {} SPF records", records.len())),
    }
    None
}

const fn is_void(l: &Lookup) -> bool {
    matches!(l, Lookup::NoData | Lookup::NxDomain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_after_all_is_asked() {
        assert_eq!(questions("v=spf1 -all redirect=a.example include:b.example", "acme.com"), vec![]);
        assert_eq!(questions("v=spf1 mx include:%{i}.x.example", "acme.com"), vec![Question { name: "acme.com".into(), rtype: "MX" }]);
    }

    #[test]
    fn the_cost_of_each_include_holds_all_below_it() {
        let answer =
            |record: &'static str| crate::evidence::Record { name: String::new(), rtype: "TXT".into(), ttl: 300, value: record.into() };
        let (a, b) = (answer("v=spf1 include:b.example mx:c.example -all"), answer("v=spf1 exists:d.example -all"));
        let walk = walk("acme.com", "v=spf1 include:a.example a -all", &|name, rtype| match (name, rtype) {
            ("a.example", "TXT") => Lookup::Found(vec![&a]),
            ("b.example", "TXT") => Lookup::Found(vec![&b]),
            _ => Lookup::NoData,
        });
        let costs: Vec<(usize, usize)> = walk.nodes.iter().map(|n| (n.depth, n.cost)).collect();
        assert_eq!((costs, walk.lookups, walk.void), (vec![(0, 5), (1, 4), (2, 2)], 5, 3));
    }
}
