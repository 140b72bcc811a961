//! What registries and public logs say: RDAP and certificate transparency.

use serde::{Deserialize, Serialize};

/// A domain's registration (RFC 9083).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The registrable domain asked for.
    pub domain: String,
    /// Where it was read; the registry's own answer.
    pub source: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// What came back.
    pub outcome: RdapOutcome,
}

/// How the question ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "detail")]
pub enum RdapOutcome {
    /// An answer.
    Found(Rdap),
    /// The registry knows no such domain (404).
    NotRegistered,
    /// The top-level domain has no RDAP server.
    NoServer,
    /// Something else, as a sentence.
    Unknown(String),
}

/// The parts of an RDAP answer that rules look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rdap {
    /// Epoch milliseconds of the expiration event.
    #[serde(default)]
    pub expires: Option<i64>,
    /// Epoch milliseconds of the registration event.
    #[serde(default)]
    pub registered: Option<i64>,
    /// Statuses as written: `client transfer prohibited`.
    #[serde(default)]
    pub status: Vec<String>,
    /// The registrar's name.
    #[serde(default)]
    pub registrar: Option<String>,
    /// Name servers.
    #[serde(default)]
    pub nameservers: Vec<String>,
    /// The registrar's own answer, where the registry referred to one.
    #[serde(default)]
    pub referral: Option<String>,
}

/// One certificate of a public log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedCertificate {
    /// Names, lower case.
    pub names: Vec<String>,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// Epoch milliseconds.
    pub not_before: i64,
    /// Epoch milliseconds.
    pub not_after: i64,
}

/// What certificate transparency (RFC 6962) shows for a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CtLog {
    /// Where it was read.
    pub source: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Certificates of the last thirteen months, newest first, bounded.
    pub certificates: Vec<LoggedCertificate>,
    /// Why it could not be read.
    #[serde(default)]
    pub error: Option<String>,
    /// Whether more were logged than are kept.
    #[serde(default)]
    pub truncated: bool,
}

impl CtLog {
    /// Host names below (or equal to) this domain, each once, wildcards left out.
    #[must_use]
    pub fn hosts(&self, domain: &str) -> Vec<String> {
        let below = format!(".{domain}");
        let mut hosts: Vec<String> = self
            .certificates
            .iter()
            .flat_map(|c| &c.names)
            .filter(|n| !n.starts_with("*.") && (*n == domain || n.ends_with(&below)))
            .cloned()
            .collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}
