//! Runs the collectors side by side along their dependencies, within a deadline.

use crate::budget::Budget;
use crate::dns::{Dns, Scope};
use crate::http::Http;
use crate::options::Options;
use crate::util::now;
use crate::{discovery, latency, mail, registry, revocation, tls, tls_handshakes, web, zone};
use futures::future::join_all;
use hickory_proto::rr::RecordType;
use net::Egress;
use net::sync::lock;
use readiness::evidence::{Collector, Gap};
use readiness::{Outside, Target};
use rustls::pki_types::CertificateDer;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Names of one certificate whose CAA records are asked.
const MAX_NAMES: usize = 20;

/// What happens while a scan runs.
#[derive(Clone, Debug)]
pub enum Event {
    /// A collector has finished; this is the evidence so far.
    Finished(Collector, Box<Outside>),
}

/// Collects evidence with these collectors. Always returns by the deadline.
pub async fn collect(target: &Target, options: &Options, collectors: &[Collector], on: &(dyn Fn(Event) + Sync)) -> Outside {
    let started_at = now();
    let deadline = Instant::now() + options.timeout;
    let egress = Arc::new(options.guard());
    let dns = Arc::new(Dns::new(egress.clone(), &options.resolvers, target.domain.as_str()));
    let budget = Arc::new(Budget::new(options.preview));
    let http = match Http::new(egress.clone(), dns.clone(), budget.clone(), &options.roots, deadline) {
        Ok(http) => http,
        Err(why) => {
            let mut e = Outside::empty(target.clone(), started_at);
            e.gaps.push(Gap { collector: Collector::Http, reason: why });
            return e;
        }
    };
    let scan = Scan {
        target,
        options,
        dns: &dns,
        http: &http,
        egress: &egress,
        budget: &budget,
        seen: Mutex::new(Outside {
            opened: options.allow.iter().map(ToString::to_string).collect(),
            ..Outside::empty(target.clone(), started_at)
        }),
        on,
    };
    let wants = |c: Collector| collectors.contains(&c);
    // The last moment leaves room for writing down what is known.
    let limit = options.timeout.saturating_sub(Duration::from_millis(100));
    // Each on the heap: together they are larger than what a thread's stack should hold.
    let mut work: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = vec![
        Box::pin(scan.bounded(Collector::Dns, wants(Collector::Dns), limit, Box::pin(scan.dns()))),
        Box::pin(scan.bounded(Collector::Mail, wants(Collector::Mail), limit, Box::pin(scan.mail()))),
        Box::pin(scan.bounded(Collector::Registry, wants(Collector::Registry), limit, Box::pin(scan.registry()))),
        Box::pin(scan.bounded(Collector::Tls, wants(Collector::Tls), limit, Box::pin(scan.tls()))),
    ];
    work.push(Box::pin(scan.bounded(Collector::Speed, wants(Collector::Speed), limit, Box::pin(scan.speed()))));
    work.push(Box::pin(scan.web(wants(Collector::Http), wants(Collector::Files) && target.entitled, limit)));
    join_all(work).await;
    scan.evidence()
}

