//! What a mail server on port 25 says.

use serde::{Deserialize, Serialize};

/// One MX host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpProbe {
    /// The MX host.
    pub host: String,
    /// The address connected to.
    pub address: Option<String>,
    /// Epoch milliseconds.
    pub at: i64,
    /// How it ended.
    pub outcome: SmtpOutcome,
}

/// How the conversation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "detail")]
pub enum SmtpOutcome {
    /// TLS came about: version, and whether the certificate is trusted and for this name.
    Encrypted {
        /// `TLS 1.3`.
        version: String,
        /// Whether a browser-like client would trust it for the MX name.
        trusted: bool,
    },
    /// The server does not offer STARTTLS (RFC 3207).
    NotOffered,
    /// Offered, and the handshake failed.
    Broken(String),
    /// The host refuses connections on port 25: nothing listens there.
    Refused,
    /// Port 25 was not reached: filtered there, or outgoing 25 is blocked here.
    Unreached(String),
}
