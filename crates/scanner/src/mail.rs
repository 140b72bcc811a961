//! The mail side of a domain's DNS: MX and its hosts, the SPF tree, DKIM selectors, DMARC.

use crate::dns::{Dns, SPF_TYPE, Scope};
use futures::future::join_all;
use hickory_proto::rr::RecordType;
use readiness::checks::COMMON_SELECTORS;
use readiness::{Target, dmarc, spf};
use std::collections::HashSet;

/// Questions that one SPF tree may cause.
const MAX_SPF_QUESTIONS: usize = 80;

pub async fn collect(dns: &Dns, target: &Target) {
    tokio::join!(mx(dns, target), spf_tree(dns, target), dkim(dns, target), dmarc_tree(dns, target));
}

async fn mx(dns: &Dns, target: &Target) {
    let domain = target.mail_domain();
    dns.ask(domain, RecordType::MX, Scope::Source).await;
    let hosts: HashSet<String> = values(dns, domain, "MX")
        .iter()
        .filter_map(|v| v.split_whitespace().nth(1).map(str::to_owned))
        .filter(|h| h != ".")
        .take(10)
        .collect();
    join_all(hosts.iter().map(|h| dns.addresses(h, Scope::One))).await;
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
    join_all(declared.chain(common).map(|(s, scope)| async move {
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
    join_all(dmarc::tree(domain).iter().map(|n| async move {
        let name = format!("_dmarc.{n}");
        dns.ask(&name, RecordType::TXT, if n == domain { Scope::Source } else { Scope::One }).await;
        if let Some(alias) = dangling_alias(dns, &name, "TXT") {
            dns.ask(&alias, RecordType::TXT, Scope::One).await;
        }
    }))
    .await;
}

fn values(dns: &Dns, name: &str, rtype: &str) -> Vec<String> {
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
fn dangling_alias(dns: &Dns, name: &str, rtype: &str) -> Option<String> {
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
