//! The zone's servers, its delegation, and DNSSEC.

use super::dns::Record;
use serde::{Deserialize, Serialize};

/// What the parent zone says about a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The zone.
    pub zone: String,
    /// The parent's server that was asked, by name and address.
    pub server: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Name servers in the referral.
    pub ns: Vec<String>,
    /// Addresses that came with it.
    #[serde(default)]
    pub glue: Vec<Record>,
}

/// One exchange with a name server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "detail")]
pub enum Exchange {
    /// An authoritative answer.
    Authoritative,
    /// An answer without the AA flag, or a code that is no answer.
    Lame(String),
    /// No answer in time.
    Silent,
    /// The connection failed.
    Failed(String),
    /// Not tried, and why.
    Skipped(String),
}

/// One address of one of the zone's name servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameServer {
    /// Its name.
    pub name: String,
    /// The address asked; none if the name has none.
    pub address: Option<String>,
    /// Whether the name is an alias (RFC 2181 section 10.3).
    #[serde(default)]
    pub alias: bool,
    /// Epoch milliseconds.
    pub at: i64,
    /// SOA over UDP.
    pub udp: Exchange,
    /// SOA over TCP.
    pub tcp: Exchange,
    /// Whether the answer carried EDNS (RFC 6891); none without an answer.
    #[serde(default)]
    pub edns: Option<bool>,
    /// The zone's serial there.
    #[serde(default)]
    pub serial: Option<u32>,
    /// Seconds for which a negative answer may be kept (RFC 2308 section 5).
    #[serde(default)]
    pub negative_ttl: Option<u32>,
    /// The name servers that it lists itself.
    #[serde(default)]
    pub ns: Vec<String>,
}

/// How DNSSEC validation ended (RFC 4035 section 4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "detail")]
pub enum DnssecState {
    /// A chain of signatures from the trust anchor.
    Secure,
    /// No DS at the parent: unsigned on purpose.
    Insecure,
    /// Signed, and the signatures do not hold: validating resolvers answer SERVFAIL.
    Bogus(String),
    /// The validator could not tell.
    Indeterminate(String),
}

/// DNSSEC of the zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dnssec {
    /// The zone.
    pub zone: String,
    /// The server whose answers were validated.
    pub server: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// The verdict of the validator.
    pub state: DnssecState,
    /// DS records at the parent, in presentation form.
    #[serde(default)]
    pub ds: Vec<String>,
    /// Whether the zone serves DNSKEY records.
    #[serde(default)]
    pub has_keys: bool,
    /// DNSKEY records of the zone: flags, protocol, algorithm and key tag (RFC 4034 sections 2 and appendix B).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// When the first signature seen ends, epoch milliseconds.
    #[serde(default)]
    pub signatures_end: Option<i64>,
}
