//! One DNS question to one server, over UDP and TCP, and records in presentation form. The server is one of
//! [`Resolvers`](crate::Resolvers), which the operator chose, or one that the caller has had [judged](crate::Egress::permits).

use crate::sync::lock;
use hickory_proto::dnssec::PublicKey;
use hickory_proto::dnssec::rdata::DNSSECRData;
use hickory_proto::op::{Edns, Message, Query};
use hickory_proto::rr::{Name, RData, RecordType};
use readiness::evidence::{DnsStatus, Record};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long one try waits; there are two, unless said otherwise.
const TRY: Duration = Duration::from_millis(1500);

/// Questions of all scans that wait for one server at a time: about half of what a socket's usual
/// receive buffer holds, so that many scans at once do not make a resolver drop them.
const AT_ONCE: usize = 64;

static TURNS: LazyLock<Mutex<HashMap<SocketAddr, Arc<Semaphore>>>> = LazyLock::new(Mutex::default);

/// Waits until a server has room for another question; the clock of the try starts afterwards.
async fn turn(server: SocketAddr) -> Option<OwnedSemaphorePermit> {
    let turns = {
        let mut all = lock(&TURNS);
        if all.len() > 1024 {
            all.retain(|_, t| Arc::strong_count(t) > 1);
        }
        all.entry(server).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))).clone()
    };
    turns.acquire_owned().await.ok()
}

/// A type's mnemonic.
#[must_use]
pub fn type_name(rtype: RecordType) -> String {
    if rtype == SPF_TYPE { "SPF".to_owned() } else { rtype.to_string() }
}

/// The withdrawn type 99 (RFC 7208 section 3.1).
pub const SPF_TYPE: RecordType = RecordType::Unknown(99);

/// A record in presentation form; `None` for types that no evidence holds.
#[must_use]
pub fn record(r: &hickory_proto::rr::Record) -> Option<Record> {
    let plain = |n: &Name| n.to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let value = match &r.data {
        RData::A(a) => a.to_string(),
        RData::AAAA(a) => a.to_string(),
        RData::CNAME(n) => plain(&n.0),
        RData::NS(n) => plain(&n.0),
        RData::MX(mx) => format!("{} {}", mx.preference, if mx.exchange.is_root() { ".".to_owned() } else { plain(&mx.exchange) }),
        RData::TXT(t) => String::from_utf8_lossy(&t.txt_data.iter().flat_map(|s| s.iter().copied()).collect::<Vec<u8>>()).into_owned(),
        RData::CAA(c) => format!("{} {} \"{}\"", c.flags(), c.tag, String::from_utf8_lossy(&c.value)),
        RData::SOA(s) => {
            format!("{} {} {} {} {} {} {}", plain(&s.mname), plain(&s.rname), s.serial, s.refresh, s.retry, s.expire, s.minimum)
        }
        RData::PTR(n) => plain(&n.0),
        RData::DNSSEC(DNSSECRData::DS(d)) => {
            let digest: String = d.digest().iter().map(|b| format!("{b:02X}")).collect();
            format!("{} {} {} {digest}", d.key_tag(), u8::from(d.algorithm()), u8::from(d.digest_type()))
        }
        RData::DNSSEC(DNSSECRData::DNSKEY(k)) => {
            format!("{} 3 {} tag {}", k.flags(), u8::from(k.public_key().algorithm()), k.calculate_key_tag().unwrap_or(0))
        }
        RData::Unknown { code, .. } if *code == SPF_TYPE => "(a record of type 99)".to_owned(),
        _ => return None,
    };
    Some(Record { name: plain(&r.name), rtype: type_name(r.record_type()), ttl: r.ttl, value: value.chars().take(4096).collect() })
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The name, without its last dot.
    pub name: &'a str,
    /// The type.
    pub rtype: RecordType,
    /// RD: a resolver should find out; a server of the zone only says what it has.
    pub recursion: bool,
}

