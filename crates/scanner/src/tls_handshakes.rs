//! Offers a server one protocol version or a few cipher suites at a time and reads what it takes,
//! byte by byte: rustls cannot offer what is old. No key is ever agreed; the connection ends at
//! the server's answer. ClientHello and ServerHello: RFC 8446 section 4.1, RFC 5246 section 7.4.1;
//! SSL 3.0: RFC 6101 section 5.6.1.

use crate::budget::{Ask, Budget};
use crate::util::now;
use futures::future::join_all;
use net::Egress;
use rand::RngCore;
use readiness::evidence::{Handshakes, VersionProbe};
use readiness::suites;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CONNECT: Duration = Duration::from_secs(4);
/// One offer, to the server's answer.
const ANSWER: Duration = Duration::from_secs(4);
/// Bytes read of an answer; a chain of certificates may stand before what is looked for.
const MAX_ANSWER: usize = 64 * 1024;
/// Suites that are counted of one version.
const MAX_SUITES: usize = 16;

/// A protocol version as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version(u16, &'static str);

const SSL3: Version = Version(0x0300, "SSL 3.0");
const TLS10: Version = Version(0x0301, "TLS 1.0");
const TLS11: Version = Version(0x0302, "TLS 1.1");
const TLS12: Version = Version(0x0303, "TLS 1.2");
const TLS13: Version = Version(0x0304, "TLS 1.3");

/// Groups for key exchange, in the order in which clients prefer them (RFC 8422, RFC 8446, ML-KEM drafts).
const GROUPS: &[(u16, &str)] = &[
    (0x11ec, "X25519MLKEM768"),
    (0x001d, "X25519"),
    (0x0017, "P-256"),
    (0x0018, "P-384"),
    (0x0019, "P-521"),
    (0x001e, "X448"),
    (0x0100, "ffdhe2048"),
];

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It took the offer.
    Hello(ServerHello),
    /// It declined: an alert, or the end of the connection after the offer.
    Declined,
}

/// The parts of a ServerHello that show what a server can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerHello {
    pub version: u16,
    pub suite: u16,
    pub compression: u8,
    pub renegotiation: bool,
    pub heartbeat: bool,
    pub group: Option<u16>,
}

/// Probes a host. What cannot be learned is left out; an answer that is no TLS says nothing.
pub async fn probe(egress: &Egress, budget: &Budget, host: &str, addresses: &[IpAddr]) -> Handshakes {
    let at = now();
    let offer = |version: Version, suites: Vec<u16>, groups: Vec<u16>| async move {
        let hello = client_hello(version, &suites, &groups, host);
        // One lost answer says nothing of the server; two are enough.
        match exchange(egress, budget, host, addresses, &hello).await {
            Err(_) => exchange(egress, budget, host, addresses, &hello).await,
            answered => answered,
        }
    };
    let all_groups: Vec<u16> = GROUPS.iter().map(|g| g.0).collect();
    let of = |keep: fn(&suites::Suite) -> bool| suites::ALL.iter().filter(|s| keep(s)).map(|s| s.code).collect::<Vec<u16>>();
    let classic = of(|s| !s.tls13);
    let strong = of(|s| !s.tls13 && !s.broken());
    let broken = of(|s| !s.tls13 && s.broken());
    let single = |version: Version| {
        let (suites, groups) = (classic.clone(), all_groups.clone());
        async move { (version, offer(version, suites, groups).await) }
    };
    // Taking one away after the other shows the server's own order.
    let count = |version: Version, mut left: Vec<u16>| {
        let groups = all_groups.clone();
        async move {
            let mut taken: Vec<ServerHello> = vec![];
            let mut learned = None;
            while taken.len() < MAX_SUITES && !left.is_empty() {
                match offer(version, left.clone(), groups.clone()).await {
                    Ok(Reply::Hello(hello)) if hello.version == version.0 && left.contains(&hello.suite) => {
                        left.retain(|s| *s != hello.suite);
                        taken.push(hello);
                        learned = Some(true);
                    }
                    Ok(_) => {
                        learned = learned.or(Some(false));
                        return (learned, taken, false);
                    }
                    Err(_) => return (learned, taken, true),
                }
            }
            let cut = !left.is_empty();
            (learned, taken, cut)
        }
    };
    let groups = GROUPS.iter().map(|(code, name)| async move {
        match offer(TLS13, suites::ALL.iter().filter(|s| s.tls13).map(|s| s.code).collect(), vec![*code]).await {
            Ok(Reply::Hello(h)) if h.version == TLS13.0 && h.group.is_none_or(|g| g == *code) => Some((*name).to_owned()),
            _ => None,
        }
    });
    let (old, modern, secure, weak, groups) = tokio::join!(
        join_all([SSL3, TLS10, TLS11].map(single)),
        count(TLS13, of(|s| s.tls13)),
        count(TLS12, strong),
        count(TLS12, broken),
        join_all(groups)
    );
    let mut out = Handshakes { host: host.to_owned(), at, groups: groups.into_iter().flatten().collect(), ..Handshakes::default() };
    let names = |taken: &[ServerHello]| taken.iter().map(|h| suites::name(h.suite)).collect::<Vec<_>>();
    for (version, reply) in old {
        let accepted = match &reply {
            Ok(Reply::Hello(h)) => Some(h.version == version.0),
            Ok(Reply::Declined) => Some(false),
            Err(_) => None,
        };
        let suites = match reply {
            Ok(Reply::Hello(h)) if h.version == version.0 => vec![suites::name(h.suite)],
            _ => vec![],
        };
        out.versions.push(VersionProbe { version: version.1.to_owned(), accepted, suites, cut: false });
    }
    let twelve: Vec<ServerHello> = secure.1.iter().chain(&weak.1).cloned().collect();
    let accepted = match (secure.0, weak.0) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    if let Some(first) = twelve.first() {
        out.secure_renegotiation = Some(first.renegotiation);
        out.compression = Some(first.compression != 0);
        out.heartbeat = Some(first.heartbeat);
    }
    out.versions.push(VersionProbe { version: TLS12.1.to_owned(), accepted, suites: names(&twelve), cut: secure.2 || weak.2 });
    out.versions.push(VersionProbe { version: TLS13.1.to_owned(), accepted: modern.0, suites: names(&modern.1), cut: modern.2 });
    out
}

