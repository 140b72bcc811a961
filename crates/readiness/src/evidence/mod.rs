//! What was observed: verbatim, time-stamped, never interpreted. One serializable value a scan.

mod dns;
mod http;
mod page;
mod registry;
mod smtp;
mod speed;
mod tls;
mod zone;

pub use dns::{DnsAnswer, DnsRole, DnsStatus, Lookup, Record, Resolution, ResolutionEnd};
pub use http::{Answer, Body, FailKind, Fetch, Hop, Purpose, Response};
pub use page::{Around, Bundles, Hit, PageFacts, RefKind, Reference, Searched, SourceMap, Standing};
pub use registry::{CtLog, LoggedCertificate, Rdap, RdapOutcome, Registration};
pub use smtp::{SmtpOutcome, SmtpProbe};
pub use speed::{FamilyFetch, Sample};
pub use tls::{
    Certificate, CertificateDetails, Handshakes, Revocation, RevocationState, TlsFailure, TlsOutcome, TlsProbe, TlsSession, Trust,
    VersionProbe,
};
pub use zone::{Delegation, Dnssec, DnssecState, Exchange, NameServer};

use crate::dead_ends::is_challenge;
use crate::domain::{Domain, Selector};
use serde::{Deserialize, Serialize};

/// The version of the evidence format that this build writes.
pub const EVIDENCE_VERSION: u32 = 1;

/// What is scanned, as its owner declared it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The primary domain.
    pub domain: Domain,
    /// Further hosts that belong to the product.
    #[serde(default)]
    pub hosts: Vec<Domain>,
    /// Whether the domain sends mail; `None` when nobody said.
    #[serde(default)]
    pub sends_mail: Option<bool>,
    /// Declared DKIM selectors.
    #[serde(default)]
    pub dkim_selectors: Vec<Selector>,
    /// Whether somebody declared to be entitled to test the site.
    #[serde(default)]
    pub entitled: bool,
    /// Mail services that send for the product: ids of [`crate::providers`], or domains of others.
    #[serde(default)]
    pub senders: Vec<String>,
    /// Links in ads, bios and mails, absolute.
    #[serde(default)]
    pub links: Vec<String>,
    /// Paths of health endpoints.
    #[serde(default)]
    pub health: Vec<String>,
    /// Whether `www.` is left out on purpose.
    #[serde(default)]
    pub no_www: bool,
    /// Whether the product is an internal one that search engines should not find.
    #[serde(default)]
    pub internal: bool,
    /// Stack overrides of the owner: layer and name of the provider.
    #[serde(default)]
    pub stack: Vec<(String, String)>,
    /// The DNS map that the owner approved.
    #[serde(default)]
    pub map: Option<crate::dns_map::ApprovedMap>,
}

/// What an owner may say about a product beside its names, for the settings of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// See [`Target::senders`].
    pub senders: Vec<String>,
    /// See [`Target::links`].
    pub links: Vec<String>,
    /// See [`Target::health`].
    pub health: Vec<String>,
    /// See [`Target::no_www`].
    pub no_www: bool,
    /// See [`Target::internal`].
    pub internal: bool,
    /// See [`Target::stack`].
    pub stack: Vec<(String, String)>,
}

