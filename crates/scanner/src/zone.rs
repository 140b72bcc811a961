//! The zone: its delegation at the parent, each of its servers over UDP and TCP, DNSSEC from the
//! trust anchor down.

use crate::dns::Dns;
use crate::util::now;
use futures::future::join_all;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use hickory_net::dnssec::DnssecDnsHandle;
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::xfer::{DnsHandle, FirstAnswer};
use hickory_net::{DnsError, NetError};
use hickory_proto::dnssec::rdata::DNSSECRData;
use hickory_proto::dnssec::{Proof, TrustAnchors};
use hickory_proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use net::dns_transport::{self, Question};
use readiness::evidence::{Delegation, DnsStatus, Dnssec, DnssecState, Exchange, NameServer};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Addresses of name servers that are asked.
const MAX_SERVERS: usize = 12;
/// The validator asks for every zone on the way down.
const VALIDATION: Duration = Duration::from_secs(8);

/// Asks the parent what it says about the zone.
pub async fn delegation(dns: &Dns) -> Option<Delegation> {
    let (zone, _) = dns.cut().await;
    let (_, parent) = zone.split_once('.')?;
    let servers = dns.first(parent, RecordType::NS).await;
    for ns in servers.iter().filter(|r| r.rtype == "NS").take(2) {
        let addresses = dns.first(&ns.value, RecordType::A).await;
        let Some(ip) = addresses.iter().find(|r| r.rtype == "A").and_then(|r| r.value.parse::<IpAddr>().ok()) else { continue };
        if dns.egress().permits(ip).is_err() {
            continue;
        }
        let at = now();
        let Ok(m) = dns_transport::ask(SocketAddr::new(ip, 53), &Question::new(zone, RecordType::NS, false)).await else { continue };
        let records = |r: &[hickory_proto::rr::Record]| r.iter().take(60).filter_map(dns_transport::record).collect::<Vec<_>>();
        // A referral names the servers as authority; a server of both zones answers.
        let ns_records = records(&m.authorities).into_iter().chain(records(&m.answers));
        let mut names: Vec<String> = ns_records.filter(|r| r.rtype == "NS" && r.name == *zone).map(|r| r.value).collect();
        names.sort();
        names.dedup();
        let glue = records(&m.additionals).into_iter().filter(|r| r.rtype == "A" || r.rtype == "AAAA").collect();
        if !names.is_empty() {
            return Some(Delegation { zone: zone.clone(), server: format!("{} ({ip})", ns.value), at, ns: names, glue });
        }
    }
    None
}

/// Asks every address of every name server, those of the parent's list and those of the zone's own.
pub async fn servers(dns: &Dns, delegation: Option<&Delegation>) -> Vec<NameServer> {
    let (zone, own) = dns.cut().await;
    let mut names: Vec<String> = delegation.map(|d| d.ns.clone()).unwrap_or_default();
    names.extend(own.iter().filter(|n| !delegation.is_some_and(|d| d.ns.contains(n))).cloned());
    names.truncate(8);
    let looked = join_all(names.iter().map(|name| async move {
        let (a, aaaa) = tokio::join!(dns.first(name, RecordType::A), dns.first(name, RecordType::AAAA));
        let alias = a.iter().chain(&aaaa).any(|r| r.rtype == "CNAME" && r.name == *name);
        let mut ips: Vec<IpAddr> =
            a.iter().chain(&aaaa).filter(|r| r.rtype == "A" || r.rtype == "AAAA").filter_map(|r| r.value.parse().ok()).collect();
        ips.truncate(4);
        (name, alias, ips)
    }))
    .await;
    let mut probes = vec![];
    let mut out = vec![];
    for (name, alias, ips) in looked {
        // The parent's glue is what resolvers start from, also where the zone itself does not answer.
        let glue = delegation.iter().flat_map(|d| &d.glue).filter(|r| r.name == *name).filter_map(|r| r.value.parse().ok());
        let ips: Vec<IpAddr> = if ips.is_empty() { glue.take(4).collect() } else { ips };
        if ips.is_empty() {
            out.push(skipped(name, None, alias, "no address of the name was learned"));
        }
        for ip in ips {
            if probes.len() >= MAX_SERVERS {
                break;
            }
            match dns.egress().permits(ip) {
                Ok(()) => probes.push(probe(zone, name, ip, alias)),
                Err(why) => out.push(skipped(name, Some(ip), alias, &why.to_string())),
            }
        }
    }
    out.extend(join_all(probes).await);
    out.sort_by(|a, b| (&a.name, &a.address).cmp(&(&b.name, &b.address)));
    out
}

