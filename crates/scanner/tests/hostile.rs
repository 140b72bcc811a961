//! Servers that break the rules: each yields its findings or `unknown`, within bounds, and spoils
//! nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{options, outcome, scan_with, target};
use futures::future::join_all;
use lab::{Lab, presets};
use readiness::Outcome;
use scanner::dns::Resolvers;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// Bytes in, bytes out; `None` for silence.
type Mangle = Arc<dyn Fn(&[u8], Vec<u8>) -> Option<Vec<u8>> + Send + Sync>;

/// A resolver that hands questions on to the lab, and mangles the answers about one name.
async fn resolver(lab: &Lab, about: &'static str, mangle: Mangle) -> SocketAddr {
    let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
    let at = socket.local_addr().unwrap();
    let upstream = lab.dns;
    let tcp = TcpListener::bind(at).await.unwrap();
    let wire: Vec<u8> = about.split('.').flat_map(|l| std::iter::once(u8::try_from(l.len()).unwrap()).chain(l.bytes())).collect();
    let ask = move |question: Vec<u8>, mangle: Mangle, wire: Vec<u8>| async move {
        let up = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.ok()?;
        up.connect(upstream).await.ok()?;
        up.send(&question).await.ok()?;
        let mut buffer = vec![0; 4096];
        let n = tokio::time::timeout(Duration::from_secs(2), up.recv(&mut buffer)).await.ok()?.ok()?;
        buffer.truncate(n);
        if question.windows(wire.len()).any(|w| w == wire) { mangle(&question, buffer) } else { Some(buffer) }
    };
    let (m, w, a) = (mangle.clone(), wire.clone(), ask);
    tokio::spawn(async move {
        let mut buffer = vec![0; 4096];
        while let Ok((n, from)) = socket.recv_from(&mut buffer).await {
            let (socket, work) = (socket.clone(), a(buffer[..n].to_vec(), m.clone(), w.clone()));
            tokio::spawn(async move {
                if let Some(answer) = work.await {
                    let _ = socket.send_to(&answer, from).await;
                }
            });
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let (mangle, wire) = (mangle.clone(), wire.clone());
            tokio::spawn(async move {
                let n = stream.read_u16().await.ok()?;
                let mut question = vec![0; usize::from(n)];
                stream.read_exact(&mut question).await.ok()?;
                let answer = ask(question, mangle, wire).await?;
                stream.write_u16(u16::try_from(answer.len()).ok()?).await.ok()?;
                stream.write_all(&answer).await.ok()
            });
        }
    });
    at
}

/// The end of the question section of an answer.
fn after_question(answer: &[u8]) -> usize {
    let mut at = 12;
    while answer[at] != 0 {
        at += usize::from(answer[at]) + 1;
    }
    at + 5
}

#[tokio::test(flavor = "multi_thread")]
async fn dns_answers_that_break_the_rules() {
    let lab = &Lab::start().await;
    presets::good(lab, "dns.test");
    let tricks: Vec<(&str, Mangle)> = vec![
        (
            "a wrong id",
            Arc::new(|_, mut a| {
                a[0] ^= 0xff;
                Some(a)
            }),
        ),
        (
            "another question",
            Arc::new(|_, mut a| {
                a[13] ^= 0x01;
                Some(a)
            }),
        ),
        (
            "a name that points at itself",
            Arc::new(|_, mut a| {
                let at = after_question(&a);
                a.truncate(at);
                let here = u16::try_from(at).unwrap() | 0xc000;
                a[7] = 1;
                a.extend(here.to_be_bytes());
                a.extend([0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]);
                Some(a)
            }),
        ),
        (
            "cut off in the middle",
            Arc::new(|_, mut a| {
                a.truncate(a.len() / 2);
                Some(a)
            }),
        ),
        (
            "counts that lie",
            Arc::new(|_, mut a| {
                a[6] = 0xff;
                a[7] = 0xff;
                Some(a)
            }),
        ),
        ("noise", Arc::new(|_, a| Some(vec![0xa5; a.len() * 8]))),
        ("nothing at all", Arc::new(|_, _| Some(vec![]))),
        ("silence", Arc::new(|_, _| None)),
        (
            "always truncated",
            Arc::new(|_, mut a| {
                a[2] |= 2;
                Some(a)
            }),
        ),
        (
            "refused",
            Arc::new(|_, mut a| {
                let at = after_question(&a);
                a.truncate(at);
                a[3] = (a[3] & 0xf0) | 5;
                a[6..12].fill(0);
                Some(a)
            }),
        ),
        (
            "no recursion and no answer: lame",
            Arc::new(|_, mut a| {
                let at = after_question(&a);
                a.truncate(at);
                a[2] &= !4;
                a[3] = (a[3] & 0xf0) | 2;
                a[6..12].fill(0);
                Some(a)
            }),
        ),
    ];
    join_all(tricks.into_iter().map(|(what, mangle)| async move {
        let at = resolver(lab, "www.dns.test", mangle).await;
        let mut o = options(lab);
        o.resolvers = Resolvers::Only(vec![at]);
        let begun = Instant::now();
        let (e, a) = scan_with(&o, &target("dns.test", &[])).await;
        assert!(begun.elapsed() < Duration::from_secs(15), "{what} took {:?}", begun.elapsed());
        // What is broken is not taken for absence, unless the answer is well formed by luck.
        assert_ne!(outcome(&a, "DNS-02"), Outcome::Fail, "{what}: {}", a.finding("DNS-02").unwrap().summary);
        for id in ["DNS-01", "TLS-02", "MAIL-02", "MAIL-09"] {
            assert_eq!(outcome(&a, id), Outcome::Pass, "{what}: {id} {}", a.finding(id).unwrap().summary);
        }
        assert!(serde_json::to_string(&e).unwrap().len() < 4_000_000, "{what}");
    }))
    .await;
}