/// Sends an offer and reads to the ServerHello or a refusal.
///
/// # Errors
/// If nothing was learned: no connection, no answer in time, something that is no TLS, or a host that had enough.
async fn exchange(egress: &Egress, budget: &Budget, host: &str, addresses: &[IpAddr], hello: &[u8]) -> Result<Reply, String> {
    let _place = budget.place(host, Ask::Handshake).await?;
    let (mut stream, _) = egress.connect(addresses, 443, CONNECT).await.map_err(|e| e.to_string())?;
    let work = async {
        stream.write_all(hello).await.map_err(|e| e.to_string())?;
        let mut buffer: Vec<u8> = vec![];
        let mut chunk = [0u8; 4096];
        loop {
            match parse(&buffer)? {
                Some(reply) => return Ok(reply),
                None if buffer.len() > MAX_ANSWER => return Err("an answer without end".to_owned()),
                None => {}
            }
            match stream.read(&mut chunk).await {
                // Some servers hang up instead of sending an alert.
                Ok(0) if buffer.is_empty() => return Ok(Reply::Declined),
                Ok(0) => return Err("broken off".to_owned()),
                Ok(n) => buffer.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset && buffer.is_empty() => return Ok(Reply::Declined),
                Err(e) => return Err(e.to_string()),
            }
        }
    };
    tokio::time::timeout(ANSWER, work).await.map_err(|_| "no answer in time".to_owned())?
}

/// Reads records: `None` if more bytes are needed.
///
/// # Errors
/// If it is no TLS.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Reply>, String> {
    let mut messages: Vec<u8> = vec![];
    let mut rest = bytes;
    while let (Some(kind), Some(major), Some(length)) = (rest.first(), rest.get(1), be16(rest, 3)) {
        if !matches!(kind, 20..=23) || *major != 3 {
            return Err("the answer is no TLS".into());
        }
        let Some(body) = rest.get(5..5 + usize::from(length)) else { break };
        match kind {
            21 => return Ok(Some(Reply::Declined)),
            22 => messages.extend_from_slice(body),
            _ => {}
        }
        rest = rest.get(5 + usize::from(length)..).unwrap_or_default();
    }
    let (Some(kind), Some(length)) = (messages.first(), be24(&messages, 1)) else { return Ok(None) };
    if *kind != 2 {
        return Err("the first message is no ServerHello".into());
    }
    let Some(body) = messages.get(4..4 + length) else { return Ok(None) };
    server_hello(body).map(|h| Some(Reply::Hello(h))).ok_or_else(|| "a broken ServerHello".into())
}

fn server_hello(body: &[u8]) -> Option<ServerHello> {
    let mut out = ServerHello { version: be16(body, 0)?, ..ServerHello::default() };
    let session = usize::from(*body.get(34)?);
    let at = 35 + session;
    out.suite = be16(body, at)?;
    out.compression = *body.get(at + 2)?;
    let Some(total) = be16(body, at + 3) else { return Some(out) };
    let mut rest = body.get(at + 5..at + 5 + usize::from(total))?;
    while let (Some(kind), Some(length)) = (be16(rest, 0), be16(rest, 2)) {
        let data = rest.get(4..4 + usize::from(length))?;
        match kind {
            0x002b => out.version = be16(data, 0)?,
            0x0033 => out.group = be16(data, 0),
            0xff01 => out.renegotiation = true,
            0x000f => out.heartbeat = true,
            _ => {}
        }
        rest = rest.get(4 + usize::from(length)..)?;
    }
    Some(out)
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

fn be24(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(*bytes.get(at)?) << 16 | usize::from(*bytes.get(at + 1)?) << 8 | usize::from(*bytes.get(at + 2)?))
}