fn skipped(name: &str, ip: Option<IpAddr>, alias: bool, why: &str) -> NameServer {
    NameServer {
        name: name.to_owned(),
        address: ip.map(|i| i.to_string()),
        alias,
        at: now(),
        udp: Exchange::Skipped(why.to_owned()),
        tcp: Exchange::Skipped(why.to_owned()),
        edns: None,
        serial: None,
        negative_ttl: None,
        ns: vec![],
    }
}

async fn probe(zone: &str, name: &str, ip: IpAddr, alias: bool) -> NameServer {
    let server = SocketAddr::new(ip, 53);
    let at = now();
    // A machine without IPv6 says nothing about the server.
    if ip.is_ipv6() && !has_route(server).await {
        return skipped(name, Some(ip), alias, "this machine has no IPv6");
    }
    let (soa, ns) = (Question::new(zone, RecordType::SOA, false), Question::new(zone, RecordType::NS, false));
    let (udp, tcp, list) =
        tokio::join!(dns_transport::ask_udp(server, &soa), dns_transport::ask_tcp(server, &soa), dns_transport::ask_udp(server, &ns));
    let answer = udp.as_ref().ok().or(tcp.as_ref().ok());
    let soa = answer.and_then(|m| {
        m.answers.iter().find_map(|r| if let RData::SOA(s) = &r.data { Some((s.serial, r.ttl.min(s.minimum))) } else { None })
    });
    let listed = list
        .map(|m| m.answers.iter().filter_map(dns_transport::record).filter(|r| r.rtype == "NS").map(|r| r.value).collect())
        .unwrap_or_default();
    NameServer {
        name: name.to_owned(),
        address: Some(ip.to_string()),
        alias,
        at,
        edns: udp.as_ref().ok().map(|m| m.edns.is_some()),
        udp: exchange(udp),
        tcp: exchange(tcp),
        serial: soa.map(|s| s.0),
        negative_ttl: soa.map(|s| s.1),
        ns: listed,
    }
}

/// Whether this machine has a way to such addresses at all; nothing is sent.
pub async fn has_route(to: SocketAddr) -> bool {
    let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    match tokio::net::UdpSocket::bind(any).await {
        Ok(socket) => socket.connect(to).await.is_ok(),
        Err(_) => false,
    }
}

fn exchange(result: Result<Message, DnsStatus>) -> Exchange {
    match result {
        Ok(m) if m.metadata.response_code == ResponseCode::NoError && m.metadata.authoritative => Exchange::Authoritative,
        Ok(m) if m.metadata.response_code == ResponseCode::NoError => Exchange::Lame("it answers without the AA flag".into()),
        Ok(m) => Exchange::Lame(m.metadata.response_code.to_string()),
        Err(DnsStatus::Timeout) => Exchange::Silent,
        Err(other) => Exchange::Failed(other.label()),
    }
}

/// Our own exchange in the form that hickory's validator wants.
#[derive(Clone)]
struct Handle(SocketAddr);

impl DnsHandle for Handle {
    type Response = BoxStream<'static, Result<DnsResponse, NetError>>;
    type Runtime = TokioRuntimeProvider;
    fn send(&self, request: DnsRequest) -> Self::Response {
        let server = self.0;
        let (mut message, _) = request.into_parts();
        // A resolver that validates itself must hand out what it would refuse.
        message.metadata.checking_disabled = true;
        message.metadata.id = rand::random();
        async move {
            let answer = dns_transport::exchange(server, &message).await.map_err(|e| NetError::from(e.label()))?;
            DnsResponse::from_message(answer).map_err(NetError::from)
        }
        .into_stream()
        .boxed()
    }
}