/// Listens at an address of its own; each connection gets `talk`.
async fn listen<F, R>(at: SocketAddr, talk: F)
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(at).await.unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream));
        }
    });
}

/// An address that no lab uses: labs end their first and second addresses below 241.
fn own(lab: &Lab, n: u8) -> Ipv4Addr {
    let [a, b, c, _] = lab.ip.octets();
    Ipv4Addr::new(a, b, c, 231 + n)
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_servers_that_break_the_rules() {
    let lab = &Lab::start().await;
    let alert = |code: u8| vec![21, 3, 3, 0, 2, 2, code];
    let tricks: Vec<(&str, Vec<u8>, bool)> = vec![
        ("silence", vec![], true),
        ("a wrong alert", alert(250), false),
        ("an alert of level zero", vec![21, 3, 3, 0, 2, 0, 0], false),
        ("plain HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), false),
        ("a record of 65,535 bytes", [&[22, 3, 3, 0xff, 0xff][..], &[0; 1000]].concat(), true),
        ("a ServerHello that is cut", vec![22, 3, 3, 0, 8, 2, 0, 0, 90, 3, 3, 0, 0], true),
        ("noise", (0..2000u32).map(|i| u8::try_from(i * 7919 % 251).unwrap()).collect(), false),
        ("endless empty records", [22, 3, 3, 0, 0].repeat(4000), true),
        ("a chain of 300 certificates that are none", chain(300), true),
    ];
    join_all(tricks.into_iter().enumerate().map(|(n, (what, bytes, hold))| async move {
        let name = format!("tls{n}.test");
        presets::good(lab, &name);
        let ip = own(lab, u8::try_from(n).unwrap());
        lab.record(&name, "A", &[&ip.to_string()]);
        listen(SocketAddr::new(ip.into(), 443), move |mut s| {
            let bytes = bytes.clone();
            async move {
                let mut buffer = [0; 512];
                let _ = s.read(&mut buffer).await;
                let _ = s.write_all(&bytes).await;
                if hold {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            }
        })
        .await;
        let begun = Instant::now();
        let (e, a) = scan_with(&options(lab), &target(&name, &[])).await;
        assert!(begun.elapsed() < Duration::from_secs(21), "{what} took {:?}", begun.elapsed());
        assert!(matches!(outcome(&a, "TLS-01"), Outcome::Fail | Outcome::Unknown), "{what}: {}", a.finding("TLS-01").unwrap().summary);
        assert_ne!(outcome(&a, "TLS-05"), Outcome::Fail, "{what}");
        for id in ["DNS-01", "MAIL-02", "MAIL-09"] {
            assert_eq!(outcome(&a, id), Outcome::Pass, "{what}: {id}");
        }
        assert!(serde_json::to_string(&e).unwrap().len() < 4_000_000, "{what}");
    }))
    .await;
}

/// A ServerHello of TLS 1.2 and a Certificate message with this many entries of nonsense.
fn chain(count: usize) -> Vec<u8> {
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x2b, 0, 0, 0]);
    let certificates: Vec<u8> = (0..count).flat_map(|_| [&[0, 0, 200][..], &[0x30; 200]].concat()).collect();
    let list = u32::try_from(certificates.len()).unwrap().to_be_bytes();
    let body = [&list[1..], &certificates].concat();
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind], &length[1..], body].concat()
    };
    let all = [message(2, &hello), message(11, &body)].concat();
    all.chunks(16_000).flat_map(|c| [&[22, 3, 3][..], &u16::try_from(c.len()).unwrap().to_be_bytes(), c].concat()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn web_servers_that_break_the_rules() {
    let lab = &Lab::start().await;
    let page = |head: &str, body: &[u8]| [format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n{head}\r\n").as_bytes(), body].concat();
    let tricks: Vec<(&str, Vec<u8>)> = vec![
        ("HTTP/0.9", b"<title>old</title>".to_vec()),
        ("a storm of 1xx", [b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(5000), page("content-length: 2\r\n", b"ok")].concat()),
        (
            "every header twice",
            page(
                "content-length: 2\r\ncontent-length: 2\r\nx-frame-options: DENY\r\nx-frame-options: SAMEORIGIN\r\ncontent-security-policy: default-src *\r\ncontent-security-policy: default-src 'self'\r\n",
                b"ok",
            ),
        ),
        ("lengths that differ", page("content-length: 2\r\ncontent-length: 900\r\n", b"ok")),
        ("length and chunks at once", page("content-length: 5\r\ntransfer-encoding: chunked\r\n", b"0\r\n\r\nGET / HTTP/1.1\r\n")),
        ("chunks that lie", page("transfer-encoding: chunked\r\n", b"ffffffffffffffff\r\nx")),
        ("no UTF-8", page("content-length: 8\r\n", &[0xff, 0xfe, 0x00, 0xd8, 0x3c, 0x74, 0xc3, 0x28])),
        ("deep HTML", page("connection: close\r\n", "<div><b>".repeat(60_000).as_bytes())),
        ("a bomb of gzip in gzip", page("content-encoding: gzip\r\nconnection: close\r\n", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3])),
        (
            "control characters in headers",
            page("x-powered-by: \x1b[31mred\r\nlocation: javascript:alert(1)\r\nconnection: close\r\n", b"x"),
        ),
        ("a script of a hundred megabytes", page("connection: close\r\n", &vec![b'x'; 8 * 1024 * 1024])),
        (
            "a redirect to everywhere",
            b"HTTP/1.1 302 Found\r\nlocation: //\r\nlocation: http://[::ffff:7f00:1]/\r\ncontent-length: 0\r\n\r\n".to_vec(),
        ),
        ("a status of 999", b"HTTP/1.1 999 Hello\r\ncontent-length: 0\r\n\r\n".to_vec()),
        ("nothing", vec![]),
    ];
    join_all(tricks.into_iter().enumerate().map(|(n, (what, bytes))| async move {
        let name = format!("web{n}.test");
        presets::good(lab, &name);
        let ip = own(lab, u8::try_from(n).unwrap());
        // Port 443 is closed there; what is judged is what port 80 said.
        lab.record(&name, "A", &[&ip.to_string()]).forget(&format!("www.{name}"));
        let bytes: Arc<[u8]> = bytes.into();
        listen(SocketAddr::new(ip.into(), 80), move |mut s| {
            let bytes = bytes.clone();
            async move {
                let mut buffer = [0; 4096];
                let _ = s.read(&mut buffer).await;
                let _ = s.write_all(&bytes).await;
            }
        })
        .await;
        let begun = Instant::now();
        let (e, a) = scan_with(&options(lab), &target(&name, &[])).await;
        assert!(begun.elapsed() < Duration::from_secs(21), "{what} took {:?}", begun.elapsed());
        for id in ["DNS-01", "MAIL-02", "MAIL-07", "MAIL-09"] {
            assert_eq!(outcome(&a, id), Outcome::Pass, "{what}: {id}");
        }
        let stored = serde_json::to_string(&e).unwrap();
        assert!(stored.len() < 4_000_000, "{what}: {} bytes of evidence", stored.len());
        assert!(e.fetches.iter().flat_map(|f| &f.hops).count() < 400, "{what}");
        let report = readiness::report::Report { evidence: &e, assessment: &a, tool: "t", help: readiness::report::HELP };
        assert!(!readiness::report::text(&report, readiness::report::Style::Plain).contains('\x1b'), "{what}");
    }))
    .await;
}
