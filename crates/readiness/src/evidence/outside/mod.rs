//! The source *outside*: a scan, an ordinary visit from the network.

mod collector;
pub mod dns;
pub mod http;
mod latency;
mod lookup;
pub mod page;
mod registry;
mod scan;
mod smtp;
pub mod tls;
mod url;
mod zone;

pub use collector::{Collector, Gap};
pub use dns::{DnsAnswer, DnsRole, DnsStatus, Lookup, Record, Resolution, ResolutionEnd};
pub use http::{Answer, Body, FailKind, Fetch, Hop, Purpose, Response};
pub use latency::{FamilyFetch, Sample};
pub use page::{Around, Bundles, Hit, PageFacts, RefKind, Reference, Searched, SourceMap, Standing};
pub use registry::{CtLog, LoggedCertificate, Rdap, RdapOutcome, Registration};
pub use scan::{EVIDENCE_VERSION, Outside};
pub use smtp::{SmtpOutcome, SmtpProbe};
pub use tls::{
    Certificate, CertificateDetails, Handshakes, Revocation, RevocationState, TlsFailure, TlsOutcome, TlsProbe, TlsSession, Trust,
    VersionProbe,
};
pub use url::host_of;
pub use zone::{Delegation, Dnssec, DnssecState, Exchange, NameServer};