/// A list with its length in front, in this many bytes.
fn sized(width: usize, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = length.get(4 - width..).unwrap_or_default().to_vec();
    out.extend_from_slice(data);
    out
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut out = kind.to_be_bytes().to_vec();
    out.extend(sized(2, data));
    out
}

fn words(list: &[u16]) -> Vec<u8> {
    list.iter().flat_map(|w| w.to_be_bytes()).collect()
}

fn client_hello(version: Version, suites: &[u16], groups: &[u16], host: &str) -> Vec<u8> {
    let modern = version == TLS13;
    let mut body = (if modern { TLS12.0 } else { version.0 }).to_be_bytes().to_vec();
    let mut random = [0u8; 64];
    rand::rng().fill_bytes(&mut random);
    body.extend_from_slice(random.get(..32).unwrap_or_default());
    body.extend(sized(1, if modern { random.get(32..).unwrap_or_default() } else { &[] }));
    let mut offered = suites.to_vec();
    if !modern {
        // The signalling value of RFC 5746 section 3.3.
        offered.push(0x00ff);
    }
    body.extend(sized(2, &words(&offered)));
    // DEFLATE is offered to see whether it is taken (CRIME); TLS 1.3 forbids it.
    body.extend(sized(1, if modern { &[0] } else { &[1, 0] }));
    if version != SSL3 {
        let mut extensions = vec![];
        let mut name = vec![0];
        name.extend(sized(2, host.as_bytes()));
        extensions.extend(extension(0x0000, &sized(2, &name)));
        extensions.extend(extension(0x000a, &sized(2, &words(groups))));
        extensions.extend(extension(0x000b, &[1, 0]));
        const SIGNATURES: [u16; 12] = [0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201];
        extensions.extend(extension(0x000d, &sized(2, &words(&SIGNATURES))));
        if modern {
            extensions.extend(extension(0x002b, &sized(1, &words(&[TLS13.0]))));
            // No share: the server names the group that it wants (HelloRetryRequest), and no key is made.
            extensions.extend(extension(0x0033, &sized(2, &[])));
        } else {
            extensions.extend(extension(0x000f, &[1]));
        }
        body.extend(sized(2, &extensions));
    }
    let mut message = vec![1];
    message.extend(sized(3, &body));
    let mut record = vec![22, 3, if version == SSL3 { 0 } else { 1 }];
    record.extend(sized(2, &message));
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7u8; 32]);
        body.extend([0, 0xc0, 0x2f, 0]);
        body.extend(sized(2, extensions));
        let mut message = vec![2];
        message.extend(sized(3, &body));
        let mut record = vec![22, 3, 3];
        record.extend(sized(2, &message));
        record
    }

    #[test]
    fn reads_answers_and_waits_for_the_rest() {
        let mut ext = extension(0xff01, &[0]);
        ext.extend(extension(0x000f, &[1]));
        let bytes = hello(&ext);
        let want = ServerHello { version: 0x0303, suite: 0xc02f, renegotiation: true, heartbeat: true, ..ServerHello::default() };
        assert_eq!(parse(&bytes), Ok(Some(Reply::Hello(want))));
        for cut in 0..bytes.len() {
            assert_eq!(parse(&bytes[..cut]), Ok(None), "{cut}");
        }
        let mut ext = extension(0x002b, &[3, 4]);
        ext.extend(extension(0x0033, &[0, 0x1d]));
        let Ok(Some(Reply::Hello(h))) = parse(&hello(&ext)) else { panic!() };
        assert_eq!((h.version, h.group), (0x0304, Some(0x1d)));
        assert_eq!(parse(&[21, 3, 1, 0, 2, 2, 70]), Ok(Some(Reply::Declined)));
        assert!(parse(b"HTTP/1.1 400 Bad Request\r\n").is_err());
    }

    #[test]
    fn an_offer_is_well_formed() {
        let bytes = client_hello(TLS12, &[0xc02f], &[0x1d], "acme.example");
        assert_eq!(usize::from(be16(&bytes, 3).unwrap()), bytes.len() - 5);
        assert_eq!(be24(&bytes, 6).unwrap(), bytes.len() - 9);
        assert!(bytes.windows(12).any(|w| w == b"acme.example"));
        assert!(!client_hello(SSL3, &[0x000a], &[], "acme.example").windows(12).any(|w| w == b"acme.example"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = parse(&bytes);
            let mut framed = vec![22, 3, 3];
            framed.extend(sized(2, &bytes));
            let _ = parse(&framed);
        }
    }
}
