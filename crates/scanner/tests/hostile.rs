//! Servers that break the rules: each yields its findings or `unknown`, within bounds, and spoils
//! nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{options, outcome, scan_with, target};
use futures::future::join_all;
use lab::{CertKind, Lab, Page, Site, presets};
use net::{Egress, Resolvers, roots, webhook};
use readiness::evidence::{Answer, Collector, FailKind, Fetch, Purpose, RdapOutcome};
use readiness::{Outcome, Outside};
use scanner::{Options, collect};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// A machine inside, on every port that the scanner knows, which counts who comes. Labs have no second octet above 200.
async fn inside(lab: &Lab) -> (Ipv4Addr, Arc<AtomicUsize>) {
    let [a, b, c, d] = lab.ip.octets();
    let (ip, met) = (Ipv4Addr::new(a, 201 + b % 40, c, d), Arc::new(AtomicUsize::new(0)));
    for port in [25, 53, 80, 443] {
        let met = met.clone();
        listen(SocketAddr::new(ip.into(), port), move |_| {
            met.fetch_add(1, Ordering::Relaxed);
            std::future::ready(())
        })
        .await;
    }
    (ip, met)
}

/// The lab's own addresses are open, nothing else.
fn narrow(lab: &Lab) -> Options {
    let allow = vec![format!("{}/32", lab.ip).parse().unwrap(), format!("{}/32", lab.second).parse().unwrap()];
    Options { allow, ..options(lab) }
}

/// Looks with one collector, and says how often somebody came to the machine inside meanwhile.
async fn look(o: &Options, name: &str, collector: Collector, met: &AtomicUsize) -> (Outside, usize) {
    met.store(0, Ordering::Relaxed);
    let e = collect(&target(name, &[]), o, &[collector], &|_| {}).await;
    (e, met.load(Ordering::Relaxed))
}

/// Everything that a stranger may name an address in. Each is followed where the operator opens the
/// address, so the lure works, and never where it is closed.
#[tokio::test(flavor = "multi_thread")]
async fn no_address_that_a_stranger_names_leads_inside() {
    type Lure = fn(&Lab, &str, Ipv4Addr);
    let lures: Vec<(&str, Collector, Lure)> = vec![
        ("a responder in a certificate", Collector::Tls, |lab, name, ip| {
            lab.cert(name, CertKind::OcspAt(format!("http://{ip}/")));
        }),
        ("a responder by name", Collector::Tls, |lab, name, ip| {
            lab.cert(name, CertKind::OcspOnly).record("ocsp.nic.test", "A", &[&ip.to_string()]);
        }),
        ("a responder that redirects", Collector::Tls, |lab, name, ip| {
            let other = Some(Page::redirect(302, &format!("http://{ip}/")));
            lab.cert(name, CertKind::OcspOnly).site("ocsp.nic.test", Site { other, ..Site::default() });
        }),
        ("a revocation list", Collector::Tls, |lab, _, ip| {
            lab.record("pki.nic.test", "A", &[&ip.to_string()]);
        }),
        ("a script", Collector::Http, |lab, name, ip| {
            let page = Page::ok("text/html", format!("<!doctype html><title>a</title><script src=http://{ip}/a.js></script>"));
            lab.change(name, |s| _ = s.pages.insert("/".into(), page));
        }),
        ("a script that redirects", Collector::Http, |lab, name, ip| {
            let script = Page::redirect(302, &format!("https://{ip}/a.js"));
            lab.change(name, |s| _ = s.pages.insert("/assets/app.3f9c1b2a.js".into(), script));
        }),
        ("a front page that redirects", Collector::Http, |lab, name, ip| {
            lab.change(name, |s| _ = s.pages.insert("/".into(), Page::redirect(302, &format!("http://{ip}/"))));
        }),
        ("a front page that redirects while it is timed", Collector::Speed, |lab, name, ip| {
            lab.record(&format!("inside.{name}"), "A", &[&ip.to_string()]);
            lab.change(name, |s| _ = s.pages.insert("/".into(), Page::redirect(302, &format!("http://inside.{name}/"))));
        }),
        ("the host of a policy", Collector::Mail, |lab, name, ip| {
            lab.record(&format!("_mta-sts.{name}"), "TXT", &["v=STSv1; id=1"]);
            lab.record(&format!("mta-sts.{name}"), "A", &[&ip.to_string()]);
        }),
        ("a mail server", Collector::Mail, |lab, name, ip| {
            lab.record(&format!("mx.{name}"), "A", &[&ip.to_string()]);
        }),
        ("a name server", Collector::Dns, |lab, name, ip| {
            lab.record(&format!("ns2.{name}"), "A", &[&ip.to_string()]);
        }),
        ("a registrar that a registry refers to", Collector::Registry, |lab, name, ip| {
            let link = serde_json::json!({ "rel": "related", "type": "application/rdap+json", "href": format!("https://{ip}/domain/x") });
            let answer = serde_json::json!({ "objectClassName": "domain", "links": [link] }).to_string();
            lab.change("rdap.nic.test", |s| _ = s.pages.insert(format!("/domain/{name}"), Page::ok("application/rdap+json", answer)));
        }),
        ("a registry that redirects", Collector::Registry, |lab, name, ip| {
            let to = Page::redirect(302, &format!("https://{ip}/"));
            lab.change("rdap.nic.test", |s| _ = s.pages.insert(format!("/domain/{name}"), to));
        }),
    ];
    // A few at a time, so that no scan runs out of its own.
    for some in lures.chunks(4) {
        join_all(some.iter().map(|&(what, collector, lure)| async move {
            let lab = Lab::start().await;
            let (ip, met) = inside(&lab).await;
            presets::good(&lab, "lure.test");
            lure(&lab, "lure.test", ip);
            assert_eq!(look(&narrow(&lab), "lure.test", collector, &met).await.1, 0, "{what} was followed inside");
            let closed = Options { deny: vec![format!("{ip}/32").parse().unwrap()], ..options(&lab) };
            assert_eq!(look(&closed, "lure.test", collector, &met).await.1, 0, "{what} was followed to what the operator closed");
            assert!(look(&options(&lab), "lure.test", collector, &met).await.1 > 0, "{what} is not followed at all");
        }))
        .await;
    }
}

