//! An authoritative DNS server over a table that can change while it runs.

use crate::name::fqdn;
use crate::signing::Keys;
use crate::weather::Weather;
use hickory_proto::op::{Edns, Message, Metadata, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CAA, CNAME, MX, NS, NULL, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How questions about a name go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server fails.
    ServFail,
    /// The server declines.
    Refused,
    /// No answer comes.
    Silence,
    /// Ten thousand addresses.
    Flood,
    /// The zone's address first, then 127.0.0.1.
    Rebind,
}

/// Ten thousand records do not fit a message; this many nearly fill one.
const FLOOD: u32 = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Zone {
    records: HashMap<(String, String), Vec<String>>,
    troubles: HashMap<String, Trouble>,
    asked: HashMap<(String, RecordType), usize>,
    signed: HashMap<String, Keys>,
    delegated: HashMap<String, SocketAddr>,
}

impl Zone {
    pub(crate) fn set(&mut self, name: &str, rtype: &str, values: &[&str]) {
        self.records.insert((name.to_ascii_lowercase(), rtype.to_owned()), values.iter().map(|v| (*v).to_owned()).collect());
    }
    /// Signs a zone; its parent must be signed too, or be the trust anchor.
    pub(crate) fn sign(&mut self, zone: &str, keys: Keys) {
        self.signed.insert(zone.to_owned(), keys);
    }
    /// The keys of the zone that holds this record set: a DS belongs to the parent.
    fn keys(&self, name: &str, rtype: RecordType) -> Option<&Keys> {
        let mut at = name;
        if rtype == RecordType::DS {
            at = at.split_once('.')?.1;
        }
        loop {
            if let Some(keys) = self.signed.get(at) {
                return Some(keys);
            }
            at = at.split_once('.')?.1;
        }
    }
    pub(crate) fn delegate(&mut self, zone: &str, server: SocketAddr) {
        self.delegated.insert(zone.to_owned(), server);
    }
    /// Who else answers for this name.
    fn server_of(&self, name: &str) -> Option<SocketAddr> {
        self.delegated.iter().find(|(zone, _)| name == *zone || name.ends_with(&format!(".{zone}"))).map(|(_, server)| *server)
    }
    pub(crate) fn forget(&mut self, name: &str) {
        self.records.retain(|(n, _), _| n != name);
    }
    pub(crate) fn trouble(&mut self, name: &str, trouble: Trouble) {
        self.troubles.insert(name.to_owned(), trouble);
    }
}

pub(crate) async fn serve(at: SocketAddr, zone: Arc<Mutex<Zone>>, weather: Arc<Weather>) {
    let mut server = Server::new(Handler(zone, weather));
    server.register_socket(tokio::net::UdpSocket::bind(at).await.expect("port 53 on loopback"));
    server.register_listener(tokio::net::TcpListener::bind(at).await.expect("port 53 on loopback"), std::time::Duration::from_secs(5), 64);
    tokio::spawn(async move { server.block_until_done().await });
}

struct Handler(Arc<Mutex<Zone>>, Arc<Weather>);

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut response: R) -> ResponseInfo {
        let info = request.request_info().expect("one question");
        let name = info.query.name().to_string().trim_end_matches('.').to_ascii_lowercase();
        let rtype = info.query.query_type();
        let mut metadata = Metadata::response_from_request(info.metadata);
        let other = self.0.lock().unwrap().server_of(&name).filter(|_| rtype != RecordType::DS);
        let (code, records) = match other {
            Some(server) => self.relayed(server, &name, rtype).await,
            None => self.answer(&name, rtype),
        };
        self.1.delay().await;
        let code = code.filter(|_| !(request.protocol() == Protocol::Udp && self.1.loses()));
        let Some(code) = code else {
            std::future::pending::<()>().await;
            unreachable!()
        };
        metadata.response_code = code;
        metadata.authoritative = matches!(code, ResponseCode::NoError | ResponseCode::NXDomain);
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        let wants = request.edns.as_ref().is_some_and(|e| e.flags().dnssec_ok);
        edns.set_dnssec_ok(wants);
        let mut records = records;
        if wants {
            let zone = self.0.lock().unwrap();
            let signatures: Vec<Record> =
                records.first().and_then(|r| zone.keys(&name, r.record_type())).map(|k| k.sign(&records)).into_iter().flatten().collect();
            records.extend(signatures);
        }
        let mut builder = MessageResponseBuilder::from_message_request(request);
        builder.edns(&edns);
        let message = builder.build(metadata, records.iter(), [], [], []);
        response.send_response(message).await.expect("the answer can be sent")
    }
}

