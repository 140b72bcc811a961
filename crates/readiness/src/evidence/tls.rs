//! What a TLS handshake on port 443 showed.

use serde::{Deserialize, Serialize};

/// One certificate as served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Distinguished name.
    pub subject: String,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// DNS and IP subject alternative names.
    pub names: Vec<String>,
    /// Epoch milliseconds.
    pub not_before: i64,
    /// Epoch milliseconds.
    pub not_after: i64,
    /// Hexadecimal SHA-256 of the DER form.
    pub sha256: String,
}

/// Whether the served chain leads to a trusted root, the calendar and the name left aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "detail")]
pub enum Trust {
    /// A path of served certificates ends at a trusted root.
    Trusted,
    /// The leaf signed itself.
    SelfSigned,
    /// The leaf alone was served and its issuer is no root.
    MissingIntermediate,
    /// The served chain ends at an authority that browsers do not know.
    UnknownIssuer,
    /// Something else is wrong with it.
    Broken(String),
}

/// A completed handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSession {
    /// `TLS 1.3`.
    pub version: String,
    /// The cipher suite's name.
    pub cipher: String,
    /// The protocol agreed by ALPN.
    pub alpn: Option<String>,
    /// The chain as served, leaf first.
    pub chain: Vec<Certificate>,
    /// Verified against the Mozilla roots and those added by `--ca-file`.
    pub trust: Trust,
    /// Whether the leaf covers the host (RFC 9525).
    pub name_matches: bool,
}

/// Where a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsFailure {
    /// The name has no address.
    Unresolved,
    /// The egress guard closed the address.
    Denied,
    /// The port is closed.
    Refused,
    /// No answer in time.
    Timeout,
    /// Something answered, but no handshake came about.
    Handshake,
}

/// How a probe ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsOutcome {
    /// A handshake.
    Session(TlsSession),
    /// None, and why.
    Failed {
        /// Where.
        kind: TlsFailure,
        /// The text of the failure.
        detail: String,
    },
}

/// One host's port 443.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsProbe {
    /// The name sent in SNI.
    pub host: String,
    /// The address connected to.
    pub address: Option<String>,
    /// Epoch milliseconds.
    pub at: i64,
    /// How it ended.
    pub outcome: TlsOutcome,
}

impl TlsProbe {
    /// The session, if one came about.
    #[must_use]
    pub fn session(&self) -> Option<&TlsSession> {
        if let TlsOutcome::Session(s) = &self.outcome { Some(s) } else { None }
    }
}
