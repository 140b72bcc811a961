//! DNS questions, asked of known servers one by one. The evidence must say which server said what
//! with which code and flags, which a caching resolver library hides; so this is a plain exchange
//! over hickory's wire format.

use crate::util::now;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;
use net::dns_transport::{self, Question};
use net::resolvers::PUBLIC;
use net::sync::lock;
use net::{Egress, Resolvers};
use readiness::evidence::{DnsAnswer, DnsRole, DnsStatus, Record};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::sync::{OnceCell, Semaphore};

/// Records of one answer that are kept.
const MAX_RECORDS: usize = 120;
/// CNAMEs that are followed.
const MAX_CHAIN: usize = 10;
/// Who is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// Every server of the zone and one resolver.
    Source,
    /// Whoever answers first: a server of the zone for its own names, else a resolver.
    One,
}

#[derive(Clone, Debug)]
struct Server {
    label: String,
    address: SocketAddr,
    role: DnsRole,
}

type Memo = HashMap<(String, RecordType), Arc<OnceCell<()>>>;

/// The questions of one scan, each asked once.
pub(crate) struct Dns {
    egress: Arc<Egress>,
    zone: String,
    resolvers: Vec<Server>,
    public: Vec<Server>,
    authoritative: OnceCell<Vec<Server>>,
    cut: OnceCell<(String, Vec<String>)>,
    only: bool,
    answers: Mutex<Vec<DnsAnswer>>,
    memo: Mutex<Memo>,
    at_once: Semaphore,
}

impl Dns {
    pub(crate) fn new(egress: Arc<Egress>, resolvers: &Resolvers, zone: &str) -> Self {
        let server = |address: SocketAddr| Server {
            label: if address.port() == 53 { address.ip().to_string() } else { address.to_string() },
            address,
            role: DnsRole::Resolver,
        };
        let only = matches!(resolvers, Resolvers::Only(_));
        let asked = resolvers.addresses();
        let public =
            PUBLIC.iter().map(|ip| SocketAddr::new((*ip).into(), 53)).filter(|a| !only && !asked.contains(a)).map(server).collect();
        let resolvers = asked.into_iter().map(server).collect();
        Self {
            egress,
            zone: zone.to_owned(),
            resolvers,
            public,
            authoritative: OnceCell::new(),
            cut: OnceCell::new(),
            only,
            answers: Mutex::default(),
            memo: Mutex::default(),
            at_once: Semaphore::new(24),
        }
    }

    /// Everything answered so far.
    pub(crate) fn answers(&self) -> Vec<DnsAnswer> {
        lock(&self.answers).clone()
    }

    /// What was answered to one question.
    pub(crate) fn answers_to(&self, name: &str, rtype: &str) -> Vec<DnsAnswer> {
        lock(&self.answers).iter().filter(|a| a.name == name && a.rtype == rtype).cloned().collect()
    }

    /// Asks once; a second call waits for the first.
    pub(crate) async fn ask(&self, name: &str, rtype: RecordType, scope: Scope) {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let cell = lock(&self.memo).entry((name.clone(), rtype)).or_default().clone();
        cell.get_or_init(|| self.ask_now(&name, rtype, scope)).await;
    }

    async fn ask_now(&self, name: &str, rtype: RecordType, scope: Scope) {
        let own = name == self.zone || name.ends_with(&format!(".{}", self.zone));
        let mut servers: Vec<Server> = if own && !self.only { self.authoritative().await.clone() } else { vec![] };
        match scope {
            Scope::One => {
                servers.truncate(2);
                servers.extend(self.resolvers.iter().cloned());
                for server in servers {
                    let answer = self.exchange(&server, name, rtype).await;
                    let done = answer.status.is_definitive();
                    self.keep(answer);
                    if done {
                        return;
                    }
                }
            }
            Scope::Source => {
                let at_once = if self.only { 3 } else { 1 };
                servers.extend(self.resolvers.iter().take(at_once).cloned());
                let mut learned = false;
                for answer in futures::future::join_all(servers.iter().map(|s| self.exchange(s, name, rtype))).await {
                    learned |= answer.status.is_definitive();
                    self.keep(answer);
                }
                // A silent resolver is not the last word while there is another.
                for server in self.resolvers.iter().skip(at_once) {
                    if learned {
                        return;
                    }
                    let answer = self.exchange(server, name, rtype).await;
                    learned = answer.status.is_definitive();
                    self.keep(answer);
                }
            }
        }
    }

    /// Asks the public resolvers too, so that a change on its way through the caches is seen.
    pub(crate) async fn ask_public(&self, name: &str, rtype: RecordType) {
        for answer in futures::future::join_all(self.public.iter().map(|s| self.exchange(s, name, rtype))).await {
            self.keep(answer);
        }
    }

