//! Everything that one scan saw: what any visitor, resolver or mail server may see.

use super::collector::{Collector, Gap};
use super::dns::{DnsAnswer, DnsStatus};
use super::http::{Fetch, Purpose};
use super::latency::{FamilyFetch, Sample};
use super::page::{Bundles, PageFacts};
use super::registry::{CtLog, RdapOutcome, Registration};
use super::smtp::SmtpProbe;
use super::tls::{Handshakes, Revocation, TlsOutcome, TlsProbe, Trust};
use super::zone::{Delegation, Dnssec, NameServer};
use crate::dead_ends::is_challenge;
use crate::evidence::body::{Info, SourceBody};
use crate::evidence::target::Target;
use serde::{Deserialize, Serialize};

/// The version of the evidence format that this build writes.
pub const EVIDENCE_VERSION: u32 = 1;

/// Everything that one scan saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// [`EVIDENCE_VERSION`] of the build that wrote it.
    pub version: u32,
    /// What was scanned.
    pub target: Target,
    /// Epoch milliseconds.
    pub started_at: i64,
    /// Epoch milliseconds.
    pub finished_at: i64,
    /// Every DNS answer, in the order received.
    #[serde(default)]
    pub dns: Vec<DnsAnswer>,
    /// One probe a host.
    #[serde(default)]
    pub tls: Vec<TlsProbe>,
    /// Every HTTP exchange, each with its redirects.
    #[serde(default)]
    pub fetches: Vec<Fetch>,
    /// What could not be learned.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// What the parent zone says.
    #[serde(default)]
    pub delegation: Option<Delegation>,
    /// The zone's servers, one an address.
    #[serde(default)]
    pub servers: Vec<NameServer>,
    /// DNSSEC of the zone.
    #[serde(default)]
    pub dnssec: Option<Dnssec>,
    /// The domain's registration.
    #[serde(default)]
    pub registration: Option<Registration>,
    /// Certificate transparency.
    #[serde(default)]
    pub ct: Option<CtLog>,
    /// Versions and suites, one a host.
    #[serde(default)]
    pub handshakes: Vec<Handshakes>,
    /// Revocation, one a host.
    #[serde(default)]
    pub revocation: Vec<Revocation>,
    /// The front page by IPv4 and IPv6.
    #[serde(default)]
    pub families: Vec<FamilyFetch>,
    /// The mail servers.
    #[serde(default)]
    pub smtp: Vec<SmtpProbe>,
    /// Pages that were parsed.
    #[serde(default)]
    pub pages: Vec<PageFacts>,
    /// What was searched for secrets and leftovers.
    #[serde(default)]
    pub bundles: Option<Bundles>,
    /// Timed requests.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// Random names below the domain that were looked up, to see whether a wildcard answers.
    #[serde(default)]
    pub random_names: Vec<String>,
    /// Random names below the mail domain and its `_domainkey` that were asked for TXT and MX, likewise.
    #[serde(default)]
    pub random_mail_names: Vec<String>,
    /// Networks that the operator let the scanner enter besides the public internet; there they count as public.
    #[serde(default)]
    pub opened: Vec<String>,
    /// Hosts such as `staging.` that were looked up because they are common, not because they were declared.
    #[serde(default)]
    pub guessed_hosts: Vec<String>,
    /// Collectors that looked again since the scan, and when, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<(Collector, i64)>,
}

