//! The mail side of a domain's DNS: MX and its hosts, the SPF tree, DKIM selectors, DMARC.

use crate::dns::{Dns, Scope};
use crate::http::{Ask, Http};
use crate::util::now;
use crate::{smtp, tls};
use futures::future::join_all;
use hickory_proto::rr::RecordType;
use net::dns_transport::SPF_TYPE;
use rand::Rng;
use readiness::checks::COMMON_SELECTORS;
use readiness::evidence::{Purpose, SmtpProbe, TlsProbe};
use readiness::{Domain, Outside, Target, dmarc, providers, spf};
use rustls::RootCertStore;
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Questions that one SPF tree may cause.
const MAX_SPF_QUESTIONS: usize = 80;

/// MX hosts that are greeted.
const MAX_GREETED: usize = 3;
/// Lists of domains and of addresses that send spam, and what stands before the name.
pub const DOMAIN_LISTS: [&str; 2] = ["dbl.spamhaus.org", "multi.surbl.org"];
/// The same for addresses.
pub const ADDRESS_LISTS: [&str; 2] = ["zen.spamhaus.org", "bl.spamcop.net"];

/// What was seen beside DNS and HTTP.
pub struct Met {
    /// What the mail servers said.
    pub greeted: Vec<SmtpProbe>,
    /// Random names that were asked, to know what a wildcard gives.
    pub random_names: Vec<String>,
    /// The certificate of the host that serves the MTA-STS policy.
    pub policy_host: Option<TlsProbe>,
}

/// Everything about mail.
pub async fn collect(dns: &Dns, http: &Http, roots: &Arc<RootCertStore>, target: &Target) -> Met {
    let first = async {
        let (hosts, ()) = tokio::join!(mx(dns, target), spf_tree(dns, target));
        // Who sends is known now, and with it where its keys stand.
        let known = async {
            let mut e = Outside::empty(target.clone(), now());
            e.dns = dns.answers();
            let selectors: Vec<&str> = providers::infer(&e)
                .iter()
                .filter_map(|i| i.sender)
                .chain(target.senders.iter().filter_map(|id| providers::sender(id)))
                .flat_map(|s| s.selectors.iter().copied())
                .filter(|s| !COMMON_SELECTORS.contains(s))
                .collect();
            keys(dns, target, &selectors).await;
        };
        let greet = join_all(hosts.iter().take(MAX_GREETED).map(|h| smtp::probe(dns, dns.egress(), roots, h)));
        let ((), greeted, ()) = tokio::join!(known, greet, lists(dns, target));
        greeted
    };
    let (greeted, (), (), (), policy_host, random_names) = tokio::join!(
        first,
        dkim(dns, target),
        dmarc_tree(dns, target),
        return_paths(dns, target),
        transport(dns, http, roots, target),
        wildcards(dns, target)
    );
    Met { greeted, random_names, policy_host }
}

/// Asks for names that nobody made, so that what a wildcard gives is known from what was entered. Keys have a
/// place of their own: where names stand below `_domainkey`, a wildcard above does not reach there.
async fn wildcards(dns: &Dns, target: &Target) -> Vec<String> {
    let (domain, label) = (target.mail_domain(), format!("lr-{:012x}", rand::rng().random::<u64>() & 0xffff_ffff_ffff));
    let (beside, key) = (format!("{label}.{domain}"), format!("{label}._domainkey.{domain}"));
    tokio::join!(
        dns.ask(&beside, RecordType::TXT, Scope::One),
        dns.ask(&beside, RecordType::MX, Scope::One),
        dns.ask(&key, RecordType::TXT, Scope::One)
    );
    vec![beside, key]
}

/// Subdomains that return-paths usually have.
async fn return_paths(dns: &Dns, target: &Target) {
    let domain = target.mail_domain();
    join_all(providers::RETURN_LABELS.iter().map(|label| async move {
        let name = format!("{label}.{domain}");
        tokio::join!(dns.ask(&name, RecordType::MX, Scope::One), dns.ask(&name, RecordType::TXT, Scope::One));
    }))
    .await;
}

