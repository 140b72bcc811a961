//! The tree walk (RFC 9989 section 4.10): which record is in force for a domain.

use super::record::{Dmarc, Policy, is_dmarc};
use crate::evidence::{Lookup, Outside};

/// Names to ask for a domain, nearest first: itself, then its parents, eight questions at most.
#[must_use]
pub fn tree(domain: &str) -> Vec<String> {
    let labels: Vec<&str> = domain.split('.').collect();
    let mut names = vec![domain.to_owned()];
    let from = if labels.len() > 8 { labels.len() - 7 } else { 1 };
    names.extend((from..labels.len()).filter_map(|i| labels.get(i..)).map(|l| l.join(".")));
    names
}

/// Where the walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The record that applies, and the domain that publishes it.
    One(String, String),
    /// Several records stand at the domain itself; receivers apply none of them.
    Many(String, Vec<String>),
    /// There is none.
    None,
    /// It was not learned.
    Unknown(String),
}

/// Walks the tree over recorded answers: the domain's own record, else that of its organisational domain, else
/// that of the public suffix (section 4.10.1). No list of suffixes is used; `psd` says where they are.
#[must_use]
pub fn find(evidence: &Outside, domain: &str) -> Found {
    let names = tree(domain);
    let mut met: Vec<(usize, String)> = vec![];
    for (i, name) in names.iter().enumerate() {
        let lookup = evidence.lookup(&format!("_dmarc.{name}"), "TXT");
        if let Some(why) = lookup.not_learned() {
            // A registry's silence does not put aside a record that was seen below it.
            if met.is_empty() || name.contains('.') {
                return Found::Unknown(why);
            }
            continue;
        }
        let Lookup::Found(records) = lookup else { continue };
        let mut dmarc: Vec<String> = records.iter().map(|r| r.value.clone()).filter(|v| is_dmarc(v)).collect();
        match (dmarc.len(), i) {
            (0, _) => {}
            (1, 0) => return Found::One(dmarc.remove(0), name.clone()),
            (_, 0) => return Found::Many(name.clone(), dmarc),
            (1, _) => {
                let record = dmarc.remove(0);
                let stop = Dmarc::parse(&record).psd.is_some();
                met.push((i, record));
                if stop {
                    break;
                }
            }
            // Several at one name are discarded, and the walk goes on.
            _ => {}
        }
    }
    let Some((last, record)) = met.last().cloned() else { return Found::None };
    let one = |i: usize, record: String| names.get(i).map_or(Found::None, |n| Found::One(record, n.clone()));
    if Dmarc::parse(&record).psd == Some(true) {
        // The organisational domain is one label below; its own record goes before the suffix's.
        if let Some((i, own)) = met.iter().find(|(i, _)| i + 1 == last) {
            return one(*i, own.clone());
        }
    }
    one(last, record)
}

/// Whether a domain with a record of its own is an organisational domain: no record above it makes one of its
/// parents that. Elsewhere `sp` and `np` are ignored (section 4.7).
#[must_use]
pub fn is_organisational(evidence: &Outside, domain: &str, record: &str) -> bool {
    let above = domain.split_once('.').map_or(Found::None, |(_, parent)| find(evidence, parent));
    Dmarc::parse(record).psd.is_some() || !matches!(above, Found::One(r, _) if Dmarc::parse(&r).psd != Some(true))
}

