//! Hosts that nobody declared: those in the logs, those with usual names, those that a wildcard
//! answers. Each is looked up and its front page asked for once.

use crate::dns::{Dns, Scope};
use crate::http::{Ask, Http};
use crate::tls;
use futures::future::join_all;
use hickory_proto::rr::RecordType;
use net::Egress;
use rand::Rng;
use readiness::Target;
use readiness::evidence::{CtLog, Purpose, TlsProbe};
use rustls::RootCertStore;
use std::sync::Arc;

/// Hosts of the logs that are looked at.
const MAX_LOGGED: usize = 30;
/// Names under which stagings are usually found.
const USUAL: &[&str] = &["staging", "stage", "dev", "preview", "test", "beta", "demo", "qa", "uat"];

/// What was looked for.
#[derive(Default)]
pub struct Found {
    pub random: Vec<String>,
    pub guessed: Vec<String>,
    pub probes: Vec<TlsProbe>,
}

/// Looks for such hosts.
pub async fn collect(dns: &Dns, http: &Http, egress: &Egress, roots: &Arc<RootCertStore>, target: &Target, ct: Option<&CtLog>) -> Found {
    let zone = target.domain.registrable();
    let mut declared = target.required_hosts();
    declared.push(target.domain.www());
    let random: Vec<String> = (0..2).map(|_| format!("lr-{:012x}.{zone}", rand::rng().random::<u64>() & 0xffff_ffff_ffff)).collect();
    let guessed: Vec<String> = USUAL.iter().map(|l| format!("{l}.{zone}")).filter(|h| !declared.contains(h)).collect();
    let logged: Vec<String> = ct
        .map(|c| c.hosts(zone))
        .unwrap_or_default()
        .into_iter()
        .filter(|h| !declared.contains(h) && !guessed.contains(h))
        .take(MAX_LOGGED)
        .collect();
    let all: Vec<&String> = random.iter().chain(&guessed).chain(&logged).collect();
    let looked = join_all(all.iter().map(|h| async move { (h.as_str(), dns.addresses(h, Scope::One).await) })).await;
    // A wildcard makes every guess "exist"; only what answers otherwise than it is worth a visit.
    let wild: Vec<_> = looked.iter().filter(|(h, a)| random.iter().any(|r| r == h) && !a.is_empty()).map(|(_, a)| a.clone()).collect();
    let live: Vec<_> = looked
        .iter()
        .filter(|(_, a)| !a.is_empty())
        .filter(|(h, a)| !guessed.iter().any(|g| g == h) || !wild.contains(a))
        .filter(|(h, _)| random.get(1).map(String::as_str) != Some(*h))
        .collect();
    let probes = join_all(live.iter().map(|(host, addresses)| async move {
        let judged = egress.pin(host, addresses).unwrap_or_default();
        let probe = async { if judged.is_empty() { None } else { Some(tls::probe(egress, roots, host, &judged).await.0) } };
        let page = http.fetch(Ask::get(Purpose::Host, format!("https://{host}/")));
        let (probe, page) = tokio::join!(probe, page);
        if page.fetch.last().is_none() {
            http.fetch(Ask::get(Purpose::Host, format!("http://{host}/"))).await;
        }
        probe
    }))
    .await;
    // Aliases that lead nowhere are evidence too; the look-ups above keep them. So are name servers.
    dns.ask(zone, RecordType::NS, Scope::One).await;
    Found { random, guessed, probes: probes.into_iter().flatten().collect() }
}