impl Handler {
    /// What the zone's own server says, over TCP; where it leads out of its zone, what is known of the target.
    async fn relayed(&self, server: SocketAddr, name: &str, rtype: RecordType) -> (Option<ResponseCode>, Vec<Record>) {
        let asked = async {
            let mut message = Message::query();
            message.add_query(Query::query(fqdn(name), rtype));
            let query = message.to_vec().ok()?;
            let mut stream = tokio::net::TcpStream::connect(server).await.ok()?;
            stream.write_u16(u16::try_from(query.len()).ok()?).await.ok()?;
            stream.write_all(&query).await.ok()?;
            let mut answer = vec![0; usize::from(stream.read_u16().await.ok()?)];
            stream.read_exact(&mut answer).await.ok()?;
            Message::from_vec(&answer).ok()
        };
        let Some(answer) = asked.await else { return (Some(ResponseCode::ServFail), vec![]) };
        let mut records = answer.answers.clone();
        if let Some(RData::CNAME(target)) = records.last().map(|r| r.data.clone())
            && rtype != RecordType::CNAME
        {
            let target = target.0.to_string().trim_end_matches('.').to_ascii_lowercase();
            if self.0.lock().unwrap().server_of(&target).is_none() {
                let (code, more) = self.answer(&target, rtype);
                records.extend(more);
                return (code, records);
            }
        }
        (Some(answer.metadata.response_code), records)
    }

    fn answer(&self, name: &str, rtype: RecordType) -> (Option<ResponseCode>, Vec<Record>) {
        let mut zone = self.0.lock().unwrap();
        let count = zone.asked.entry((name.to_owned(), rtype)).or_default();
        *count += 1;
        let count = *count;
        match zone.troubles.get(name) {
            Some(Trouble::ServFail) => return (Some(ResponseCode::ServFail), vec![]),
            Some(Trouble::Refused) => return (Some(ResponseCode::Refused), vec![]),
            Some(Trouble::Silence) => return (None, vec![]),
            Some(Trouble::Flood) if rtype == RecordType::A => {
                let all =
                    (0..FLOOD).map(|i| record(name, RData::A(A::from(std::net::Ipv4Addr::from(0x7f80_0000 + i))))).take(4000).collect();
                return (Some(ResponseCode::NoError), all);
            }
            Some(Trouble::Rebind) if rtype == RecordType::A && count > 1 => {
                return (Some(ResponseCode::NoError), vec![record(name, RData::A(A::from_str("127.0.0.1").unwrap()))]);
            }
            _ => {}
        }
        match (rtype, zone.signed.get(name)) {
            (RecordType::DNSKEY, Some(keys)) => return (Some(ResponseCode::NoError), vec![keys.dnskey(name)]),
            (RecordType::DS, Some(keys)) => return (Some(ResponseCode::NoError), vec![keys.ds(name)]),
            _ => {}
        }
        let mut out = vec![];
        let mut at = name.to_owned();
        for _ in 0..10 {
            if let Some(values) = zone.records.get(&(at.clone(), rtype.to_string())) {
                out.extend(values.iter().map(|v| record(&at, rdata(rtype, v))));
                return (Some(ResponseCode::NoError), out);
            }
            match zone.records.get(&(at.clone(), "CNAME".to_owned())).and_then(|v| v.first()) {
                Some(target) => {
                    out.push(record(&at, RData::CNAME(CNAME(fqdn(target)))));
                    at.clone_from(target);
                }
                None => break,
            }
        }
        // A wildcard answers for names that do not exist (RFC 4592).
        let named = zone.records.keys().any(|(n, _)| *n == at);
        if let Some((_, parent)) = at.split_once('.').filter(|_| !named) {
            if let Some(values) = zone.records.get(&(format!("*.{parent}"), rtype.to_string())) {
                out.extend(values.iter().map(|v| record(&at, rdata(rtype, v))));
                return (Some(ResponseCode::NoError), out);
            }
            if zone.records.keys().any(|(n, _)| *n == format!("*.{parent}")) {
                return (Some(ResponseCode::NoError), out);
            }
        }
        // A name with names below it exists too (RFC 8020).
        let below = format!(".{at}");
        let exists = zone.records.keys().any(|(n, _)| *n == at || n.ends_with(&below));
        (Some(if exists { ResponseCode::NoError } else { ResponseCode::NXDomain }), out)
    }
}

fn record(name: &str, data: RData) -> Record {
    Record::from_rdata(fqdn(name), 300, data)
}

fn rdata(rtype: RecordType, value: &str) -> RData {
    let words: Vec<&str> = value.split_whitespace().collect();
    match rtype {
        RecordType::A => RData::A(A::from_str(value).unwrap()),
        RecordType::AAAA => RData::AAAA(AAAA::from_str(value).unwrap()),
        RecordType::NS => RData::NS(NS(fqdn(value))),
        RecordType::MX => RData::MX(MX::new(words[0].parse().unwrap(), if words[1] == "." { Name::root() } else { fqdn(words[1]) })),
        // Long texts are split into strings of 255, as servers do.
        RecordType::TXT => RData::TXT(TXT::from_bytes(value.as_bytes().chunks(255).collect())),
        RecordType::SOA => RData::SOA(SOA::new(fqdn(words[0]), fqdn(words[1]), 1, 3600, 600, 86400, 300)),
        RecordType::CAA => {
            let mut caa = CAA::new_issue(words[0] == "128", None, vec![]);
            caa.tag = words[1].to_owned();
            caa.value = words[2..].join(" ").trim_matches('"').as_bytes().to_vec();
            RData::CAA(caa)
        }
        other => RData::Unknown { code: other, rdata: NULL::with(value.as_bytes().to_vec()) },
    }
}