impl<'a> Question<'a> {
    /// A question in class IN.
    #[must_use]
    pub const fn new(name: &'a str, rtype: RecordType, recursion: bool) -> Self {
        Self { name, rtype, recursion }
    }
    fn message(&self) -> Result<Message, DnsStatus> {
        let qname = Name::from_str(&format!("{}.", self.name)).map_err(|e| broken(&e))?;
        let mut message = Message::query();
        message.metadata.recursion_desired = self.recursion;
        // Keys and their digests are wanted as they stand, also where a resolver would withhold what does not validate.
        message.metadata.checking_disabled = matches!(self.rtype, RecordType::DNSKEY | RecordType::DS);
        message.add_query(Query::query(qname, self.rtype));
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        message.set_edns(edns);
        Ok(message)
    }
}

fn broken(e: &dyn std::fmt::Display) -> DnsStatus {
    DnsStatus::Broken(e.to_string())
}

/// Whether an answer belongs to a question; anything else may be forged.
fn fits(question: &Message, answer: &Message) -> bool {
    let pair = question.queries.first().zip(answer.queries.first());
    answer.metadata.id == question.metadata.id && pair.is_some_and(|(q, a)| a.name() == q.name() && a.query_type() == q.query_type())
}

/// UDP with two tries, then TCP if the answer was cut.
///
/// # Errors
/// Why there was no answer that fits the question, as evidence puts it.
pub async fn ask(server: SocketAddr, question: &Question<'_>) -> Result<Message, DnsStatus> {
    exchange(server, &question.message()?).await
}

/// Tries before a server is called silent, where one transport alone is asked.
const TRIES: u8 = 3;

/// UDP alone.
///
/// # Errors
/// Why there was no answer that fits the question, as evidence puts it.
pub async fn ask_udp(server: SocketAddr, question: &Question<'_>) -> Result<Message, DnsStatus> {
    let message = question.message()?;
    let bytes = message.to_vec().map_err(|e| broken(&e))?;
    let _turn = turn(server).await;
    tries(|| udp(server, &bytes, &message)).await
}

/// TCP alone.
///
/// # Errors
/// Why there was no answer that fits the question, as evidence puts it.
pub async fn ask_tcp(server: SocketAddr, question: &Question<'_>) -> Result<Message, DnsStatus> {
    let message = question.message()?;
    let bytes = message.to_vec().map_err(|e| broken(&e))?;
    let _turn = turn(server).await;
    tries(|| async {
        let answer = tcp(server, &bytes).await?;
        if fits(&message, &answer) { Ok(answer) } else { Err(std::io::Error::other("the answer does not fit the question")) }
    })
    .await
}

/// The first answer of a few tries, or why the last one had none.
async fn tries<F: Future<Output = std::io::Result<Message>>>(one: impl Fn() -> F) -> Result<Message, DnsStatus> {
    let mut last = DnsStatus::Timeout;
    for _ in 0..TRIES {
        match tokio::time::timeout(TRY, one()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(e)) => last = broken(&e),
            Err(_) => last = DnsStatus::Timeout,
        }
    }
    Err(last)
}

/// A ready message, by the same rules as [`ask`].
///
/// # Errors
/// Why there was no answer that fits the question, as evidence puts it.
pub async fn exchange(server: SocketAddr, message: &Message) -> Result<Message, DnsStatus> {
    let bytes = message.to_vec().map_err(|e| broken(&e))?;
    let _turn = turn(server).await;
    let mut last = DnsStatus::Timeout;
    for _ in 0..2 {
        match tokio::time::timeout(TRY, udp(server, &bytes, message)).await {
            Ok(Ok(answer)) if answer.metadata.truncation => {
                return match tokio::time::timeout(TRY * 2, tcp(server, &bytes)).await {
                    Ok(Ok(full)) if fits(message, &full) => Ok(full),
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

async fn udp(server: SocketAddr, query: &[u8], question: &Message) -> std::io::Result<Message> {
    let any: SocketAddr = if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (std::net::Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut buffer = vec![0; 4096];
    loop {
        let n = socket.recv(&mut buffer).await?;
        // Anything that does not fit the question may be forged; wait for the real one.
        if let Some(m) = buffer.get(..n).and_then(|b| Message::from_vec(b).ok()).filter(|m| fits(question, m)) {
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
