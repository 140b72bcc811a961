//! Evidence of a good site, and changes to it, for the tables of the checks.

use crate::assess::{Assessment, assess};
use crate::domain::{Domain, Selector};
use crate::evidence::{
    Answer, Around, Body, Bundles, Certificate, CertificateDetails, CtLog, Delegation, DnsAnswer, DnsRole, DnsStatus, Dnssec, DnssecState,
    Exchange, FailKind, Fetch, Handshakes, Hit, Hop, Ledger, LoggedCertificate, NameServer, Outside, PageFacts, Purpose, Rdap, RdapOutcome,
    Record, RefKind, Reference, Registration, Response, Revocation, RevocationState, Sample, Searched, SmtpOutcome, SmtpProbe, SourceMap,
    Standing, Target, TlsFailure, TlsOutcome, TlsProbe, TlsSession, Trust, VersionProbe,
};
use crate::time::DAY_MS;

pub const NOW: i64 = 1_795_570_647_000;
const RSA_2048: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA";

pub struct Fixture {
    pub evidence: Outside,
    pub now: i64,
}

/// A DKIM key record of this many bits; the modulus is made up.
pub fn rsa_key(bits: usize) -> String {
    use base64::Engine;
    let modulus = bits / 8;
    let mut n = vec![0x02];
    len(&mut n, modulus + 1);
    n.push(0);
    n.extend(std::iter::repeat_n(0xab, modulus));
    n.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    let mut key = vec![0x30];
    len(&mut key, n.len());
    key.extend(n);
    let mut spki = vec![0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03];
    len(&mut spki, key.len() + 1);
    spki.push(0);
    spki.extend(key);
    let mut der = vec![0x30];
    len(&mut der, spki.len());
    der.extend(spki);
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    assert!(bits != 2048 || text.starts_with(RSA_2048));
    format!("v=DKIM1; k=rsa; p={text}")
}

fn len(out: &mut Vec<u8>, n: usize) {
    match n {
        0..=127 => out.push(n as u8),
        128..=255 => out.extend([0x81, n as u8]),
        _ => out.extend([0x82, (n >> 8) as u8, n as u8]),
    }
}

