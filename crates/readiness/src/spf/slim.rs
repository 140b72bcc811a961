//! A record that lets the same mail through at fewer look-ups.

use super::syntax::{Kind, Qualifier, Spf, is_spf};
use super::walk::{MAX_LOOKUPS, walk};
use crate::evidence::Lookup;

/// A proposed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slim {
    /// The whole record.
    pub record: String,
    /// What it costs.
    pub lookups: usize,
    /// What was changed, each a sentence in the imperative.
    pub steps: Vec<String>,
}

/// An include that may go: its domain, why, and whether that is certain. What is not certain goes
/// only while the record is still too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// `spf.mtasv.net`.
    pub include: String,
    /// As a sentence in the imperative.
    pub step: String,
    /// Known from the records, not only likely.
    pub certain: bool,
}

/// Shortens a record: drops what may go, writes the domain's own includes and hosts out as
/// addresses. Includes of services stay includes, since their addresses change without notice.
/// `None` if nothing gets cheaper.
pub fn slim<'a>(domain: &str, record: &str, ask: &dyn Fn(&str, &str) -> Lookup<'a>, drop: &[Dropped]) -> Option<Slim> {
    let spf = Spf::parse(record);
    if !spf.errors.is_empty() {
        return None;
    }
    let before = walk(domain, record, ask).lookups;
    let mut terms: Vec<String> = vec![];
    let mut steps = vec![];
    for term in &spf.terms {
        let passes = term.qualifier == Qualifier::Pass;
        let found = match &term.kind {
            Kind::Include(d) if drop.iter().any(|x| x.certain && x.include == *d) => {
                steps.extend(drop.iter().find(|x| x.include == *d).map(|x| x.step.clone()));
                Some(vec![])
            }
            Kind::Include(d) if passes && below(d, domain) => {
                let inner = written_out(d, ask);
                if inner.is_some() {
                    steps.push(format!("Write the terms of {d} into the record itself in place of the include."));
                }
                inner
            }
            Kind::A(_) | Kind::Mx(_) if passes && !term.text.contains('/') => {
                let found = hosts(&term.kind, domain, ask);
                if let Some(list) = &found {
                    steps.push(format!("Write {} in place of {}.", list.join(" "), term.text));
                }
                found
            }
            _ => None,
        };
        for text in found.unwrap_or_else(|| vec![term.text.clone()]) {
            if !terms.iter().any(|t| t.eq_ignore_ascii_case(&text)) {
                terms.push(text);
            }
        }
    }
    let whole = |terms: &[String]| std::iter::once("v=spf1").chain(terms.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let mut lookups = walk(domain, &whole(&terms), ask).lookups;
    for likely in drop.iter().filter(|x| !x.certain) {
        if lookups <= MAX_LOOKUPS {
            break;
        }
        let count = terms.len();
        terms.retain(|t| !t.eq_ignore_ascii_case(&format!("include:{}", likely.include)));
        if terms.len() < count {
            steps.push(likely.step.clone());
            lookups = walk(domain, &whole(&terms), ask).lookups;
        }
    }
    (lookups < before).then(|| Slim { record: whole(&terms), lookups, steps })
}

fn below(name: &str, domain: &str) -> bool {
    name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The terms of an included record, if each of them only lets mail through and means the same
/// wherever it stands.
fn written_out<'a>(name: &str, ask: &dyn Fn(&str, &str) -> Lookup<'a>) -> Option<Vec<String>> {
    let records: Vec<&str> = ask(name, "TXT").values().into_iter().filter(|v| is_spf(v)).collect();
    let &[record] = records.as_slice() else { return None };
    let inner = Spf::parse(record);
    if !inner.errors.is_empty() {
        return None;
    }
    let mut out = vec![];
    for term in inner.evaluated() {
        match &term.kind {
            Kind::Ip | Kind::Include(_) if term.qualifier == Qualifier::Pass => out.push(term.text.clone()),
            Kind::A(Some(_)) | Kind::Mx(Some(_)) if term.qualifier == Qualifier::Pass => out.push(term.text.clone()),
            Kind::A(None) if term.text.eq_ignore_ascii_case("a") => out.push(format!("a:{name}")),
            Kind::Mx(None) if term.text.eq_ignore_ascii_case("mx") => out.push(format!("mx:{name}")),
            _ => return None,
        }
    }
    Some(out)
}

/// The addresses of hosts below the domain, if all are known.
fn hosts<'a>(kind: &Kind, domain: &str, ask: &dyn Fn(&str, &str) -> Lookup<'a>) -> Option<Vec<String>> {
    let names: Vec<String> = match kind {
        Kind::A(d) => vec![d.clone().unwrap_or_else(|| domain.to_owned())],
        Kind::Mx(d) => ask(d.as_deref().unwrap_or(domain), "MX")
            .values()
            .iter()
            .filter_map(|mx| mx.split_whitespace().nth(1))
            .map(|h| h.trim_end_matches('.').to_owned())
            .collect(),
        _ => return None,
    };
    if names.is_empty() || !names.iter().all(|n| below(n, domain)) {
        return None;
    }
    let mut out = vec![];
    for name in &names {
        for (rtype, word) in [("A", "ip4"), ("AAAA", "ip6")] {
            let answer = ask(name, rtype);
            if answer.not_learned().is_some() {
                return None;
            }
            out.extend(answer.values().iter().map(|v| format!("{word}:{v}")));
        }
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn shorter(f: &Fixture, record: &str, drop: &[Dropped]) -> Option<Slim> {
        slim("acme.example", record, &|n, t| f.evidence.lookup(n, t), drop)
    }

    #[test]
    fn own_hosts_become_addresses_and_own_includes_their_terms() {
        let mut f = Fixture::good();
        f.txt("_spf.acme.example", &["v=spf1 ip4:192.0.2.9 include:_spf.mail.example -all"]);
        f.txt("_spf.mail.example", &["v=spf1 ip4:198.51.100.0/24 -all"]);
        f.dns("acme.example", "A", &["192.0.2.1"]).dns("acme.example", "AAAA", &[]);
        let s = shorter(&f, "v=spf1 a include:_spf.acme.example ~all", &[]).unwrap();
        assert_eq!(s.record, "v=spf1 ip4:192.0.2.1 ip4:192.0.2.9 include:_spf.mail.example ~all");
        assert_eq!((s.lookups, s.steps.len()), (1, 2));
        // Nothing to win.
        assert_eq!(shorter(&f, "v=spf1 include:_spf.mail.example ~all", &[]), None);
        // What an inner record refuses would be let through or lost.
        f.txt("_spf.acme.example", &["v=spf1 -ip4:192.0.2.9 -all"]);
        assert_eq!(shorter(&f, "v=spf1 include:_spf.acme.example ~all", &[]), None);
    }

    #[test]
    fn services_are_dropped_for_a_reason_only() {
        let mut f = Fixture::good();
        let mut record = "v=spf1".to_owned();
        for i in 0..12 {
            record.push_str(&format!(" include:i{i}.example"));
            f.txt(&format!("i{i}.example"), &["v=spf1 ip4:192.0.2.1 -all"]);
        }
        record.push_str(" -all");
        let of = |n: usize, certain| Dropped { include: format!("i{n}.example"), step: format!("Drop i{n}."), certain };
        assert_eq!(shorter(&f, &record, &[]), None);
        let s = shorter(&f, &record, &[of(0, true), of(1, false), of(2, false)]).unwrap();
        assert_eq!((s.lookups, s.steps), (10, vec!["Drop i0.".to_owned(), "Drop i1.".to_owned()]));
        assert!(s.record.contains("include:i2.example") && !s.record.contains("include:i1.example"));
    }
}