/// A script's map of another host is never asked for, and one that redirects is not followed, even
/// where the address is open.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_map_stays_at_its_script() {
    let lab = Lab::start().await;
    let (ip, met) = inside(&lab).await;
    presets::good(&lab, "map.test");
    let name = |map: &str| {
        let script = Page::ok("text/javascript", format!("let a=1\n//# sourceMappingURL={map}\n"));
        lab.change("map.test", |s| _ = s.pages.insert("/assets/app.3f9c1b2a.js".into(), script));
    };
    name(&format!("http://{ip}/app.js.map"));
    let (e, came) = look(&options(&lab), "map.test", Collector::Http, &met).await;
    assert!(came == 0 && e.bundles.unwrap().maps.is_empty());
    name("app.js.map");
    let to = Page::redirect(302, &format!("http://{ip}/app.js.map"));
    lab.change("map.test", |s| _ = s.pages.insert("/assets/app.js.map".into(), to));
    let (e, came) = look(&options(&lab), "map.test", Collector::Http, &met).await;
    let maps = e.bundles.unwrap().maps;
    assert!(came == 0 && maps.len() == 1 && maps[0].status == Some(302) && !maps[0].is_map, "{came} {maps:?}");
}

/// RFC 8461 section 3.3: redirects must not be followed, not even to a good policy.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_of_mta_sts_that_redirects_is_not_followed() {
    let lab = Lab::start().await;
    let (ip, met) = inside(&lab).await;
    presets::good(&lab, "sts.test");
    lab.record("_mta-sts.sts.test", "TXT", &["v=STSv1; id=1"]).host("mta-sts.sts.test").host("policy.sts.test");
    let good = Page::ok("text/plain", "version: STSv1\nmode: enforce\nmx: mx.sts.test\nmax_age: 604800\n");
    lab.site("policy.sts.test", Site::default().page("/mta-sts.txt", good));
    for to in ["https://policy.sts.test/mta-sts.txt".to_owned(), format!("http://{ip}/")] {
        lab.site("mta-sts.sts.test", Site::default().page("/.well-known/mta-sts.txt", Page::redirect(302, &to)));
        let (e, came) = look(&options(&lab), "sts.test", Collector::Mail, &met).await;
        let fetch: Vec<&Fetch> = e.fetches.iter().filter(|f| f.purpose == Purpose::MtaSts).collect();
        assert!(came == 0 && fetch.len() == 1 && fetch[0].hops.len() == 1 && fetch[0].last().is_none(), "{to}: {fetch:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_to_addresses_in_other_clothes_are_refused() {
    let lab = Lab::start().await;
    let (ip, met) = inside(&lab).await;
    presets::good(&lab, "dress.test");
    for to in [
        "http://[::ffff:127.0.0.1]/".to_owned(),
        "http://[::ffff:169.254.169.254]/latest/meta-data/".to_owned(),
        "http://[64:ff9b::169.254.169.254]/".to_owned(),
        "http://[2002:a9fe:a9fe::1]/".to_owned(),
        "http://168.63.129.16/machine?comp=goalstate".to_owned(),
        format!("http://[::ffff:{ip}]/"),
        format!("http://{}/", u32::from(ip)),
    ] {
        lab.change("dress.test", |s| s.other = Some(Page::redirect(302, &to)));
        lab.change("dress.test", |s| s.pages.clear());
        let (e, came) = look(&narrow(&lab), "dress.test", Collector::Http, &met).await;
        let start = e.fetches.iter().find(|f| f.start == "https://dress.test/" && f.purpose == Purpose::Start).unwrap();
        assert!(came == 0 && start.hops.len() == 2, "{to}: {start:?}");
        assert!(matches!(start.hops[1].answer, Answer::Failed { kind: FailKind::Denied, .. }), "{to}: {start:?}");
    }
}

/// Only the connection vouches for what a registry or a log says, so its certificate must hold.
#[tokio::test(flavor = "multi_thread")]
async fn the_word_of_a_registry_counts_over_a_good_connection_alone() {
    let lab = Lab::start().await;
    presets::good(&lab, "word.test");
    let heard = async || {
        let e = collect(&target("word.test", &[]), &options(&lab), &[Collector::Registry], &|_| {}).await;
        (matches!(e.registration.unwrap().outcome, RdapOutcome::Found(_)), e.ct.unwrap().error.is_none())
    };
    for kind in [CertKind::SelfSigned, CertKind::UnknownCa, CertKind::Expired, CertKind::Names(vec!["other.test".into()])] {
        lab.cert("rdap.nic.test", kind.clone()).cert("ct.nic.test", kind.clone());
        assert_eq!(heard().await, (false, false), "{kind:?}");
    }
    lab.cert("rdap.nic.test", CertKind::Good).cert("ct.nic.test", CertKind::Good);
    assert_eq!(heard().await, (true, true));
    // The same answer, where anybody on the way may have written it.
    lab.change("rdap.nic.test", |s| {
        let answer = s.pages.insert("/domain/word.test".into(), Page::redirect(302, "http://rdap.nic.test/plain")).unwrap();
        s.pages.insert("/plain".into(), answer);
    });
    assert_eq!(heard().await, (false, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_delivered_neither_inside_nor_to_what_is_closed() {
    let lab = Lab::start().await;
    let (ip, met) = inside(&lab).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (roots, net) = (roots::load(None).unwrap(), || vec![format!("{ip}/32").parse().unwrap()]);
    let send = async |egress: Egress, to: String| {
        met.store(0, Ordering::Relaxed);
        // The machine hangs up on everybody, so nothing is ever delivered.
        assert!(webhook::post(egress, &roots, &to.parse().unwrap(), &[], "{}".into()).await.is_err(), "{to}");
        met.load(Ordering::Relaxed)
    };
    for to in [format!("http://{ip}/"), format!("https://{ip}/"), format!("http://[::ffff:{ip}]/")] {
        assert_eq!(send(Egress::default(), to.clone()).await, 0, "{to}");
        assert_eq!(send(Egress::new(net()).denying(net()), to.clone()).await, 0, "{to}");
    }
    assert!(send(Egress::new(net()), format!("http://{ip}/")).await > 0);
}
