//! Runs the collectors side by side along their dependencies, within a deadline.

use crate::dns::{Dns, Resolvers, Scope};
use crate::egress::Egress;
use crate::http::Http;
use crate::{lock, mail, now, tls, web};
use futures::future::join_all;
use hickory_proto::rr::RecordType;
use ipnet::IpNet;
use readiness::evidence::{Collector, Gap, TlsProbe};
use readiness::{Evidence, Target};
use rustls::RootCertStore;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How to scan.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who answers DNS questions.
    pub resolvers: Resolvers,
    /// Networks that the egress guard opens.
    pub allow: Vec<IpNet>,
    /// Roots to trust, from [`crate::roots::load`].
    pub roots: Arc<RootCertStore>,
    /// The whole scan ends by then, with whatever is known.
    pub timeout: Duration,
    /// Whether nobody has an account for it: a smaller budget.
    pub preview: bool,
}

/// What happens while a scan runs.
#[derive(Clone, Debug)]
pub enum Event {
    /// A collector has finished; this is the evidence so far.
    Finished(Collector, Box<Evidence>),
}

/// Collects evidence with these collectors. Always returns by the deadline.
pub async fn collect(target: &Target, options: &Options, collectors: &[Collector], on: &(dyn Fn(Event) + Sync)) -> Evidence {
    let started_at = now();
    let deadline = Instant::now() + options.timeout;
    let egress = Arc::new(Egress::new(options.allow.clone()));
    let dns = Arc::new(Dns::new(egress.clone(), &options.resolvers, target.domain.as_str()));
    let http = match Http::new(egress.clone(), dns.clone(), options.preview, deadline) {
        Ok(http) => http,
        Err(why) => {
            let mut e = Evidence::empty(target.clone(), started_at);
            e.gaps.push(Gap { collector: Collector::Http, reason: why });
            return e;
        }
    };
    let scan = Scan {
        target,
        dns: &dns,
        http: &http,
        egress: &egress,
        roots: &options.roots,
        started_at,
        tls: Mutex::default(),
        gaps: Mutex::default(),
        on,
    };
    let wants = |c: Collector| collectors.contains(&c);
    // The last moment leaves room for writing down what is known.
    let limit = options.timeout.saturating_sub(Duration::from_millis(100));
    tokio::join!(
        scan.bounded(Collector::Dns, wants(Collector::Dns), limit, scan.dns()),
        scan.bounded(Collector::Mail, wants(Collector::Mail), limit, mail::collect(&dns, target)),
        scan.bounded(Collector::Tls, wants(Collector::Tls), limit, scan.tls()),
        scan.web(wants(Collector::Http), wants(Collector::Files) && target.entitled, limit),
    );
    scan.evidence()
}

struct Scan<'a> {
    target: &'a Target,
    dns: &'a Dns,
    http: &'a Http,
    egress: &'a Egress,
    roots: &'a Arc<RootCertStore>,
    started_at: i64,
    tls: Mutex<Vec<TlsProbe>>,
    gaps: Mutex<Vec<Gap>>,
    on: &'a (dyn Fn(Event) + Sync),
}

impl Scan<'_> {
    /// Runs a collector, if wanted, to its end or to the limit; then tells of it.
    async fn bounded(&self, collector: Collector, wanted: bool, limit: Duration, work: impl Future<Output = ()>) {
        if !wanted {
            return;
        }
        if tokio::time::timeout(limit, work).await.is_err() {
            self.gap(collector, "The scan's time ran out before this was finished.");
        }
        (self.on)(Event::Finished(collector, Box::new(self.evidence())));
    }

    fn gap(&self, collector: Collector, reason: &str) {
        lock(&self.gaps).push(Gap { collector, reason: reason.to_owned() });
    }

    fn evidence(&self) -> Evidence {
        let mut e = Evidence::empty(self.target.clone(), self.started_at);
        e.finished_at = now();
        e.dns = self.dns.answers();
        e.tls = lock(&self.tls).clone();
        e.fetches = self.http.fetches();
        e.gaps = lock(&self.gaps).clone();
        e
    }

    fn hosts(&self) -> Vec<String> {
        let mut hosts = self.target.required_hosts();
        hosts.extend(self.target.www());
        hosts
    }

    async fn dns(&self) {
        let domain = self.target.domain.as_str();
        let apex = async {
            tokio::join!(
                self.dns.ask(domain, RecordType::A, Scope::Source),
                self.dns.ask(domain, RecordType::AAAA, Scope::Source),
                self.dns.ask_public(domain, RecordType::A)
            );
        };
        let hosts = async {
            join_all(self.hosts().iter().filter(|h| *h != domain).map(|h| self.dns.addresses(h, Scope::Source))).await;
        };
        let caa = async {
            // Up to, but not into, the public suffix (RFC 8659 section 3).
            let mut at = domain;
            loop {
                self.dns.ask(at, RecordType::CAA, Scope::Source).await;
                match at.split_once('.') {
                    Some((_, parent)) if at != self.target.domain.registrable() => at = parent,
                    _ => break,
                }
            }
        };
        tokio::join!(
            apex,
            hosts,
            caa,
            self.dns.ask(domain, RecordType::NS, Scope::Source),
            self.dns.ask(domain, RecordType::SOA, Scope::Source)
        );
    }

    async fn tls(&self) {
        let probes = self.hosts().into_iter().map(|host| async move {
            let addresses = self.dns.addresses(&host, Scope::Source).await;
            // A guard that refuses every address is asked again when connecting, and recorded then.
            let judged = self.egress.pin(&host, &addresses).unwrap_or(addresses);
            let probe = tls::probe(self.egress, self.roots, &host, &judged).await;
            lock(&self.tls).push(probe);
        });
        join_all(probes).await;
        lock(&self.tls).sort_by(|a, b| a.host.cmp(&b.host));
    }

    async fn web(&self, http: bool, files: bool, limit: Duration) {
        if !http && !files {
            return;
        }
        let begun = Instant::now();
        let mut front = None;
        let pages = async {
            front = web::ways_in(self.http, self.target).await;
            if let (Some(f), true) = (&front, http) {
                web::look(self.http, self.target, f).await;
            }
        };
        self.bounded(Collector::Http, true, limit, pages).await;
        if !files {
            return;
        }
        match &front {
            Some(f) => self.bounded(Collector::Files, true, limit.saturating_sub(begun.elapsed()), web::leftovers(self.http, f)).await,
            None => self.gap(Collector::Files, "No page of the site answered, so leftover files could not be looked for."),
        }
    }
}