/// The policy that receivers apply to mail from the domain, and the domain that publishes it.
#[must_use]
pub fn in_force(evidence: &Outside, domain: &str) -> Option<(Policy, String)> {
    let Found::One(record, owner) = find(evidence, domain) else { return None };
    let parsed = Dmarc::parse(&record);
    let exists = !matches!(evidence.lookup(domain, "TXT"), Lookup::NxDomain);
    let policy = if owner == domain { parsed.effective() } else { parsed.below(exists) };
    policy.map(|p| (p, owner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::DnsStatus;
    use crate::fixture::Fixture;

    #[test]
    fn tree_is_nearest_first_and_bounded() {
        assert_eq!(tree("a.acme.com"), ["a.acme.com", "acme.com", "com"]);
        assert_eq!(tree("a.b.c.d.e.f.g.h.i.acme.com").len(), 8);
        assert_eq!(tree("a.b.c.d.e.f.acme.com").len(), 8);
        assert_eq!(
            tree("a.b.c.d.e.f.g.h.i.j.mail.example.com").get(..3),
            Some(
                &["a.b.c.d.e.f.g.h.i.j.mail.example.com".to_owned(), "g.h.i.j.mail.example.com".into(), "h.i.j.mail.example.com".into()][..]
            )
        );
    }

    /// The examples of RFC 9989 sections 4.10 and 4.10.2, and what follows from its rules.
    #[test]
    fn walks() {
        const SUB: &str = "a.mail.acme.example";
        type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<(&'a str, Policy)>);
        let rows: &[Row] = &[
            ("its own record", &[(SUB, "p=none; sp=reject"), ("acme.example", "p=reject")], Some((SUB, Policy::None))),
            (
                "an intermediate one is not the organisation's",
                &[("mail.acme.example", "p=none"), ("acme.example", "p=reject")],
                Some(("acme.example", Policy::Reject)),
            ),
            (
                "an intermediate one with psd=n is",
                &[("mail.acme.example", "p=none; psd=n"), ("acme.example", "p=reject")],
                Some(("mail.acme.example", Policy::None)),
            ),
            ("only an intermediate one", &[("mail.acme.example", "p=quarantine")], Some(("mail.acme.example", Policy::Quarantine))),
            ("sp of the organisation", &[("acme.example", "p=reject; sp=none")], Some(("acme.example", Policy::None))),
            ("np does not hold for a name that exists", &[("acme.example", "p=none; np=reject")], Some(("acme.example", Policy::None))),
            ("of a suffix", &[("example", "p=none; sp=reject; psd=y")], Some(("example", Policy::Reject))),
            (
                "the organisation's goes before the suffix's",
                &[("acme.example", "p=none"), ("example", "p=reject; psd=y")],
                Some(("acme.example", Policy::None)),
            ),
            (
                "a platform below a suffix of its own",
                &[("acme.example", "p=reject; psd=y"), ("example", "p=none; psd=y")],
                Some(("acme.example", Policy::Reject)),
            ),
            (
                "an intermediate one below a suffix, two labels down, is passed over",
                &[(SUB, ""), ("mail.acme.example", "p=none"), ("example", "p=reject; psd=y")],
                Some(("example", Policy::Reject)),
            ),
            ("none", &[], None),
        ];
        for (what, records, want) in rows {
            let mut f = Fixture::good();
            f.txt(SUB, &[]);
            for name in tree(SUB) {
                f.status(&format!("_dmarc.{name}"), "TXT", DnsStatus::NxDomain);
            }
            for (name, tags) in records.iter().filter(|(_, t)| !t.is_empty()) {
                f.txt(&format!("_dmarc.{name}"), &[&format!("v=DMARC1; {tags}")]);
            }
            let got = in_force(&f.evidence, SUB);
            assert_eq!(got, want.map(|(n, p)| (p, n.to_owned())), "{what}");
        }
    }

    #[test]
    fn a_domain_below_another_with_a_record_is_no_organisational_one() {
        const SUB: &str = "app.acme.example";
        for (own, above, suffix, want) in [
            ("p=reject", Some("p=reject"), None, false),
            ("p=reject; psd=n", Some("p=reject"), None, true),
            ("p=reject", Some("p=none; psd=y"), None, true),
            ("p=reject", None, Some("p=none; psd=y"), true),
            ("p=reject", None, None, true),
        ] {
            let mut f = Fixture::good();
            for name in tree(SUB) {
                f.status(&format!("_dmarc.{name}"), "TXT", DnsStatus::NxDomain);
            }
            for (name, tags) in [("acme.example", above), ("example", suffix)] {
                if let Some(tags) = tags {
                    f.txt(&format!("_dmarc.{name}"), &[&format!("v=DMARC1; {tags}")]);
                }
            }
            assert_eq!(is_organisational(&f.evidence, SUB, &format!("v=DMARC1; {own}")), want, "{own} {above:?} {suffix:?}");
        }
    }

    #[test]
    fn two_at_a_parent_are_discarded_and_silence_is_not_absence() {
        const SUB: &str = "a.mail.acme.example";
        let mut f = Fixture::good();
        f.txt(SUB, &[]);
        for name in tree(SUB) {
            f.status(&format!("_dmarc.{name}"), "TXT", DnsStatus::NxDomain);
        }
        f.txt("_dmarc.mail.acme.example", &["v=DMARC1; p=none", "v=DMARC1; p=reject"])
            .txt("_dmarc.acme.example", &["v=DMARC1; p=quarantine"]);
        assert_eq!(in_force(&f.evidence, SUB), Some((Policy::Quarantine, "acme.example".into())));
        f.status("_dmarc.example", "TXT", DnsStatus::Timeout);
        assert!(matches!(find(&f.evidence, SUB), Found::One(..)));
        f.status("_dmarc.acme.example", "TXT", DnsStatus::Timeout);
        assert!(matches!(find(&f.evidence, SUB), Found::Unknown(_)));
        // A name that does not exist follows np.
        f.txt("_dmarc.acme.example", &["v=DMARC1; p=none; np=reject"]).status(SUB, "TXT", DnsStatus::NxDomain);
        assert_eq!(in_force(&f.evidence, SUB).map(|(p, _)| p), Some(Policy::Reject));
    }
}