    fn keep(&self, answer: DnsAnswer) {
        lock(&self.answers).push(answer);
    }

    /// The zone that holds the domain and its name servers, as a resolver knows them; found by
    /// walking up to the registrable domain.
    pub(crate) async fn cut(&self) -> &(String, Vec<String>) {
        self.cut
            .get_or_init(|| async {
                let mut at = self.zone.as_str();
                loop {
                    let found = self.first(at, RecordType::NS).await;
                    let names: Vec<String> = found.into_iter().filter(|r| r.rtype == "NS" && r.name == at).map(|r| r.value).collect();
                    match at.split_once('.') {
                        Some((_, parent)) if names.is_empty() && parent.contains('.') => at = parent,
                        _ => return (at.to_owned(), names),
                    }
                }
            })
            .await
    }

    /// The resolver that is asked first.
    pub(crate) fn resolver(&self) -> Option<(String, SocketAddr)> {
        self.resolvers.first().map(|s| (s.label.clone(), s.address))
    }

    /// The guard that every connection passes.
    pub(crate) fn egress(&self) -> &Egress {
        &self.egress
    }

    /// The zone's own servers that the guard lets us ask, four at most.
    async fn authoritative(&self) -> &Vec<Server> {
        self.authoritative
            .get_or_init(|| async {
                let (_, names) = self.cut().await;
                let looked =
                    futures::future::join_all(names.iter().take(4).map(|n| async move { (n, self.first(n, RecordType::A).await) })).await;
                looked
                    .into_iter()
                    .filter_map(|(n, records)| {
                        let ip: IpAddr = records.iter().find(|r| r.rtype == "A")?.value.parse().ok()?;
                        self.egress.permits(ip).ok()?;
                        Some(Server { label: format!("{n} ({ip})"), address: SocketAddr::new(ip, 53), role: DnsRole::Authoritative })
                    })
                    .collect()
            })
            .await
    }

    /// A resolver's records, kept as evidence.
    pub(crate) async fn first(&self, name: &str, rtype: RecordType) -> Vec<Record> {
        for server in &self.resolvers {
            let answer = self.exchange(server, name, rtype).await;
            let (done, records) = (answer.status.is_definitive(), answer.records.clone());
            self.keep(answer);
            if done {
                return records;
            }
        }
        vec![]
    }

    /// Follows a host through CNAMEs to its addresses, with evidence of each step.
    pub(crate) async fn addresses(&self, host: &str, scope: Scope) -> Vec<IpAddr> {
        let mut at = host.trim_end_matches('.').to_ascii_lowercase();
        let mut found = vec![];
        for _ in 0..MAX_CHAIN {
            tokio::join!(self.ask(&at, RecordType::A, scope), self.ask(&at, RecordType::AAAA, scope));
            let mut next = None;
            for a in self.answers_to(&at, "A").into_iter().chain(self.answers_to(&at, "AAAA")) {
                found.extend(a.records.iter().filter(|r| r.rtype == a.rtype).filter_map(|r| r.value.parse::<IpAddr>().ok()));
                let Some(end) = a.end() else { return found };
                if end != at && a.status == DnsStatus::NoError && !a.records.iter().any(|r| r.name == end) {
                    next = Some(end.to_owned());
                }
            }
            match next {
                Some(name) if found.is_empty() => at = name,
                _ => break,
            }
        }
        found.sort_unstable_by_key(|ip| ip.is_ipv6());
        found.dedup();
        found
    }

    async fn exchange(&self, server: &Server, name: &str, rtype: RecordType) -> DnsAnswer {
        let _permit = self.at_once.acquire().await;
        let at = now();
        let begun = std::time::Instant::now();
        let result = dns_transport::ask(server.address, &Question::new(name, rtype, server.role == DnsRole::Resolver)).await;
        let (status, records, aa) = match result {
            Ok(message) => {
                let status = match message.metadata.response_code {
                    ResponseCode::NoError => DnsStatus::NoError,
                    ResponseCode::NXDomain => DnsStatus::NxDomain,
                    ResponseCode::ServFail => DnsStatus::ServFail,
                    ResponseCode::Refused => DnsStatus::Refused,
                    other => DnsStatus::Broken(other.to_string()),
                };
                (
                    status,
                    message.answers.iter().take(MAX_RECORDS).filter_map(dns_transport::record).collect(),
                    message.metadata.authoritative,
                )
            }
            Err(status) => (status, vec![], false),
        };
        // A server named by the operator shows by its AA flag whether it speaks for the zone.
        let role = if self.only && aa { DnsRole::Authoritative } else { server.role };
        DnsAnswer {
            name: name.to_owned(),
            rtype: dns_transport::type_name(rtype),
            server: server.label.clone(),
            role,
            at,
            took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            status,
            records,
        }
    }
}
