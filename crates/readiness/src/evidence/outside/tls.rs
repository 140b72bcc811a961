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
    /// What strength and revocation depend on.
    #[serde(default)]
    pub details: Option<CertificateDetails>,
}

/// The parts of a certificate that say how strong it is and how it can be revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateDetails {
    /// Hexadecimal serial number.
    pub serial: String,
    /// `RSA`, `EC` or `Ed25519`.
    pub key: String,
    /// Bits of the key; 0 if not read.
    pub bits: u32,
    /// The signature algorithm: `sha256WithRSAEncryption`.
    pub signature: String,
    /// Embedded certificate timestamps (RFC 6962 section 3.3).
    pub scts: u32,
    /// Whether it demands a stapled OCSP answer (RFC 7633).
    pub must_staple: bool,
    /// OCSP responders.
    pub ocsp: Vec<String>,
    /// Addresses of revocation lists.
    pub crl: Vec<String>,
}

/// A protocol version that a server was offered alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionProbe {
    /// `SSL 3.0`, `TLS 1.0` … `TLS 1.3`.
    pub version: String,
    /// Whether the server took it; none if that was not learned.
    pub accepted: Option<bool>,
    /// Suites taken, in the server's order of choice.
    #[serde(default)]
    pub suites: Vec<String>,
    /// Whether the search for suites was cut short.
    #[serde(default)]
    pub cut: bool,
}

/// What a server's ClientHello answers show, read byte by byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshakes {
    /// The host.
    pub host: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// By version.
    pub versions: Vec<VersionProbe>,
    /// Whether TLS 1.2 answers carry renegotiation_info (RFC 5746); none if not learned.
    #[serde(default)]
    pub secure_renegotiation: Option<bool>,
    /// Whether TLS compression was chosen (CRIME).
    #[serde(default)]
    pub compression: Option<bool>,
    /// Whether the heartbeat extension came back (RFC 6520).
    #[serde(default)]
    pub heartbeat: Option<bool>,
    /// Groups for key exchange that the server took.
    #[serde(default)]
    pub groups: Vec<String>,
}

impl Handshakes {
    /// The probe of this version.
    #[must_use]
    pub fn version(&self, version: &str) -> Option<&VersionProbe> {
        self.versions.iter().find(|v| v.version == version)
    }
}

/// Whether a leaf is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The host.
    pub host: String,
    /// The list or responder asked.
    pub source: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// What it says.
    pub state: RevocationState,
}

/// What a list or responder says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "detail")]
pub enum RevocationState {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked,
    /// Not learned, and why.
    Unknown(String),
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
    /// Whether an OCSP answer was stapled.
    #[serde(default)]
    pub stapled: bool,
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