impl Fixture {
    /// `acme.example`, as it should be: every check with a rule passes.
    pub fn good() -> Self {
        let target = Target {
            domain: Domain::parse("acme.example").unwrap(),
            hosts: vec![Domain::parse("app.acme.example").unwrap()],
            sends_mail: Some(true),
            dkim_selectors: vec![Selector::parse("s1").unwrap()],
            entitled: true,
            ..Target::preview(Domain::parse("acme.example").unwrap())
        };
        let mut f = Fixture { evidence: Outside::empty(target, NOW), now: NOW };
        for host in ["acme.example", "www.acme.example", "app.acme.example", "mx.acme.example"] {
            f.dns(host, "A", &["192.0.2.10"]).dns(host, "AAAA", &[]);
        }
        f.dns("acme.example", "MX", &["10 mx.acme.example"]).dns("acme.example", "CAA", &["0 issue \"letsencrypt.org\""]);
        for name in ["example", "www.acme.example", "app.acme.example"] {
            f.dns(name, "CAA", &[]);
        }
        f.txt("acme.example", &["v=spf1 mx include:_spf.mail.example ~all", "site-verification=1"]);
        f.txt("_spf.mail.example", &["v=spf1 ip4:198.51.100.0/24 -all"]);
        f.outside();
        f.dns("acme.example", "SPF", &[]);
        f.txt("_dmarc.acme.example", &["v=DMARC1; p=quarantine; rua=mailto:dmarc@acme.example"]);
        f.status("_dmarc.example", "TXT", DnsStatus::NxDomain);
        f.txt("s1._domainkey.acme.example", &[&rsa_key(2048)]);
        for host in ["acme.example", "www.acme.example", "app.acme.example"] {
            f.cert(host, |_| {});
        }
        let page = |f: &mut Fixture, url: &str| {
            f.answer(
                url,
                200,
                &[
                    ("content-type", "text/html; charset=utf-8"),
                    ("strict-transport-security", "max-age=31536000"),
                    ("x-content-type-options", "nosniff"),
                    ("content-security-policy", "default-src 'self'; base-uri 'self'; frame-ancestors 'none'"),
                    ("referrer-policy", "strict-origin-when-cross-origin"),
                    ("x-amz-cf-id", "abc"),
                    ("content-encoding", "br"),
                    ("set-cookie", "session=***; Secure; HttpOnly; SameSite=Lax; Path=/"),
                ],
                "<!doctype html><title>Acme</title>",
            )
        };
        let mut page_hop = |url: &str| page(&mut f, url);
        let (home, app, login) =
            (page_hop("https://acme.example/"), page_hop("https://app.acme.example/"), page_hop("https://acme.example/login"));
        let to = |url: &str, to: &str| Hop {
            url: url.into(),
            at: NOW,
            took_ms: 20,
            answer: Answer::Response(Response {
                status: 301,
                headers: vec![
                    ("location".into(), to.into()),
                    ("strict-transport-security".into(), "max-age=31536000".into()),
                    ("x-amz-cf-id".into(), "abc".into()),
                ],
                body: None,
            }),
        };
        f.fetch(Purpose::Start, vec![to("http://acme.example/", "https://acme.example/"), home.clone()]);
        f.fetch(Purpose::Start, vec![home.clone()]);
        f.fetch(
            Purpose::Start,
            vec![
                to("http://www.acme.example/", "https://www.acme.example/"),
                to("https://www.acme.example/", "https://acme.example/"),
                home.clone(),
            ],
        );
        f.fetch(Purpose::Start, vec![to("https://www.acme.example/", "https://acme.example/"), home]);
        f.fetch(Purpose::Start, vec![to("http://app.acme.example/", "https://app.acme.example/"), app.clone()]);
        f.fetch(Purpose::Start, vec![app]);
        f.fetch(Purpose::Login, vec![login]);
        let missing = |f: &Fixture, url: &str| f.answer(url, 404, &[("content-type", "text/html")], "Not found");
        let end = missing(&f, "https://acme.example/lr-probe-x?utm_source=launchready");
        for start in ["http://acme.example", "http://www.acme.example", "https://www.acme.example"] {
            f.fetch(
                Purpose::Probe,
                vec![
                    to(&format!("{start}/lr-probe-x?utm_source=launchready"), "https://acme.example/lr-probe-x?utm_source=launchready"),
                    end.clone(),
                ],
            );
        }
        f.fetch(Purpose::Probe, vec![end]);
        for path in ["lr-a1", "lr-b2"] {
            f.fetch(Purpose::Random, vec![missing(&f, &format!("https://acme.example/{path}"))]);
        }
        f.asset(
            "https://acme.example/assets/app.3f9c1b2a.js",
            &[
                ("content-type", "text/javascript"),
                ("cache-control", "public, max-age=31536000, immutable"),
                ("content-encoding", "br"),
                ("x-content-type-options", "nosniff"),
            ],
        );
        for origin in ["https://evil.example", "null"] {
            f.cors(Purpose::Cors, origin, &[]).cors(Purpose::Preflight, origin, &[]);
        }
        for path in [".env", ".git/HEAD"] {
            f.fetch(Purpose::Leftover, vec![missing(&f, &format!("https://acme.example/{path}"))]);
        }
        f.inside();
        f
    }