impl Outside {
    /// Evidence of nothing yet.
    #[must_use]
    pub fn empty(target: Target, now: i64) -> Self {
        Self {
            version: EVIDENCE_VERSION,
            target,
            started_at: now,
            finished_at: now,
            dns: vec![],
            tls: vec![],
            fetches: vec![],
            gaps: vec![],
            delegation: None,
            servers: vec![],
            dnssec: None,
            registration: None,
            ct: None,
            handshakes: vec![],
            revocation: vec![],
            families: vec![],
            smtp: vec![],
            pages: vec![],
            bundles: None,
            samples: vec![],
            random_names: vec![],
            random_mail_names: vec![],
            opened: vec![],
            guessed_hosts: vec![],
            again: vec![],
        }
    }
    /// Whether an address lies in a network that the operator opened.
    #[must_use]
    pub fn is_opened(&self, address: &str) -> bool {
        let Ok(ip) = address.parse::<std::net::IpAddr>() else { return false };
        self.opened.iter().filter_map(|n| n.parse::<ipnet::IpNet>().ok()).any(|n| n.contains(&ip))
    }
    /// Whether anything at all was learned.
    #[must_use]
    pub fn learned_anything(&self) -> bool {
        self.dns.iter().any(|a| a.status.is_definitive() || a.status == DnsStatus::ServFail)
            || self.tls.iter().any(|t| matches!(t.outcome, TlsOutcome::Session(_)))
            || self.fetches.iter().any(|f| f.last().is_some())
    }
    /// Whether any web server of the site answered, by TLS or by HTTP.
    #[must_use]
    pub fn site_answers(&self) -> bool {
        self.tls.iter().any(|t| matches!(t.outcome, TlsOutcome::Session(_))) || self.fetches.iter().any(|f| f.last().is_some())
    }
    /// When the registration of the domain ends, epoch milliseconds, if the registry says so.
    #[must_use]
    pub fn registration_ends(&self) -> Option<i64> {
        match &self.registration.as_ref()?.outcome {
            RdapOutcome::Found(found) => found.expires,
            _ => None,
        }
    }
    /// Why a collector saw nothing, if it said so.
    #[must_use]
    pub fn gap(&self, collector: Collector) -> Option<&str> {
        self.gaps.iter().find(|g| g.collector == collector).map(|g| g.reason.as_str())
    }
    /// The probe of this host.
    #[must_use]
    pub fn tls_of(&self, host: &str) -> Option<&TlsProbe> {
        self.tls.iter().find(|p| p.host == host)
    }
    /// Whether a browser would accept the certificate of this host at `now`.
    #[must_use]
    pub fn browser_accepts(&self, host: &str, now: i64) -> bool {
        match self.tls_of(host).map(|p| &p.outcome) {
            Some(TlsOutcome::Session(s)) => {
                s.trust == Trust::Trusted && s.name_matches && s.chain.first().is_some_and(|c| c.not_before <= now && now <= c.not_after)
            }
            _ => false,
        }
    }
    /// Fetches for this purpose.
    pub fn fetches_for(&self, purpose: Purpose) -> impl Iterator<Item = &Fetch> {
        self.fetches.iter().filter(move |f| f.purpose == purpose)
    }
    /// The fetch of the front page that a visitor ends at: https apex, else https www, else http.
    #[must_use]
    pub fn front(&self) -> Option<&Fetch> {
        let domain = self.target.domain.as_str();
        [format!("https://{domain}/"), format!("https://www.{domain}/"), format!("http://{domain}/"), format!("http://www.{domain}/")]
            .iter()
            .filter_map(|start| self.fetches_for(Purpose::Start).find(|f| f.start == *start))
            .find(|f| f.last().is_some_and(|(_, r)| r.status < 400 && !is_challenge(r)))
            .or_else(|| self.fetches_for(Purpose::Start).find(|f| f.last().is_some()))
    }
    /// Merges a re-check's newer evidence: what the new collectors saw replaces the old of the
    /// same collectors, everything else stays.
    #[must_use]
    pub fn replaced_by(mut self, newer: Outside, collectors: &[Collector]) -> Outside {
        let dns = [Collector::Dns, Collector::Mail, Collector::Registry].iter().any(|c| collectors.contains(c));
        if dns {
            self.dns.retain(|a| !newer.dns.iter().any(|n| n.name == a.name && n.rtype == a.rtype));
        }
        self.dns.extend(newer.dns);
        let files = |f: &Fetch| matches!(f.purpose, Purpose::Leftover | Purpose::Listing);
        let wants = |c| collectors.contains(&c);
        if wants(Collector::Dns) {
            (self.delegation, self.servers, self.dnssec) = (newer.delegation, newer.servers, newer.dnssec);
        }
        if wants(Collector::Mail) {
            (self.smtp, self.random_mail_names) = (newer.smtp, newer.random_mail_names);
            self.fetches.retain(|f| f.purpose != Purpose::MtaSts);
        }
        if wants(Collector::Registry) {
            (self.registration, self.ct) = (newer.registration, newer.ct);
            (self.random_names, self.guessed_hosts) = (newer.random_names, newer.guessed_hosts);
            self.fetches.retain(|f| f.purpose != Purpose::Host);
        }
        self.tls.retain(|p| !newer.tls.iter().any(|n| n.host == p.host));
        self.tls.extend(newer.tls);
        if wants(Collector::Tls) {
            (self.handshakes, self.revocation, self.families) = (newer.handshakes, newer.revocation, newer.families);
        }
        if wants(Collector::Http) {
            (self.pages, self.bundles) = (newer.pages, newer.bundles);
            self.fetches.retain(|f| files(f) || matches!(f.purpose, Purpose::MtaSts | Purpose::Host));
        }
        if wants(Collector::Files) {
            self.fetches.retain(|f| !files(f));
        }
        if wants(Collector::Speed) {
            self.samples = newer.samples;
        }
        self.fetches.extend(newer.fetches);
        self.gaps.retain(|g| !collectors.contains(&g.collector));
        self.gaps.extend(newer.gaps);
        self.finished_at = newer.finished_at;
        self.again.retain(|(c, _)| !collectors.contains(c));
        self.again.extend(collectors.iter().map(|c| (*c, newer.started_at)));
        self
    }
    /// When the oldest of what these collectors saw was seen, epoch milliseconds.
    #[must_use]
    pub fn seen_at(&self, collectors: &[Collector]) -> i64 {
        let at = |c: &Collector| self.again.iter().find(|(a, _)| a == c).map_or(self.started_at, |(_, at)| *at);
        collectors.iter().map(at).min().unwrap_or(self.started_at)
    }
}

impl SourceBody for Outside {
    const INFO: Info = Info {
        label: "Scan",
        about: "An ordinary visit from outside: DNS, mail records, certificates, pages.",
        days: 7,
        how: "scan the site",
        minutes: 1,
        format: EVIDENCE_VERSION,
        collected: true,
        pushed: true,
    };
    fn origin(&self) -> String {
        "scan".to_owned()
    }
}
