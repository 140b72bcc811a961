//! The pure questions that rules ask of the DNS answers of a scan.

use super::dns::{DnsAnswer, DnsRole, DnsStatus, Lookup, Resolution, ResolutionEnd};
use super::scan::Outside;

impl Outside {
    /// The answer to trust for a question: definitive before not, authoritative before resolver,
    /// with records before without.
    #[must_use]
    pub fn answer(&self, name: &str, rtype: &str) -> Option<&DnsAnswer> {
        self.answers(name, rtype).max_by_key(|a| (a.status.is_definitive(), a.role == DnsRole::Authoritative, !a.records.is_empty()))
    }
    /// Every answer to a question.
    pub fn answers<'a>(&'a self, name: &str, rtype: &str) -> impl Iterator<Item = &'a DnsAnswer> + use<'a> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let rtype = rtype.to_owned();
        self.dns.iter().filter(move |a| a.name == name && a.rtype == rtype)
    }
    /// What is known of a name and type, CNAMEs followed.
    #[must_use]
    pub fn lookup(&self, name: &str, rtype: &str) -> Lookup<'_> {
        let mut name = name.trim_end_matches('.').to_ascii_lowercase();
        for _ in 0..12 {
            let Some(answer) = self.answer(&name, rtype) else {
                return Lookup::Unknown(format!("{rtype} {name} was not asked"));
            };
            match &answer.status {
                DnsStatus::NoError => {}
                DnsStatus::NxDomain => return Lookup::NxDomain,
                DnsStatus::ServFail if self.answers(&name, rtype).all(|a| a.status == DnsStatus::ServFail) => return Lookup::ServFail,
                other => return Lookup::Unknown(format!("{rtype} {name}: {} from {}", other.label(), answer.server)),
            }
            let Some(end) = answer.end() else { break };
            let found: Vec<_> = answer.records.iter().filter(|r| r.name == end && r.rtype == rtype).collect();
            if !found.is_empty() {
                return Lookup::Found(found);
            }
            if end == name {
                return Lookup::NoData;
            }
            name = end.to_owned();
        }
        Lookup::Unknown(format!("{rtype} {name}: the CNAMEs do not end"))
    }
    /// Where the CNAME of a name leads, if the way from there goes in a circle: servers said all of it, so it is known
    /// that nobody ever finds a record there.
    #[must_use]
    pub fn circle(&self, name: &str, rtype: &str) -> Option<&str> {
        let start = name.trim_end_matches('.').to_ascii_lowercase();
        let (mut first, mut at, mut passed) = (None, start.clone(), vec![]);
        while !passed.contains(&at) {
            let answer = self.answer(&at, rtype).filter(|a| a.status == DnsStatus::NoError)?;
            first = first.or_else(|| answer.records.iter().find(|r| r.name == start && r.rtype == "CNAME").map(|r| r.value.as_str()));
            match answer.end() {
                None => return first,
                Some(end) if end == at || answer.records.iter().any(|r| r.name == end && r.rtype == rtype) => return None,
                Some(end) => passed.push(std::mem::replace(&mut at, end.to_ascii_lowercase())),
            }
        }
        first
    }
    /// The wildcard that gives a name its records of a type: a random name beside it, or beside the nearest
    /// ancestor of it below which one was asked, has the same (RFC 4592 section 3.3.1).
    #[must_use]
    pub fn wildcard(&self, name: &str, rtype: &str) -> Option<String> {
        let data = |n: &str| {
            // With an alias in it, NXDOMAIN is about the alias' target, and the alias stands (RFC 6604 section 3).
            let answer = self.answer(n, rtype).filter(|a| matches!(a.status, DnsStatus::NoError | DnsStatus::NxDomain))?;
            let mut data: Vec<(bool, &str, &str)> =
                answer.records.iter().map(|r| (r.name != n, r.rtype.as_str(), r.value.as_str())).collect();
            data.sort_unstable();
            (!data.is_empty()).then_some(data)
        };
        let own = data(name)?;
        let mut parent = name;
        while let Some((_, above)) = parent.split_once('.') {
            parent = above;
            let mut asked = self
                .random_names
                .iter()
                .chain(&self.random_mail_names)
                .filter(|r| r.split_once('.').is_some_and(|(_, p)| p == parent) && *r != name)
                .filter(|r| self.answer(r, rtype).is_some_and(|a| a.status.is_definitive()))
                .peekable();
            if asked.peek().is_some() {
                return asked.any(|r| data(r).as_ref() == Some(&own)).then(|| format!("*.{parent}"));
            }
        }
        None
    }
    /// The name at which the records of an answer were entered: the end of the aliases, or the wildcard that gave them.
    #[must_use]
    pub fn owner(&self, name: &str, rtype: &str) -> String {
        let first = match self.lookup(name, rtype) {
            Lookup::Found(records) => records.first().map(|r| r.name.clone()),
            _ => None,
        };
        let at = first.unwrap_or_else(|| name.to_owned());
        if at == name { self.wildcard(name, rtype).unwrap_or(at) } else { at }
    }
    /// A host followed to its addresses.
    #[must_use]
    pub fn resolve(&self, host: &str) -> Resolution {
        let mut chain: Vec<String> = vec![];
        let mut at = host.trim_end_matches('.').to_ascii_lowercase();
        loop {
            let cname = ["A", "AAAA"].iter().find_map(|t| {
                self.answers(&at, t)
                    .filter(|a| a.status.is_definitive())
                    .find_map(|a| a.records.iter().find(|r| r.name == at && r.rtype == "CNAME"))
            });
            // An answer to the first question may already carry the later links.
            let cname = cname.or_else(|| {
                self.dns.iter().filter(|a| a.name == host).flat_map(|a| &a.records).find(|r| r.name == at && r.rtype == "CNAME")
            });
            match cname {
                Some(record) => {
                    at = record.value.to_ascii_lowercase();
                    if chain.contains(&at) || at == host || chain.len() > 12 {
                        return Resolution { chain, addresses: vec![], end: ResolutionEnd::Loop };
                    }
                    chain.push(at.clone());
                }
                None => break,
            }
        }
        let (a, aaaa) = (self.lookup(host, "A"), self.lookup(host, "AAAA"));
        let addresses: Vec<String> = a.values().into_iter().chain(aaaa.values()).map(str::to_owned).collect();
        let end = if addresses.is_empty() {
            match (a, aaaa) {
                (Lookup::NxDomain, _) | (_, Lookup::NxDomain) => ResolutionEnd::NxDomain,
                (Lookup::ServFail, _) | (Lookup::NoData, Lookup::ServFail) => ResolutionEnd::ServFail,
                (Lookup::Unknown(why), _) | (Lookup::NoData, Lookup::Unknown(why)) => ResolutionEnd::Unknown(why),
                _ => ResolutionEnd::NoData,
            }
        } else {
            ResolutionEnd::Addresses
        };
        Resolution { chain, addresses, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Record;
    use crate::fixture::Fixture;

    #[test]
    fn only_an_answer_says_that_something_is_absent() {
        for (status, absent) in [
            (DnsStatus::NoError, true),
            (DnsStatus::NxDomain, true),
            (DnsStatus::ServFail, false),
            (DnsStatus::Refused, false),
            (DnsStatus::Timeout, false),
            (DnsStatus::Broken("FORMERR".into()), false),
        ] {
            let mut f = Fixture::good();
            f.status("x.acme.example", "A", status.clone()).status("x.acme.example", "AAAA", status.clone());
            assert_eq!(f.evidence.lookup("x.acme.example", "A").learned().is_ok(), absent, "{status:?}");
            assert_eq!(f.evidence.resolve("x.acme.example").learned().is_ok(), absent, "{status:?}");
        }
        assert!(Fixture::good().evidence.lookup("never.acme.example", "A").learned().is_err());
    }

    #[test]
    fn a_wildcard_is_known_by_what_random_names_have() {
        let mut f = Fixture::good();
        let junk = ["v=spf1 -all"];
        f.evidence.random_mail_names = vec!["lr-1.acme.example".into(), "lr-2._domainkey.acme.example".into()];
        f.txt("lr-1.acme.example", &junk).txt("bounce.acme.example", &junk).txt("_dmarc.acme.example", &junk);
        f.status("lr-2._domainkey.acme.example", "TXT", DnsStatus::NxDomain).txt("k1._domainkey.acme.example", &junk);
        f.txt("send.acme.example", &["v=spf1 include:amazonses.com ~all"]).txt("default._bimi.acme.example", &junk);
        let e = &f.evidence;
        let wild = Some("*.acme.example".to_owned());
        assert_eq!(e.wildcard("bounce.acme.example", "TXT"), wild);
        assert_eq!(e.owner("_dmarc.acme.example", "TXT"), "*.acme.example");
        // Two labels below the wildcard, with nothing between.
        assert_eq!(e.wildcard("default._bimi.acme.example", "TXT"), wild);
        // Names below _domainkey exist, so the wildcard above does not reach there.
        assert_eq!(e.wildcard("k1._domainkey.acme.example", "TXT"), None);
        assert_eq!(e.owner("send.acme.example", "TXT"), "send.acme.example");
        f.alias("send.acme.example", "TXT", "send.host.example").txt("send.host.example", &junk);
        assert_eq!(f.evidence.owner("send.acme.example", "TXT"), "send.host.example");
    }

    #[test]
    fn a_circle_of_aliases_is_known_as_such() {
        const N: &str = "s1.acme.example";
        let link = |from: &str, to: &str| Record { name: from.into(), rtype: "CNAME".into(), ttl: 1, value: to.into() };
        let mut f = Fixture::good();
        f.alias(N, "TXT", "a.example").alias("a.example", "TXT", N);
        assert_eq!(f.evidence.circle(N, "TXT"), Some("a.example"));
        f.status("a.example", "TXT", DnsStatus::Timeout);
        assert_eq!(f.evidence.circle(N, "TXT"), None);
        f.txt("a.example", &["x"]);
        assert_eq!(f.evidence.circle(N, "TXT"), None);
        // All of it in one answer.
        for a in f.evidence.dns.iter_mut().filter(|a| a.name == N) {
            a.records = vec![link(N, "a.example"), link("a.example", N)];
        }
        assert_eq!(f.evidence.circle(N, "TXT"), Some("a.example"));
    }

    #[test]
    fn the_way_along_aliases_always_ends() {
        let answer = |links: &[(&str, &str)]| DnsAnswer {
            name: "a.example".into(),
            rtype: "A".into(),
            server: String::new(),
            role: DnsRole::Resolver,
            at: 0,
            took_ms: 0,
            status: DnsStatus::NoError,
            records: links
                .iter()
                .map(|(from, to)| Record { name: (*from).into(), rtype: "CNAME".into(), ttl: 1, value: (*to).into() })
                .collect(),
        };
        assert_eq!(answer(&[]).end(), Some("a.example"));
        assert_eq!(answer(&[("b.example", "c.example"), ("a.example", "b.example")]).end(), Some("c.example"));
        assert_eq!(answer(&[("a.example", "a.example")]).end(), None);
        // The circle does not lead through the start.
        assert_eq!(answer(&[("a.example", "b.example"), ("b.example", "c.example"), ("c.example", "b.example")]).end(), None);
    }
}
