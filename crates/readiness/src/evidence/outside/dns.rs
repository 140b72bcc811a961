//! DNS answers, and the pure questions that rules ask of them.

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
    /// The values where that was learned. An empty list is the one way to say *absent*: a server said so, by
    /// NOERROR without such a record or by NXDOMAIN (RFC 2308 section 2). Silence and failures are a reason instead.
    ///
    /// # Errors
    /// Why nothing was learned.
    pub fn learned(&self) -> Result<Vec<&'a str>, String> {
        self.not_learned().map_or_else(|| Ok(self.values()), Err)
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

impl Resolution {
    /// The addresses where that was learned; none only where a server said so, or the aliases go in a circle.
    ///
    /// # Errors
    /// Why nothing was learned.
    pub fn learned(&self) -> Result<&[String], String> {
        match &self.end {
            ResolutionEnd::ServFail => Err("the name servers answered SERVFAIL, which does not say that it is missing".into()),
            ResolutionEnd::Unknown(why) => Err(why.clone()),
            _ => Ok(&self.addresses),
        }
    }
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