/// Validates the zone's SOA from the trust anchor. A verdict of *bogus* is only given when the
/// same way proved the DS record at the parent, so that a resolver that loses signatures is not
/// taken for a broken zone.
pub async fn dnssec(dns: &Dns, anchors: &Arc<TrustAnchors>) -> Option<Dnssec> {
    let (zone, _) = dns.cut().await;
    let (label, server) = dns.resolver()?;
    let mut out = Dnssec {
        zone: zone.clone(),
        server: label,
        at: now(),
        state: DnssecState::Indeterminate("not asked".into()),
        ds: vec![],
        has_keys: false,
        keys: vec![],
        signatures_end: None,
    };
    let plain = |rtype| {
        let zone = zone.clone();
        async move { dns_transport::ask(server, &Question::new(&zone, rtype, true)).await }
    };
    let (ds, keys) = tokio::join!(plain(RecordType::DS), plain(RecordType::DNSKEY));
    let records = |m: &Message, rtype: &str| {
        m.answers.iter().filter_map(dns_transport::record).filter(|r| r.rtype == rtype).map(|r| r.value).collect::<Vec<_>>()
    };
    out.keys = keys.as_ref().map(|m| records(m, "DNSKEY")).unwrap_or_default();
    out.has_keys = !out.keys.is_empty();
    match ds {
        Ok(m) if matches!(m.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain) => out.ds = records(&m, "DS"),
        Ok(m) => {
            out.state = DnssecState::Indeterminate(format!("the resolver answered {} when asked for DS", m.metadata.response_code));
            return Some(out);
        }
        Err(e) => {
            out.state = DnssecState::Indeterminate(format!("no answer about DS: {}", e.label()));
            return Some(out);
        }
    }
    if out.ds.is_empty() {
        out.state = DnssecState::Insecure;
        return Some(out);
    }
    let validator = DnssecDnsHandle::with_trust_anchor(Handle(server), anchors.clone());
    let verdict = tokio::time::timeout(VALIDATION, async {
        let parent = proof(&validator, zone, RecordType::DS).await;
        let own = proof(&validator, zone, RecordType::SOA).await;
        (parent, own)
    })
    .await;
    out.state = match verdict {
        Err(_) => DnssecState::Indeterminate("validation took too long".into()),
        Ok((parent, own)) => {
            out.signatures_end = own.1;
            match (parent.0, own.0) {
                (_, Ok(Proof::Secure)) => DnssecState::Secure,
                (Ok(Proof::Secure), Ok(Proof::Bogus)) => {
                    DnssecState::Bogus("the zone's signatures do not fit its DS record at the parent".into())
                }
                (Ok(Proof::Secure), Err(why)) => DnssecState::Bogus(why),
                (Ok(Proof::Insecure), _) | (_, Ok(Proof::Insecure)) => DnssecState::Insecure,
                (parent, _) => DnssecState::Indeterminate(match parent {
                    Ok(_) => "the DS record itself could not be proved, so the resolver may be losing signatures".into(),
                    Err(why) => why,
                }),
            }
        }
    };
    Some(out)
}

/// The proof of a record set, or what the validator said instead; and when its signature ends.
async fn proof(validator: &DnssecDnsHandle<Handle>, zone: &str, rtype: RecordType) -> (Result<Proof, String>, Option<i64>) {
    let Ok(name) = Name::from_str(&format!("{zone}.")) else { return (Err("not a name".into()), None) };
    let mut options = DnsRequestOptions::default();
    options.edns_set_dnssec_ok = true;
    let answer = validator.lookup(Query::query(name, rtype), options).first_answer().await;
    match answer {
        Ok(m) => {
            let end = m
                .answers
                .iter()
                .filter_map(|r| {
                    if let RData::DNSSEC(DNSSECRData::RRSIG(s)) = &r.data {
                        Some(i64::from(s.input().sig_expiration.get()) * 1000)
                    } else {
                        None
                    }
                })
                .min();
            let worst = m.answers.iter().filter(|r| r.record_type() == rtype).map(|r| r.proof).min();
            (worst.ok_or_else(|| "the answer holds no such record".to_owned()), end)
        }
        Err(NetError::Dns(DnsError::Nsec { proof, .. })) => (Ok(proof), None),
        Err(e) => (Err(e.to_string()), None),
    }
}