impl Target {
    /// With an owner's settings.
    #[must_use]
    pub fn with(mut self, s: &Settings) -> Self {
        self.senders.clone_from(&s.senders);
        self.links.clone_from(&s.links);
        self.health.clone_from(&s.health);
        self.stack.clone_from(&s.stack);
        (self.no_www, self.internal) = (s.no_www, s.internal);
        self
    }
    /// A target of which only the domain is known: a preview.
    #[must_use]
    pub fn preview(domain: Domain) -> Self {
        Self {
            domain,
            hosts: vec![],
            sends_mail: None,
            dkim_selectors: vec![],
            entitled: false,
            senders: vec![],
            links: vec![],
            health: vec![],
            no_www: false,
            internal: false,
            stack: vec![],
            map: None,
        }
    }
    /// Hosts that must work: the domain and the declared ones, without the optional `www.`.
    #[must_use]
    pub fn required_hosts(&self) -> Vec<String> {
        let mut hosts = vec![self.domain.to_string()];
        for host in &self.hosts {
            if !hosts.contains(&host.to_string()) {
                hosts.push(host.to_string());
            }
        }
        hosts
    }
    /// `www.` of the domain, where one is expected and not already declared.
    #[must_use]
    pub fn www(&self) -> Option<String> {
        (self.domain.is_registrable() && !self.no_www).then(|| self.domain.www())
    }
    /// The domain in the From of the product's mail: the scanned one, unless that is a subdomain
    /// of which nobody said that it sends. `app.acme.com` writes as `acme.com`.
    #[must_use]
    pub fn mail_domain(&self) -> &str {
        if self.sends_mail == Some(true) { self.domain.as_str() } else { self.domain.registrable() }
    }
}

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

/// Everything that one scan saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
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
}

impl Evidence {
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
    /// Seconds until caches follow, where the servers of the zone already answer a question that
    /// this finding rests on otherwise than a resolver does; none where they agree.
    #[must_use]
    pub fn cache_lag(&self, finding: &crate::assess::Finding) -> Option<u32> {
        let sources: Vec<&str> = finding.evidence.iter().map(|s| s.source.as_str()).collect();
        let values = |a: &DnsAnswer| {
            let mut v: Vec<String> = a.records.iter().map(|r| format!("{} {}", r.rtype, r.value)).collect();
            v.sort();
            (a.status.clone(), v)
        };
        self.dns
            .iter()
            .filter(|old| old.role == DnsRole::Resolver && old.status.is_definitive() && sources.contains(&old.server.as_str()))
            .filter(|old| finding.evidence.iter().any(|s| s.source == old.server && s.text.contains(&old.name)))
            .filter(|old| {
                let mut source =
                    self.answers(&old.name, &old.rtype).filter(|a| a.role == DnsRole::Authoritative && a.status.is_definitive()).peekable();
                source.peek().is_some() && source.all(|a| values(a) != values(old))
            })
            // Without records the negative answer's time is not known; five minutes is usual.
            .map(|old| old.records.iter().map(|r| r.ttl).max().unwrap_or(300))
            .max()
    }
    /// Merges a re-check's newer evidence: what the new collectors saw replaces the old of the
    /// same collectors, everything else stays.
    #[must_use]
    pub fn replaced_by(mut self, newer: Evidence, collectors: &[Collector]) -> Evidence {
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
        self
    }
}

/// The host of an absolute URL of ours (`https://host[:port]/…`), lower case.
#[must_use]
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, r)| r);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    authority.rsplit_once(':').filter(|(_, p)| p.bytes().all(|b| b.is_ascii_digit())).map_or(authority, |(h, _)| h)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn caches_that_lag_behind_the_source_are_told_with_their_time() {
        let lag = |f: &Fixture| {
            let a = f.assess();
            f.evidence.cache_lag(a.finding("MAIL-02").unwrap())
        };
        let mut f = Fixture::good();
        assert_eq!(lag(&f), None);
        f.also(DnsRole::Resolver, "9.9.9.9", "acme.example", "TXT", DnsStatus::NoError, &["v=spf1 a ~all", "v=spf1 mx ~all"]);
        assert_eq!(lag(&f), Some(300));
        // The source decides the outcome, not the cache.
        assert_eq!(f.assess().finding("MAIL-02").unwrap().outcome, crate::Outcome::Pass);
        let mut same = Fixture::good();
        same.also(
            DnsRole::Resolver,
            "9.9.9.9",
            "acme.example",
            "TXT",
            DnsStatus::NoError,
            &["site-verification=1", "v=spf1 mx include:_spf.mail.example ~all"],
        );
        assert_eq!(lag(&same), None);
    }
}