struct Scan<'a> {
    target: &'a Target,
    options: &'a Options,
    dns: &'a Dns,
    http: &'a Http,
    egress: &'a Egress,
    budget: &'a Budget,
    /// What the collectors saw; answers and fetches stand in `dns` and `http`.
    seen: Mutex<Outside>,
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
        lock(&self.seen).gaps.push(Gap { collector, reason: reason.to_owned() });
    }

    fn evidence(&self) -> Outside {
        let mut e = lock(&self.seen).clone();
        e.finished_at = now();
        e.dns = self.dns.answers();
        e.fetches = self.http.fetches();
        // The order of arrival says nothing, and must not change a result.
        e.dns.sort_by(|a, b| (&a.name, &a.rtype, &a.server).cmp(&(&b.name, &b.rtype, &b.server)));
        e.tls.sort_by(|a, b| a.host.cmp(&b.host));
        e.fetches.sort_by(|a, b| (a.purpose as u8, &a.start, &a.origin).cmp(&(b.purpose as u8, &b.start, &b.origin)));
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
        tokio::join!(
            apex,
            hosts,
            self.caa(domain, Scope::Source),
            self.dns.ask(domain, RecordType::NS, Scope::Source),
            self.dns.ask(domain, RecordType::SOA, Scope::Source),
            self.dns.ask(domain, RecordType::MX, Scope::Source),
            self.dns.ask(domain, RecordType::TXT, Scope::Source),
            self.zone(),
        );
    }

    /// The CAA records that bind a name: its own, those of an alias' target, or the nearest ancestor's up to the
    /// top-level domain (RFC 8659 section 3).
    async fn caa(&self, name: &str, scope: Scope) {
        let mut at = name.strip_prefix("*.").unwrap_or(name);
        loop {
            self.dns.ask(at, RecordType::CAA, scope).await;
            if let Some(target) = mail::dangling_alias(self.dns, at, "CAA") {
                self.dns.ask(&target, RecordType::CAA, Scope::One).await;
            }
            match at.split_once('.') {
                Some((_, parent)) if mail::values(self.dns, at, "CAA").is_empty() => at = parent,
                _ => return,
            }
        }
    }

    async fn zone(&self) {
        let servers = async {
            let delegation = zone::delegation(self.dns).await;
            let servers = zone::servers(self.dns, delegation.as_ref()).await;
            (delegation, servers)
        };
        let ((delegation, servers), dnssec) = tokio::join!(servers, zone::dnssec(self.dns, &self.options.sources.anchors));
        let mut seen = lock(&self.seen);
        (seen.delegation, seen.servers, seen.dnssec) = (delegation, servers, dnssec);
    }

    async fn mail(&self) {
        let met = mail::collect(self.dns, self.http, &self.options.roots, self.target).await;
        let mut seen = lock(&self.seen);
        (seen.smtp, seen.random_mail_names) = (met.greeted, met.random_names);
        seen.tls.extend(met.policy_host);
    }

    async fn registry(&self) {
        let domain = self.target.domain.registrable();
        let sources = &self.options.sources;
        let registration = async {
            let found = registry::registration(self.http, &sources.rdap, domain).await;
            lock(&self.seen).registration = Some(found);
        };
        let hosts = async {
            let ct = match &sources.ct_url {
                Some(url) => Some(registry::ct(self.http, url, domain).await),
                None => None,
            };
            let found = discovery::collect(self.dns, self.http, self.egress, &self.options.roots, self.target, ct.as_ref()).await;
            let mut seen = lock(&self.seen);
            (seen.ct, seen.random_names, seen.guessed_hosts) = (ct, found.random, found.guessed);
            seen.tls.extend(found.probes);
        };
        tokio::join!(registration, hosts);
    }

    async fn speed(&self) {
        let domain = self.target.domain.as_str();
        let Some(front) = self.landing(&format!("https://{domain}/")).await else { return };
        let login = front.join("/login").ok();
        let (mut all, mut dead) = (vec![], vec![]);
        for i in 0..latency::SAMPLES {
            if i > 0 {
                tokio::time::sleep(self.options.sample_gap).await;
            }
            for url in std::iter::once(&front).chain(&login) {
                if dead.contains(&url) {
                    continue;
                }
                let host = url.host_str().unwrap_or("");
                let addresses = self.dns.addresses(host, Scope::Source).await;
                let judged = self.egress.pin(host, &addresses).unwrap_or_default();
                let sample = latency::sample(self.dns, self.egress, self.budget, url, &judged).await;
                // A page that is not there is not timed five times; one lost answer does not say so, two are enough.
                let again = all.iter().any(|s: &readiness::evidence::Sample| s.url == sample.url && s.status.is_none());
                if sample.status.map_or(again, |s| s >= 400) && Some(url) == login.as_ref() {
                    dead.push(url);
                }
                all.push(sample);
            }
            lock(&self.seen).samples.clone_from(&all);
        }
    }

    /// Where a visitor of this address ends.
    async fn landing(&self, start: &str) -> Option<url::Url> {
        let mut url = url::Url::parse(start).ok()?;
        for _ in 0..4 {
            let host = url.host_str()?.to_owned();
            let addresses = self.dns.addresses(&host, Scope::Source).await;
            let judged = self.egress.pin(&host, &addresses).ok()?;
            match latency::peek(self.egress, self.budget, &url, &judged).await.and_then(|to| url.join(&to).ok()) {
                Some(next) => url = next,
                None => return Some(url),
            }
        }
        None
    }

    async fn tls(&self) {
        join_all(self.hosts().into_iter().map(|host| async move {
            let addresses = self.dns.addresses(&host, Scope::Source).await;
            // A guard that refuses every address is asked again when connecting, and recorded then.
            let judged = self.egress.pin(&host, &addresses).unwrap_or(addresses);
            let (probe, chain) = tls::probe(self.egress, &self.options.roots, &host, &judged).await;
            let answers = probe.session().is_some();
            let zone = self.target.domain.registrable();
            let own = |n: &&String| n.as_str() == zone || n.ends_with(&format!(".{zone}"));
            let leaf = probe.session().and_then(|s| s.chain.first());
            let names: Vec<String> = leaf.map(|l| l.names.iter().filter(own).take(MAX_NAMES).cloned().collect()).unwrap_or_default();
            lock(&self.seen).tls.push(probe);
            let caa = async {
                join_all(names.iter().map(|n| self.caa(n, Scope::One))).await;
            };
            let closer = async {
                if answers {
                    self.closer(&host, &judged, &chain).await;
                }
            };
            tokio::join!(caa, closer);
        }))
        .await;
        let mut seen = lock(&self.seen);
        seen.handshakes.sort_by(|a, b| a.host.cmp(&b.host));
        seen.revocation.sort_by(|a, b| a.host.cmp(&b.host));
        seen.families.sort_by(|a, b| (&a.host, &a.address).cmp(&(&b.host, &b.address)));
    }

    /// What a host that speaks TLS is asked further.
    async fn closer(&self, host: &str, addresses: &[std::net::IpAddr], chain: &[CertificateDer<'static>]) {
        let families = async {
            // Only a host with both families has something to compare.
            if addresses.iter().any(std::net::IpAddr::is_ipv6) {
                latency::families(self.egress, self.budget, host, addresses).await
            } else {
                vec![]
            }
        };
        let (handshakes, revocation, families) = tokio::join!(
            tls_handshakes::probe(self.egress, self.budget, host, addresses),
            revocation::check(self.http, host, chain),
            families
        );
        let mut seen = lock(&self.seen);
        seen.handshakes.push(handshakes);
        seen.revocation.extend(revocation);
        seen.families.extend(families);
    }

    async fn web(&self, http: bool, files: bool, limit: Duration) {
        if !http && !files {
            return;
        }
        let begun = Instant::now();
        let mut front = None;
        let pages = async {
            front = Box::pin(web::ways_in(self.http, self.target)).await;
            if let (Some(f), true) = (&front, http) {
                let (facts, bundles) = Box::pin(web::look(self.http, self.target, f)).await;
                let mut seen = lock(&self.seen);
                (seen.pages, seen.bundles) = (facts, Some(bundles));
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
