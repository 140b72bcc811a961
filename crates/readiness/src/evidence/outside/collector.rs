//! Who looks: the collectors of a scan, and what one of them could not learn.

use serde::{Deserialize, Serialize};

/// The collectors, which are what a re-check can run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Collector {
    /// Addresses, name servers, CAA.
    Dns,
    /// MX, SPF, DKIM, DMARC.
    Mail,
    /// Certificates and handshakes.
    Tls,
    /// Redirects, pages, headers, assets.
    Http,
    /// Well-known leftovers, only with entitlement.
    Files,
    /// RDAP and certificate transparency.
    Registry,
    /// Timed requests.
    Speed,
}

impl Collector {
    /// All collectors, in the order in which they usually finish.
    pub const ALL: [Collector; 7] =
        [Collector::Dns, Collector::Mail, Collector::Registry, Collector::Tls, Collector::Http, Collector::Speed, Collector::Files];
    /// The name on the page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Collector::Dns => "DNS",
            Collector::Mail => "Mail records",
            Collector::Tls => "Certificates",
            Collector::Http => "Web pages",
            Collector::Files => "Leftover files",
            Collector::Registry => "Registry and logs",
            Collector::Speed => "Response times",
        }
    }
}

/// Something that could not be learned at all, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Whose work it was.
    pub collector: Collector,
    /// The reason, as a sentence.
    pub reason: String,
}
