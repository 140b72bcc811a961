//! DNS questions, asked of known servers one by one. The evidence must say which server said what
//! with which code and flags, which a caching resolver library hides; so this is a plain exchange
//! over hickory's wire format.

use crate::egress::Egress;
use crate::{lock, now};
use hickory_proto::op::{Edns, Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use readiness::evidence::{DnsAnswer, DnsRole, DnsStatus, Record};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::sync::{OnceCell, Semaphore};

/// How long one try waits; there are two.
const TRY: Duration = Duration::from_millis(1500);
/// Records of one answer that are kept.
const MAX_RECORDS: usize = 120;
/// CNAMEs that are followed.
const MAX_CHAIN: usize = 10;
/// Resolvers that many people use, asked about the apex beside the system's own.
const PUBLIC: [Ipv4Addr; 3] = [Ipv4Addr::new(1, 1, 1, 1), Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(9, 9, 9, 9)];

/// Which resolvers to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Resolvers {
    /// The system's, the public ones, and the zone's own servers.
    #[default]
    System,
    /// Only these, for every question; they may be authoritative without recursion.
    Only(Vec<SocketAddr>),
}

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
        let (resolvers, public, only) = match resolvers {
            Resolvers::Only(list) => (list.iter().copied().map(server).collect(), vec![], true),
            Resolvers::System => {
                let system = system_resolvers();
                let public =
                    PUBLIC.iter().map(|ip| SocketAddr::new((*ip).into(), 53)).filter(|a| !system.contains(a)).map(server).collect();
                (system.into_iter().map(server).collect(), public, false)
            }
        };
        Self {
            egress,
            zone: zone.to_owned(),
            resolvers,
            public,
            authoritative: OnceCell::new(),
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

    /// The zone's own servers that the guard lets us ask, four at most.
    async fn authoritative(&self) -> &Vec<Server> {
        self.authoritative
            .get_or_init(|| async {
                let mut at = self.zone.as_str();
                let names = loop {
                    let found = self.first(at, RecordType::NS).await;
                    let names: Vec<String> = found.into_iter().filter(|r| r.rtype == "NS").map(|r| r.value).collect();
                    match at.split_once('.') {
                        Some((_, parent)) if names.is_empty() && parent.contains('.') => at = parent,
                        _ => break names,
                    }
                };
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
    async fn first(&self, name: &str, rtype: RecordType) -> Vec<Record> {
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
        let result = exchange(server.address, name, rtype, server.role == DnsRole::Resolver).await;
        let (status, records, aa) = match result {
            Ok(message) => {
                let status = match message.metadata.response_code {
                    ResponseCode::NoError => DnsStatus::NoError,
                    ResponseCode::NXDomain => DnsStatus::NxDomain,
                    ResponseCode::ServFail => DnsStatus::ServFail,
                    ResponseCode::Refused => DnsStatus::Refused,
                    other => DnsStatus::Broken(other.to_string()),
                };
                (status, message.answers.iter().take(MAX_RECORDS).filter_map(record).collect(), message.metadata.authoritative)
            }
            Err(status) => (status, vec![], false),
        };
        // A server named by the operator shows by its AA flag whether it speaks for the zone.
        let role = if self.only && aa { DnsRole::Authoritative } else { server.role };
        DnsAnswer { name: name.to_owned(), rtype: type_name(rtype), server: server.label.clone(), role, at, status, records }
    }
}

fn type_name(rtype: RecordType) -> String {
    if rtype == SPF_TYPE { "SPF".to_owned() } else { rtype.to_string() }
}

/// The withdrawn type 99 (RFC 7208 section 3.1).
pub(crate) const SPF_TYPE: RecordType = RecordType::Unknown(99);

fn record(r: &hickory_proto::rr::Record) -> Option<Record> {
    let plain = |n: &Name| n.to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let value = match &r.data {
        RData::A(a) => a.to_string(),
        RData::AAAA(a) => a.to_string(),
        RData::CNAME(n) => plain(&n.0),
        RData::NS(n) => plain(&n.0),
        RData::MX(mx) => format!("{} {}", mx.preference, if mx.exchange.is_root() { ".".to_owned() } else { plain(&mx.exchange) }),
        RData::TXT(t) => String::from_utf8_lossy(&t.txt_data.iter().flat_map(|s| s.iter().copied()).collect::<Vec<u8>>()).into_owned(),
        RData::CAA(c) => format!("{} {} \"{}\"", c.flags(), c.tag, String::from_utf8_lossy(&c.value)),
        RData::SOA(s) => format!("{} {} {}", plain(&s.mname), plain(&s.rname), s.serial),
        RData::Unknown { code, .. } if *code == SPF_TYPE => "(a record of type 99)".to_owned(),
        _ => return None,
    };
    Some(Record { name: plain(&r.name), rtype: type_name(r.record_type()), ttl: r.ttl, value: value.chars().take(4096).collect() })
}

/// One question to one server: UDP with two tries, then TCP if the answer was cut.
async fn exchange(server: SocketAddr, name: &str, rtype: RecordType, recursion: bool) -> Result<Message, DnsStatus> {
    let broken = |e: &dyn std::fmt::Display| DnsStatus::Broken(e.to_string());
    let qname = Name::from_str(&format!("{name}.")).map_err(|e| broken(&e))?;
    let mut message = Message::query();
    message.metadata.recursion_desired = recursion;
    message.add_query(Query::query(qname.clone(), rtype));
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    message.set_edns(edns);
    let bytes = message.to_vec().map_err(|e| broken(&e))?;
    let fits = |m: &Message| {
        m.metadata.id == message.metadata.id && m.queries.first().is_some_and(|q| q.name() == &qname && q.query_type() == rtype)
    };
    let mut last = DnsStatus::Timeout;
    for _ in 0..2 {
        match tokio::time::timeout(TRY, udp(server, &bytes, &fits)).await {
            Ok(Ok(answer)) if answer.metadata.truncation => {
                return match tokio::time::timeout(TRY * 2, tcp(server, &bytes)).await {
                    Ok(Ok(full)) if fits(&full) => Ok(full),
                    Ok(Err(e)) => Err(broken(&format!("cut over UDP, and over TCP: {e}"))),
                    _ => Err(broken(&"cut over UDP, and no answer over TCP")),
                };
            }
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(e)) => last = broken(&e),
            Err(_) => last = DnsStatus::Timeout,
        }
    }
    Err(last)
}

async fn udp(server: SocketAddr, query: &[u8], fits: &(dyn Fn(&Message) -> bool + Sync)) -> std::io::Result<Message> {
    let any: SocketAddr = if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (std::net::Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut buffer = vec![0; 4096];
    loop {
        let n = socket.recv(&mut buffer).await?;
        // Anything that does not fit the question may be forged; wait for the real one.
        if let Some(m) = buffer.get(..n).and_then(|b| Message::from_vec(b).ok()).filter(|m| fits(m)) {
            return Ok(m);
        }
    }
}

async fn tcp(server: SocketAddr, query: &[u8]) -> std::io::Result<Message> {
    let mut stream = tokio::net::TcpStream::connect(server).await?;
    let length = u16::try_from(query.len()).map_err(std::io::Error::other)?;
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(query).await?;
    let n = stream.read_u16().await?;
    let mut buffer = vec![0; usize::from(n)];
    stream.read_exact(&mut buffer).await?;
    Message::from_vec(&buffer).map_err(std::io::Error::other)
}

fn system_resolvers() -> Vec<SocketAddr> {
    let text = std::fs::read("/etc/resolv.conf").unwrap_or_default();
    let config = resolv_conf::Config::parse(&text).unwrap_or_default();
    let mut list: Vec<SocketAddr> = config.nameservers.iter().map(|ns| SocketAddr::new(ns.into(), 53)).take(2).collect();
    if list.is_empty() {
        list.push(SocketAddr::new(PUBLIC[0].into(), 53));
    }
    list
}