    /// What registries, logs, name servers and mail servers say about the good site.
    fn outside(&mut self) {
        let zone = "acme.example";
        self.dns(zone, "NS", &["ns1.acme.example", "ns2.acme.example"]);
        for (i, ns) in ["ns1.acme.example", "ns2.acme.example"].into_iter().enumerate() {
            self.evidence.servers.push(NameServer {
                name: ns.into(),
                address: Some(format!("192.0.2.5{}", i + 3)),
                alias: false,
                at: NOW,
                udp: Exchange::Authoritative,
                tcp: Exchange::Authoritative,
                edns: Some(true),
                serial: Some(1),
                negative_ttl: Some(300),
                ns: vec!["ns1.acme.example".into(), "ns2.acme.example".into()],
            });
        }
        let ns = vec!["ns1.acme.example".into(), "ns2.acme.example".into()];
        self.evidence.delegation = Some(Delegation { zone: zone.into(), server: "a.nic.example".into(), at: NOW, ns, glue: vec![] });
        self.evidence.dnssec = Some(Dnssec {
            zone: zone.into(),
            server: "9.9.9.9".into(),
            at: NOW,
            state: DnssecState::Insecure,
            ds: vec![],
            has_keys: false,
            keys: vec![],
            signatures_end: None,
        });
        self.evidence.registration = Some(Registration {
            domain: zone.into(),
            source: "https://rdap.example/domain/acme.example".into(),
            at: NOW,
            outcome: RdapOutcome::Found(Rdap {
                expires: Some(NOW + 300 * DAY_MS),
                registered: Some(NOW - 700 * DAY_MS),
                status: vec!["client transfer prohibited".into()],
                registrar: Some("Porkbun LLC".into()),
                nameservers: vec![],
                referral: None,
            }),
        });
        let logged = |from: i64| LoggedCertificate {
            names: vec!["acme.example".into(), "www.acme.example".into()],
            issuer: "C=US, O=Let's Encrypt, CN=R12".into(),
            not_before: NOW + from * DAY_MS,
            not_after: NOW + (from + 90) * DAY_MS,
        };
        self.evidence.ct = Some(CtLog {
            source: "https://ct.example".into(),
            at: NOW,
            certificates: vec![logged(-30), logged(-90)],
            error: None,
            truncated: false,
        });
        self.evidence.random_names = vec!["lr-0123.acme.example".into(), "lr-4567.acme.example".into()];
        self.evidence.guessed_hosts = vec!["staging.acme.example".into(), "dev.acme.example".into()];
        for name in ["lr-0123.acme.example", "lr-4567.acme.example", "staging.acme.example", "dev.acme.example"] {
            self.status(name, "A", DnsStatus::NxDomain).status(name, "AAAA", DnsStatus::NxDomain);
        }
        self.evidence.target.senders = vec!["resend".into(), "mail.example".into()];
        for label in crate::providers::RETURN_LABELS {
            let name = format!("{label}.acme.example");
            self.status(&name, "MX", DnsStatus::NxDomain).status(&name, "TXT", DnsStatus::NxDomain);
        }
        self.dns("send.acme.example", "MX", &["10 feedback-smtp.eu-west-1.amazonses.com"]);
        self.txt("send.acme.example", &["v=spf1 include:amazonses.com ~all"]);
        self.txt("_spf.mail.example", &["v=spf1 ip4:198.51.100.0/24 -all"]);
        for list in ["dbl.spamhaus.org", "multi.surbl.org"] {
            self.status(&format!("acme.example.{list}"), "A", DnsStatus::NxDomain);
        }
        self.evidence.smtp = vec![SmtpProbe {
            host: "mx.acme.example".into(),
            address: Some("192.0.2.10".into()),
            at: NOW,
            outcome: SmtpOutcome::Encrypted { version: "TLS 1.3".into(), trusted: true },
        }];
        for host in ["acme.example", "www.acme.example", "app.acme.example"] {
            let version = |version: &str, accepted, suites: &[&str]| VersionProbe {
                version: version.into(),
                accepted: Some(accepted),
                suites: suites.iter().map(|s| (*s).to_owned()).collect(),
                cut: false,
            };
            self.evidence.handshakes.push(Handshakes {
                host: host.into(),
                at: NOW,
                versions: vec![
                    version("SSL 3.0", false, &[]),
                    version("TLS 1.0", false, &[]),
                    version("TLS 1.1", false, &[]),
                    version("TLS 1.2", true, &["ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]),
                    version("TLS 1.3", true, &["AES_128_GCM_SHA256"]),
                ],
                secure_renegotiation: Some(true),
                compression: Some(false),
                heartbeat: Some(false),
                groups: vec!["X25519".into()],
            });
            self.evidence.revocation.push(Revocation {
                host: host.into(),
                source: "http://crl.example/1.crl".into(),
                at: NOW,
                state: RevocationState::Good,
            });
        }
        for url in ["https://acme.example/", "https://acme.example/login"] {
            for _ in 0..5 {
                self.evidence.samples.push(Sample {
                    url: url.into(),
                    at: NOW,
                    status: Some(200),
                    error: None,
                    dns: 4_000,
                    connect: 10_000,
                    tls: 12_000,
                    wait: 40_000,
                    transfer: 3_000,
                    bytes: 12_000,
                });
            }
        }
    }

    /// Pages, scripts and usual places of the good site.
    fn inside(&mut self) {
        for url in ["https://acme.example/", "https://app.acme.example/", "https://acme.example/login"] {
            self.evidence.pages.push(PageFacts { url: url.into(), at: NOW, title: "Acme".into(), ..PageFacts::default() });
        }
        let script = "https://acme.example/assets/app.3f9c1b2a.js";
        self.evidence.pages[0].refs.push(Reference { kind: RefKind::Script, url: script.into(), integrity: None });
        let searched = |url: &str| Searched { url: url.into(), at: NOW, size: 5000, hits: vec![], origins: vec![] };
        self.evidence.bundles =
            Some(Bundles { searched: vec![searched("https://acme.example/"), searched(script)], maps: vec![], cut: None });
        self.hit(script, "sentry");
        self.hit(script, "sentry-dsn");
        let hop = self.answer(script, 200, &[("x-cache", "Hit from cloudfront"), ("x-amz-cf-id", "abc"), ("etag", "\"1\"")], "export{}");
        self.fetch(Purpose::Again, vec![hop]);
        let hop = self.answer(script, 304, &[("etag", "\"1\"")], "");
        self.fetch(Purpose::Conditional, vec![hop]);
        let text = "Contact: mailto:security@acme.example\nExpires: 2027-06-01T00:00:00Z\n";
        for (purpose, path, status, kind, body) in [
            (Purpose::SecurityTxt, "/.well-known/security.txt", 200, "text/plain; charset=utf-8", text),
            (Purpose::Robots, "/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /admin\n"),
            (
                Purpose::Health,
                "/health",
                200,
                "application/json",
                "{\"status\":\"pass\",\"version\":\"3f9c1b2\",\"checks\":{\"database\":\"pass\"}}",
            ),
            (Purpose::Api, "/api", 200, "application/json", "{}"),
            (Purpose::Listing, "/assets/", 404, "text/html", "Not found"),
        ] {
            let headers = [("content-type", kind), ("cache-control", "no-store")];
            let hop = self.answer(&format!("https://acme.example{path}"), status, &headers, body);
            self.fetch(purpose, vec![hop]);
        }
        self.evidence.target.links = vec!["https://acme.example/pricing".into()];
        self.chain(Purpose::MarketingLink, &["https://acme.example/pricing"]);
        // With IPv6 all would be well too; most products have none.
        let records = crate::dns_map::build(&self.evidence);
        self.evidence.target.map = Some(crate::evidence::ApprovedMap { by: "owner@acme.example".into(), at: NOW - DAY_MS, records });
    }

    /// A find in a text of the site; an address of a machine is called there.
    pub fn hit(&mut self, url: &str, rule: &str) {
        let local = rule.ends_with("-base");
        self.find(
            url,
            Hit {
                rule: rule.into(),
                masked: "abcd…".into(),
                line: 3,
                around: local.then(|| Around { standing: Standing::Whole, before: "fetch(\"".into(), after: "/api\")".into(), used: None }),
                ..Hit::default()
            },
        );
    }
    /// A find in a script with the code around it.
    pub fn near(&mut self, url: &str, rule: &str, value: &str, before: &str, after: &str) {
        let around = Around { standing: Standing::Whole, before: before.into(), after: after.into(), used: None };
        self.find(url, Hit { rule: rule.into(), masked: value.into(), line: 3, around: Some(around), ..Hit::default() });
    }
    fn find(&mut self, url: &str, hit: Hit) {
        let bundles = self.evidence.bundles.as_mut().unwrap();
        if !bundles.searched.iter().any(|s| s.url == url) {
            bundles.searched.push(Searched { url: url.into(), at: NOW, size: 100, hits: vec![], origins: vec![] });
        }
        let searched = bundles.searched.iter_mut().find(|s| s.url == url).unwrap();
        searched.hits.push(hit);
    }
    /// A source map that is served.
    pub fn map(&mut self, sources: &[&str], has_content: bool, rules: &[&str]) {
        self.evidence.bundles.as_mut().unwrap().maps.push(SourceMap {
            script: "https://acme.example/assets/app.3f9c1b2a.js".into(),
            url: "https://acme.example/assets/app.3f9c1b2a.js.map".into(),
            at: NOW,
            status: Some(200),
            is_map: true,
            sources: sources.iter().map(|s| (*s).to_owned()).collect(),
            has_content,
            hits: rules.iter().map(|r| Hit { rule: (*r).into(), masked: "abcd…".into(), line: 1, ..Hit::default() }).collect(),
        });
    }
    /// Sets how long the samples of the front page, or of the login page, waited, in milliseconds.
    pub fn wait(&mut self, login: bool, ms: [u64; 5]) {
        for (s, ms) in self.evidence.samples.iter_mut().filter(|s| s.url.ends_with("/login") == login).zip(ms) {
            s.wait = ms * 1000;
        }
    }

    pub fn assess(&self) -> Assessment {
        assess(&Ledger::of_scan(self.evidence.clone()), self.now)
    }

    fn put(&mut self, name: &str, rtype: &str, status: DnsStatus, records: Vec<Record>) -> &mut Self {
        self.evidence.dns.retain(|a| !(a.name == name && a.rtype == rtype));
        self.evidence.dns.push(DnsAnswer {
            name: name.into(),
            rtype: rtype.into(),
            server: "ns1.acme.example".into(),
            role: DnsRole::Authoritative,
            at: NOW,
            took_ms: 4,
            status,
            records,
        });
        self
    }
    /// Sets a record set; an empty one is NODATA.
    pub fn dns(&mut self, name: &str, rtype: &str, values: &[&str]) -> &mut Self {
        let records = values.iter().map(|v| Record { name: name.into(), rtype: rtype.into(), ttl: 300, value: (*v).into() }).collect();
        self.put(name, rtype, DnsStatus::NoError, records)
    }
    pub fn txt(&mut self, name: &str, values: &[&str]) -> &mut Self {
        self.dns(name, "TXT", values)
    }
    /// Sets how a question ends.
    pub fn status(&mut self, name: &str, rtype: &str, status: DnsStatus) -> &mut Self {
        self.put(name, rtype, status, vec![])
    }
    /// Makes a name an alias for both address types.
    pub fn cname(&mut self, name: &str, to: &str) -> &mut Self {
        for rtype in ["A", "AAAA"] {
            let record = Record { name: name.into(), rtype: "CNAME".into(), ttl: 300, value: to.into() };
            self.put(name, rtype, DnsStatus::NoError, vec![record]);
        }
        self
    }
    /// Makes a name an alias for a question of this type.
    pub fn alias(&mut self, name: &str, rtype: &str, to: &str) -> &mut Self {
        let record = Record { name: name.into(), rtype: "CNAME".into(), ttl: 300, value: to.into() };
        self.put(name, rtype, DnsStatus::NoError, vec![record])
    }
    /// A further answer of another server.
    pub fn also(&mut self, role: DnsRole, server: &str, name: &str, rtype: &str, status: DnsStatus, values: &[&str]) -> &mut Self {
        let records = values.iter().map(|v| Record { name: name.into(), rtype: rtype.into(), ttl: 300, value: (*v).into() }).collect();
        self.evidence.dns.push(DnsAnswer {
            name: name.into(),
            rtype: rtype.into(),
            server: server.into(),
            role,
            at: NOW,
            took_ms: 4,
            status,
            records,
        });
        self
    }
    /// A session of this host, changed.
    pub fn cert(&mut self, host: &str, change: fn(&mut TlsSession)) -> &mut Self {
        let leaf = Certificate {
            subject: format!("CN={host}"),
            issuer: "C=US, O=Let's Encrypt, CN=R12".into(),
            names: vec![host.into()],
            not_before: NOW - 30 * DAY_MS,
            not_after: NOW + 60 * DAY_MS,
            sha256: "00".into(),
            details: Some(CertificateDetails {
                serial: "01".into(),
                key: "EC".into(),
                bits: 256,
                signature: "ecdsa-with-SHA384".into(),
                scts: 2,
                must_staple: false,
                ocsp: vec![],
                crl: vec!["http://crl.example/1.crl".into()],
            }),
        };
        let mut session = TlsSession {
            version: "TLS 1.3".into(),
            cipher: "TLS13_AES_128_GCM_SHA256".into(),
            alpn: Some("h2".into()),
            chain: vec![leaf],
            trust: Trust::Trusted,
            name_matches: true,
            stapled: false,
        };
        change(&mut session);
        self.evidence.tls.retain(|p| p.host != host);
        self.evidence.tls.push(TlsProbe {
            host: host.into(),
            address: Some("192.0.2.10".into()),
            at: NOW,
            outcome: TlsOutcome::Session(session),
        });
        self
    }
    pub fn no_tls(&mut self, host: &str, kind: TlsFailure) -> &mut Self {
        self.evidence.tls.retain(|p| p.host != host);
        self.evidence.tls.push(TlsProbe {
            host: host.into(),
            address: None,
            at: NOW,
            outcome: TlsOutcome::Failed { kind, detail: "as made up".into() },
        });
        self
    }
    pub fn answer(&self, url: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Hop {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let body = Some(Body {
            size: body.len().max(5000) as u64,
            truncated: false,
            sha256: format!("{:x}", body.len() * 31 + body.bytes().map(usize::from).sum::<usize>()),
            extract: body.into(),
        });
        Hop { url: url.into(), at: NOW, took_ms: 20, answer: Answer::Response(Response { status, headers, body }) }
    }
    pub fn fetch(&mut self, purpose: Purpose, hops: Vec<Hop>) -> &mut Self {
        let start = hops[0].url.clone();
        self.evidence.fetches.retain(|f| !(f.purpose == purpose && f.start == start && f.origin.is_none()));
        self.evidence.fetches.push(Fetch { purpose, start, origin: None, hops, looped: false });
        self
    }
    pub fn asset(&mut self, url: &str, headers: &[(&str, &str)]) -> &mut Self {
        let hop = self.answer(url, 200, headers, "export{}");
        self.fetch(Purpose::Asset, vec![hop])
    }
    pub fn no_assets(&mut self) -> &mut Self {
        self.evidence.fetches.retain(|f| f.purpose != Purpose::Asset);
        self
    }
    /// A start whose one request fails.
    pub fn failed(&mut self, purpose: Purpose, url: &str, kind: FailKind) -> &mut Self {
        self.fetch(
            purpose,
            vec![Hop { url: url.into(), at: NOW, took_ms: 5, answer: Answer::Failed { kind, detail: "as made up".into() } }],
        )
    }
    /// A start through redirects, the last URL answering 200.
    pub fn chain(&mut self, purpose: Purpose, urls: &[&str]) -> &mut Self {
        let mut hops: Vec<Hop> = urls
            .windows(2)
            .map(|w| Hop {
                url: w[0].into(),
                at: NOW,
                took_ms: 5,
                answer: Answer::Response(Response { status: 301, headers: vec![("location".into(), w[1].into())], body: None }),
            })
            .collect();
        hops.push(self.answer(urls[urls.len() - 1], 200, &[("content-type", "text/html")], "<title>Acme</title>"));
        self.fetch(purpose, hops)
    }
    /// An MTA-STS record, and what stands at the address of its policy.
    pub fn sts(&mut self, status: u16, headers: &[(&str, &str)], body: &str) -> &mut Self {
        self.txt("_mta-sts.acme.example", &["v=STSv1; id=1"]);
        let hop = self.answer("https://mta-sts.acme.example/.well-known/mta-sts.txt", status, headers, body);
        self.fetch(Purpose::MtaSts, vec![hop])
    }
    pub fn cors(&mut self, purpose: Purpose, origin: &str, headers: &[(&str, &str)]) -> &mut Self {
        let url = "https://acme.example/";
        let hop = self.answer(url, 200, headers, "x");
        self.evidence.fetches.retain(|f| !(f.purpose == purpose && f.origin.as_deref() == Some(origin)));
        self.evidence.fetches.push(Fetch { purpose, start: url.into(), origin: Some(origin.into()), hops: vec![hop], looped: false });
        self
    }
    /// Changes the response at the end of every fetch of this URL.
    pub fn page(&mut self, url: &str, change: fn(&mut Response)) -> &mut Self {
        for f in &mut self.evidence.fetches {
            for h in f.hops.iter_mut().filter(|h| h.url == url) {
                if let Answer::Response(r) = &mut h.answer {
                    change(r);
                }
            }
        }
        self
    }
}

/// Sets a header, or removes it with an empty value.
pub fn set(r: &mut Response, name: &str, value: &str) {
    r.headers.retain(|(n, _)| n != name);
    if !value.is_empty() {
        r.headers.push((name.into(), value.into()));
    }
}
