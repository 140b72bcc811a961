//! The walk over includes and redirects that counts look-ups (RFC 7208 section 4.6.4).

use super::syntax::{Kind, Qualifier, Spf, Term, has_macro, is_spf};
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
    /// What a sender gets whom nothing lists, redirects followed: the sign of the first term that matches every sender (section 4.6.2).
    pub terminal: Option<Qualifier>,
    /// That term of the record, where it is neither `all` nor a redirect.
    pub open: Option<String>,
}

impl Walk {
    /// Whether receivers give up on the record: a mistake, or more look-ups than they make (section 4.6.4).
    #[must_use]
    pub fn is_broken(&self) -> bool {
        !self.errors.is_empty() || self.lookups > MAX_LOOKUPS || self.void > MAX_VOID
    }
}

/// What a sender gets whom nothing lists, and the term that says so, where that is not `all`.
type End = (Qualifier, Option<String>);

/// Whether a record lists nobody and refuses everybody, redirects followed.
#[must_use]
pub fn is_closed<'a>(record: &str, ask: &dyn Fn(&str, &str) -> Lookup<'a>) -> bool {
    let mut record = record.to_owned();
    for _ in 0..MAX_LOOKUPS {
        let spf = Spf::parse(&record);
        if !spf.errors.is_empty() || spf.evaluated().any(|t| !matches!(t.kind, Kind::Redirect(_) | Kind::Other)) {
            return false;
        }
        let Some(to) = spf.redirect() else { return spf.all() == Some(Qualifier::Fail) };
        let lookup = ask(to, "TXT");
        let records: Vec<&str> = lookup.values().into_iter().filter(|v| is_spf(v)).collect();
        let [next] = records.as_slice() else { return false };
        record = (*next).to_owned();
    }
    false
}

/// Walks the tree from a record at `domain`.
pub fn walk<'a>(domain: &str, record: &str, ask: &dyn Fn(&str, &str) -> Lookup<'a>) -> Walk {
    let mut out = Walk::default();
    let mut path = vec![domain.to_ascii_lowercase()];
    let end = visit(domain, record, domain.to_owned(), ask, &mut path, &mut out, 0);
    (out.terminal, out.open) = end.map_or((None, None), |(sign, open)| (Some(sign), open));
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
) -> Option<End> {
    let at = out.nodes.len();
    out.nodes.push(Node { via, depth: path.len() - 1, cost: 0 });
    let spf = Spf::parse(record);
    out.errors.extend(spf.errors.iter().map(|e| format!("at {domain}: {e}")));
    // The first term that matches every sender decides about those whom nothing before it lists.
    let mut end: Option<End> = None;
    for term in spf.evaluated() {
        let mut everybody = false;
        let mut handed = None;
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
                    handed = below.map(|(sign, _)| sign);
                } else {
                    everybody = below.is_some_and(|(sign, _)| sign == Qualifier::Pass);
                }
            }
            Kind::A(d) => {
                out.lookups += 1;
                let name = d.as_deref().unwrap_or(domain);
                if has_macro(name) {
                    out.macros.push(term.text.clone());
                } else {
                    let (a, aaaa) = (ask(name, "A"), ask(name, "AAAA"));
                    everybody = is_wide(term) && (matches!(a, Lookup::Found(_)) || matches!(aaaa, Lookup::Found(_)));
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
                        // A name without macros is the same for every sender (section 5.7).
                        Lookup::Found(_) => everybody = true,
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
                    Lookup::Found(_) => everybody = is_wide(term),
                    l if is_void(&l) => out.void += 1,
                    l => out.unknown.extend(l.not_learned()),
                }
            }
            Kind::Ptr => out.lookups += 1,
            Kind::Ip => everybody = is_wide(term),
            Kind::All | Kind::Other => {}
        }
        if end.is_none() {
            end = handed.map(|sign| (sign, None)).or_else(|| everybody.then(|| (term.qualifier, Some(term.text.clone()))));
        }
    }
    let cost = out.lookups - before;
    if let Some(node) = out.nodes.get_mut(at) {
        node.cost = cost;
    }
    end.or_else(|| spf.all().map(|sign| (sign, None)))
}

/// Whether a mechanism's prefix holds a large part of all addresses (section 5.6): less than eight bits are compared.
fn is_wide(term: &Term) -> bool {
    let lengths = term.text.split_once('/').map_or("", |(_, lengths)| lengths);
    let (four, six) = lengths.split_once('/').map_or((lengths, ""), |(four, six)| (four, six.trim_start_matches('/')));
    [four, six].iter().any(|n| n.parse::<u8>().is_ok_and(|n| n < 8))
}

fn follow<'a>(
    d: &str,
    via: &str,
    ask: &dyn Fn(&str, &str) -> Lookup<'a>,
    path: &mut Vec<String>,
    out: &mut Walk,
    before: usize,
) -> Option<End> {
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
            let end = visit(d, record, via.to_owned(), ask, path, out, before);
            path.pop();
            return end;
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
    fn the_first_term_that_matches_everybody_decides() {
        let of = |value: &str| crate::evidence::Record { name: String::new(), rtype: "TXT".into(), ttl: 300, value: value.into() };
        let (open, via, address) = (of("v=spf1 +all"), of("v=spf1 include:open.example -all"), of("192.0.2.1"));
        let ask = |name: &str, rtype: &str| match (name, rtype) {
            ("open.example", "TXT") => Lookup::Found(vec![&open]),
            ("via.example", "TXT") => Lookup::Found(vec![&via]),
            ("here.example", "A") => Lookup::Found(vec![&address]),
            _ => Lookup::NoData,
        };
        for (record, sign, open) in [
            ("v=spf1 mx -all", Some(Qualifier::Fail), None),
            ("v=spf1 mx", None, None),
            ("v=spf1 include:via.example -all", Some(Qualifier::Pass), Some("include:via.example")),
            ("v=spf1 ?include:via.example -all", Some(Qualifier::Neutral), Some("?include:via.example")),
            ("v=spf1 -include:open.example mx -all", Some(Qualifier::Fail), Some("-include:open.example")),
            ("v=spf1 redirect=via.example", Some(Qualifier::Pass), None),
            ("v=spf1 ip4:0.0.0.0/0 -all", Some(Qualifier::Pass), Some("ip4:0.0.0.0/0")),
            ("v=spf1 ip6:::/0 -all", Some(Qualifier::Pass), Some("ip6:::/0")),
            ("v=spf1 a:here.example/0 -all", Some(Qualifier::Pass), Some("a:here.example/0")),
            ("v=spf1 a:here.example/24//0 -all", Some(Qualifier::Pass), Some("a:here.example/24//0")),
            ("v=spf1 a:gone.example/0 -all", Some(Qualifier::Fail), None),
            ("v=spf1 exists:here.example -all", Some(Qualifier::Pass), Some("exists:here.example")),
            ("v=spf1 exists:%{i}.here.example ip4:10.0.0.0/8 ~all", Some(Qualifier::SoftFail), None),
        ] {
            let seen = walk("acme.com", record, &ask);
            assert_eq!((seen.terminal, seen.open.as_deref()), (sign, open), "{record}");
        }
        assert!(is_closed("v=spf1 -ALL", &ask) && !is_closed("v=spf1 mx -all", &ask) && !is_closed("v=spf1 redirect=via.example", &ask));
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