/// MTA-STS (RFC 8461), TLS-RPT (RFC 8460), BIMI. Pages are fetched with any certificate; that of the policy's host
/// must be trusted, so it is looked at apart.
async fn transport(dns: &Dns, http: &Http, roots: &Arc<RootCertStore>, target: &Target) -> Option<TlsProbe> {
    let domain = target.mail_domain();
    let names = [format!("_mta-sts.{domain}"), format!("_smtp._tls.{domain}"), format!("default._bimi.{domain}")];
    join_all(names.iter().map(|n| async move {
        dns.ask(n, RecordType::TXT, Scope::One).await;
        // Services that keep these records are named by an alias.
        if let Some(alias) = dangling_alias(dns, n, "TXT") {
            dns.ask(&alias, RecordType::TXT, Scope::One).await;
        }
    }))
    .await;
    if !values(dns, &names[0], "TXT").iter().any(|v| v.starts_with("v=STSv1")) {
        return None;
    }
    let host = format!("mta-sts.{domain}");
    http.fetch(Ask::one(Purpose::MtaSts, format!("https://{host}/.well-known/mta-sts.txt"))).await;
    let addresses = dns.addresses(&host, Scope::One).await;
    let judged = dns.egress().pin(&host, &addresses).unwrap_or(addresses);
    Some(tls::probe(dns.egress(), roots, &host, &judged).await.0)
}

/// Public lists of senders of spam: the domain, and addresses that the SPF record names one by one.
async fn lists(dns: &Dns, target: &Target) {
    let domain = target.mail_domain();
    let mut names: Vec<String> = DOMAIN_LISTS.iter().map(|l| format!("{domain}.{l}")).collect();
    for ip in readiness::spf::single_addresses(&values(dns, domain, "TXT")).into_iter().take(4) {
        names.extend(ADDRESS_LISTS.iter().map(|l| listed_name(ip, l)));
    }
    join_all(names.iter().map(|n| dns.ask(n, RecordType::A, Scope::One))).await;
}

/// The name under which a list keeps an address (RFC 5782 section 2.1).
fn listed_name(ip: Ipv4Addr, list: &str) -> String {
    let [a, b, c, d] = ip.octets();
    format!("{d}.{c}.{b}.{a}.{list}")
}

async fn mx(dns: &Dns, target: &Target) -> Vec<String> {
    let domain = target.mail_domain();
    dns.ask(domain, RecordType::MX, Scope::Source).await;
    let hosts: HashSet<String> = values(dns, domain, "MX")
        .iter()
        .filter_map(|v| v.split_whitespace().nth(1).map(str::to_owned))
        .filter(|h| h != ".")
        .take(10)
        .collect();
    join_all(hosts.iter().map(|h| dns.addresses(h, Scope::One))).await;
    let mut hosts: Vec<String> = hosts.into_iter().collect();
    hosts.sort();
    hosts
}

async fn spf_tree(dns: &Dns, target: &Target) {
    let domain = target.mail_domain();
    tokio::join!(dns.ask(domain, RecordType::TXT, Scope::Source), dns.ask(domain, SPF_TYPE, Scope::One));
    let mut asked: HashSet<spf::Question> = HashSet::new();
    let mut at = vec![domain.to_owned()];
    // Breadth first, one level at a time.
    for _ in 0..12 {
        let mut next: Vec<spf::Question> = vec![];
        for name in &at {
            for record in values(dns, name, "TXT").iter().filter(|v| spf::is_spf(v)) {
                next.extend(
                    spf::questions(record, name).into_iter().filter(|q| asked.len() < MAX_SPF_QUESTIONS && asked.insert(q.clone())),
                );
            }
        }
        if next.is_empty() {
            return;
        }
        join_all(next.iter().map(|q| dns.ask(&q.name, rtype(q.rtype), Scope::One))).await;
        // An include may be an alias; its target's records come with the answer or are asked here.
        join_all(
            next.iter()
                .filter_map(|q| dangling_alias(dns, &q.name, q.rtype).map(|t| (t, q.rtype)))
                .map(|(t, r)| async move { dns.ask(&t, rtype(r), Scope::One).await }),
        )
        .await;
        at = next.into_iter().filter(|q| q.rtype == "TXT").map(|q| q.name).collect();
    }
}

