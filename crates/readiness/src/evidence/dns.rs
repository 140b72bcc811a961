//! DNS answers, and the pure questions that rules ask of them.

use super::Evidence;
use serde::{Deserialize, Serialize};

/// One record, its data in presentation form; the strings of a TXT joined without a space
/// (RFC 7208 section 3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Owner name, lower case, no final dot.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`, `MX`, `TXT`, `NS`, `SOA`, `CAA`.
    pub rtype: String,
    /// Seconds.
    pub ttl: u32,
    /// The data.
    pub value: String,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DnsRole {
    /// A server of the zone itself.
    Authoritative,
    /// A recursive resolver, whose answer may come from a cache.
    Resolver,
}

/// How a question ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "code", content = "detail")]
pub enum DnsStatus {
    /// The name exists; whether it has records of the type, the records say.
    NoError,
    /// The name does not exist.
    NxDomain,
    /// The server failed; says nothing about the name.
    ServFail,
    /// The server declined.
    Refused,
    /// No answer in time.
    Timeout,
    /// Anything else: unreachable, malformed, an unusual code.
    Broken(String),
}

impl DnsStatus {
    /// Whether the answer says something about the name.
    #[must_use]
    pub const fn is_definitive(&self) -> bool {
        matches!(self, DnsStatus::NoError | DnsStatus::NxDomain)
    }
    /// As people who run name servers write it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            DnsStatus::NoError => "NOERROR".into(),
            DnsStatus::NxDomain => "NXDOMAIN".into(),
            DnsStatus::ServFail => "SERVFAIL".into(),
            DnsStatus::Refused => "REFUSED".into(),
            DnsStatus::Timeout => "no answer in time".into(),
            DnsStatus::Broken(why) => why.clone(),
        }
    }
}

/// One question to one server, and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAnswer {
    /// The name asked, lower case, no final dot.
    pub name: String,
    /// The type asked.
    pub rtype: String,
    /// The server, by name and address as far as known.
    pub server: String,
    /// Its role.
    pub role: DnsRole,
    /// Epoch milliseconds.
    pub at: i64,
    /// Milliseconds to the answer.
    #[serde(default)]
    pub took_ms: u64,
    /// How it ended.
    pub status: DnsStatus,
    /// The answer section.
    #[serde(default)]
    pub records: Vec<Record>,
}

impl DnsAnswer {
    /// The name to which the CNAMEs of this answer lead: the first with records of the type asked,
    /// else the last; none if they go in a circle.
    #[must_use]
    pub fn end(&self) -> Option<&str> {
        let mut at = self.name.as_str();
        // A way without a circle has no more steps than there are records.
        for _ in 0..=self.records.len() {
            let here = || self.records.iter().filter(|r| r.name == at);
            match here().find(|r| r.rtype == "CNAME") {
                Some(cname) if !here().any(|r| r.rtype == self.rtype) => at = &cname.value,
                _ => return Some(at),
            }
        }
        None
    }
}

/// What is known about a name and type, over all servers asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup<'a> {
    /// The records of the name itself or at the end of its CNAMEs.
    Found(Vec<&'a Record>),
    /// The name exists without this type.
    NoData,
    /// The name does not exist.
    NxDomain,
    /// The servers failed.
    ServFail,
    /// Nothing was learned, for this reason.
    Unknown(String),
}

impl<'a> Lookup<'a> {
    /// The values; none unless found.
    #[must_use]
    pub fn values(&self) -> Vec<&'a str> {
        if let Lookup::Found(records) = self { records.iter().map(|r| r.value.as_str()).collect() } else { vec![] }
    }
    /// Why this is neither presence nor absence.
    #[must_use]
    pub fn not_learned(&self) -> Option<String> {
        match self {
            Lookup::Unknown(why) => Some(why.clone()),
            Lookup::ServFail => Some("the name servers answered SERVFAIL, which says nothing about the record".into()),
            _ => None,
        }
    }
}

/// A host followed through its CNAMEs to addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The CNAME targets passed, in order.
    pub chain: Vec<String>,
    /// IPv4 and IPv6 addresses.
    pub addresses: Vec<String>,
    /// Where it ended.
    pub end: ResolutionEnd,
}

/// How a resolution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolutionEnd {
    /// At addresses.
    Addresses,
    /// The last name exists without addresses.
    NoData,
    /// The last name does not exist.
    NxDomain,
    /// The servers failed.
    ServFail,
    /// CNAMEs in a circle.
    Loop,
    /// Nothing was learned.
    Unknown(String),
}

impl Evidence {
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