async fn dkim(dns: &Dns, target: &Target) {
    let domain = target.mail_domain();
    let declared = target.dkim_selectors.iter().map(|s| (s.as_str(), Scope::Source));
    let common = COMMON_SELECTORS.iter().map(|s| (*s, Scope::One));
    key_records(dns, domain, declared.chain(common).collect()).await;
}

async fn keys(dns: &Dns, target: &Target, selectors: &[&str]) {
    key_records(dns, target.mail_domain(), selectors.iter().map(|s| (*s, Scope::One)).collect()).await;
}

async fn key_records(dns: &Dns, domain: &str, selectors: Vec<(&str, Scope)>) {
    join_all(selectors.into_iter().map(|(s, scope)| async move {
        let name = format!("{s}._domainkey.{domain}");
        dns.ask(&name, RecordType::TXT, scope).await;
        if let Some(alias) = dangling_alias(dns, &name, "TXT") {
            dns.ask(&alias, RecordType::TXT, Scope::One).await;
        }
    }))
    .await;
}

async fn dmarc_tree(dns: &Dns, target: &Target) {
    let domain = target.mail_domain();
    // Reports may go to the registered domain, if it takes mail.
    dns.ask(target.domain.registrable(), RecordType::MX, Scope::One).await;
    join_all(dmarc::tree(domain).iter().map(|n| async move {
        let name = format!("_dmarc.{n}");
        dns.ask(&name, RecordType::TXT, if n == domain { Scope::Source } else { Scope::One }).await;
        if let Some(alias) = dangling_alias(dns, &name, "TXT") {
            dns.ask(&alias, RecordType::TXT, Scope::One).await;
        }
        // Where reports go must take mail, and must agree if it is another's (RFC 9990 section 4).
        // Those of a record that has to be repaired are asked too, so that its repair can be judged.
        let places: HashSet<String> = values(dns, &name, "TXT")
            .iter()
            .filter(|r| dmarc::is_meant(r))
            .flat_map(|r| [Some(r.clone()), dmarc::repair(r).map(|m| m.record)])
            .flatten()
            .flat_map(|r| dmarc::Dmarc::parse(&r).report_domains())
            .take(6)
            .collect();
        join_all(places.iter().map(|p| async move {
            dns.ask(p, RecordType::MX, Scope::One).await;
            if values(dns, p, "MX").is_empty() {
                // Without an MX the domain's own address takes the mail (RFC 5321 section 5.1).
                dns.ask(p, RecordType::A, Scope::One).await;
                dns.ask(p, RecordType::AAAA, Scope::One).await;
            }
            let foreign =
                Domain::parse(p).is_ok_and(|d| d.registrable() != Domain::parse(n).map(|d| d.registrable().to_owned()).unwrap_or_default());
            if foreign {
                dns.ask(&format!("{n}._report._dmarc.{p}"), RecordType::TXT, Scope::One).await;
            }
        }))
        .await;
    }))
    .await;
}

pub(crate) fn values(dns: &Dns, name: &str, rtype: &str) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    let mut at = name.to_ascii_lowercase();
    for _ in 0..8 {
        for a in dns.answers_to(&at, rtype) {
            found.extend(
                a.records.iter().filter(|r| r.rtype == rtype).map(|r| r.value.clone()).filter(|v| !found.contains(v)).collect::<Vec<_>>(),
            );
        }
        match dangling_alias(dns, &at, rtype) {
            Some(next) if found.is_empty() => at = next,
            _ => break,
        }
    }
    found
}

/// The end of the CNAMEs in an answer that brought no record of the type.
pub(crate) fn dangling_alias(dns: &Dns, name: &str, rtype: &str) -> Option<String> {
    let a = dns.answers_to(name, rtype).into_iter().find(|a| a.records.iter().any(|r| r.rtype == "CNAME"))?;
    let end = a.end()?;
    (end != name && !a.records.iter().any(|r| r.rtype == rtype)).then(|| end.to_owned())
}

fn rtype(word: &str) -> RecordType {
    match word {
        "A" => RecordType::A,
        "AAAA" => RecordType::AAAA,
        "MX" => RecordType::MX,
        _ => RecordType::TXT,
    }
}
