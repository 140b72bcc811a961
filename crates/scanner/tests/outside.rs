//! What the further collectors see, with real servers on loopback: DNSSEC, mail servers,
//! revocation, response times, bundles, found hosts, the approved map.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{options, outcome, scan, scan_with, target};
use lab::{CertKind, Lab, OcspAnswer, Page, Signing, Site, presets};
use readiness::evidence::{Collector, DnssecState, Exchange, Purpose, RevocationState, SmtpOutcome};
use readiness::{Outcome, Target, dns_map};
use scanner::collect;

#[tokio::test(flavor = "multi_thread")]
async fn dnssec_is_validated_from_the_anchor() {
    let lab = Lab::start().await;
    let anchor = lab.sign("test", Signing::Good);
    let file = std::env::temp_dir().join(format!("anchor-{}.txt", lab.ip));
    std::fs::write(&file, anchor).unwrap();
    let mut o = options(&lab);
    o.sources.anchors_from(&file).unwrap();
    for (name, signing, want) in [
        ("signed.test", Some(Signing::Good), Outcome::Pass),
        ("ended.test", Some(Signing::Expired), Outcome::Fail),
        ("wrongkey.test", Some(Signing::OtherKey), Outcome::Fail),
        ("unsigned.test", None, Outcome::Pass),
    ] {
        presets::good(&lab, name);
        if let Some(signing) = signing {
            lab.sign(name, signing);
        }
        let (e, a) = scan_with(&o, &target(name, &[])).await;
        let d = e.dnssec.unwrap();
        assert_eq!(outcome(&a, "DNS-11"), want, "{name}: {:?}", d.state);
        match signing {
            Some(Signing::Good) => assert!(d.state == DnssecState::Secure && d.has_keys && d.signatures_end.is_some(), "{d:?}"),
            None => assert_eq!(d.state, DnssecState::Insecure),
            _ => assert!(matches!(d.state, DnssecState::Bogus(_)), "{d:?}"),
        }
    }
    // Without the anchor nothing can be proved, and nothing is called bogus.
    let (e, a) = scan(&lab, &target("signed.test", &[])).await;
    assert!(matches!(e.dnssec.unwrap().state, DnssecState::Indeterminate(_)));
    assert_eq!(outcome(&a, "DNS-11"), Outcome::Unknown);
    std::fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn name_servers_are_asked_one_by_one() {
    let lab = Lab::start().await;
    presets::good(&lab, "ns.test");
    let (e, a) = scan(&lab, &target("ns.test", &[])).await;
    assert_eq!(e.servers.len(), 2);
    assert!(
        e.servers.iter().all(|s| s.udp == Exchange::Authoritative && s.tcp == Exchange::Authoritative && s.edns == Some(true)),
        "{:?}",
        e.servers
    );
    assert_eq!(e.delegation.unwrap().ns, ["ns1.ns.test", "ns2.ns.test"]);
    assert_eq!((outcome(&a, "DNS-04"), outcome(&a, "DNS-05")), (Outcome::Pass, Outcome::Pass));
    // One of them is where nothing listens.
    lab.record("ns2.ns.test", "A", &["127.250.250.250"]);
    let (e, a) = scan(&lab, &target("ns.test", &[])).await;
    assert!(e.servers.iter().any(|s| matches!(s.udp, Exchange::Failed(_) | Exchange::Silent)), "{:?}", e.servers);
    assert_eq!(outcome(&a, "DNS-05"), Outcome::Fail);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_servers_are_greeted() {
    let lab = Lab::start().await;
    presets::good(&lab, "mail.test");
    let (e, a) = scan(&lab, &target("mail.test", &[])).await;
    assert_eq!(e.smtp[0].outcome, SmtpOutcome::Encrypted { version: "TLS 1.3".into(), trusted: true });
    assert_eq!(outcome(&a, "MAIL-14"), Outcome::Pass);
    lab.starttls(false);
    let (_, a) = scan(&lab, &target("mail.test", &[])).await;
    assert_eq!(outcome(&a, "MAIL-14"), Outcome::Warn);
    lab.starttls(true).record("mx.mail.test", "A", &["127.250.250.250"]);
    let (e, a) = scan(&lab, &target("mail.test", &[])).await;
    assert_eq!(e.smtp[0].outcome, SmtpOutcome::Refused);
    assert_eq!(outcome(&a, "MAIL-01"), Outcome::Warn);
    assert_eq!(outcome(&a, "MAIL-14"), Outcome::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_of_mta_sts_is_judged_by_whether_it_works() {
    let lab = Lab::start().await;
    presets::good(&lab, "sts.test");
    // The record and its address are kept by a service.
    lab.record("_mta-sts.sts.test", "CNAME", &["sts.keeper.test"]).record("sts.keeper.test", "TXT", &["v=STSv1; id=1"]);
    let serve = |kind: &str, text: &str| {
        lab.host("mta-sts.sts.test");
        lab.site("mta-sts.sts.test", Site::default().page("/.well-known/mta-sts.txt", Page::ok(kind, text)));
    };
    let good = "version: STSv1\nmode: enforce\nmx: mx.sts.test\nmax_age: 604800\n";
    for (kind, text, want) in [
        ("text/plain", good.to_owned(), Outcome::Pass),
        ("text/html", "<title>Acme</title>".to_owned(), Outcome::Warn),
        ("text/plain", good.replace("mx.sts", "mx.other"), Outcome::Fail),
    ] {
        serve(kind, &text);
        let (_, a) = scan(&lab, &target("sts.test", &[])).await;
        assert_eq!(outcome(&a, "MAIL-14"), want, "{text}: {}", a.finding("MAIL-14").unwrap().summary);
    }
    serve("text/plain", good);
    lab.cert("mta-sts.sts.test", CertKind::SelfSigned);
    let (_, a) = scan(&lab, &target("sts.test", &[])).await;
    assert_eq!(outcome(&a, "MAIL-14"), Outcome::Warn);
}

#[tokio::test(flavor = "multi_thread")]
async fn revocation_is_read_from_a_signed_list_only() {
    let lab = Lab::start().await;
    for (name, kind, want) in [
        ("fine.test", CertKind::Good, Outcome::Pass),
        ("revoked.test", CertKind::Revoked, Outcome::Fail),
        // The leaf's issuer is not served, so its list cannot be verified.
        ("alone.test", CertKind::MissingIntermediate, Outcome::Unknown),
    ] {
        presets::good(&lab, name);
        lab.cert(name, kind);
        let (e, a) = scan(&lab, &target(name, &[])).await;
        assert_eq!(outcome(&a, "TLS-12"), want, "{name}: {:?}", e.revocation);
    }
    // Somebody on the way puts another list in its place.
    presets::good(&lab, "swapped.test");
    let other = Lab::start().await;
    lab.change("pki.nic.test", |s| {
        let forged = other_list(&other);
        s.pages.insert("/ca.crl".into(), forged);
    });
    let (e, _) = scan(&lab, &target("swapped.test", &[])).await;
    let state = &e.revocation.iter().find(|r| r.host == "swapped.test").unwrap().state;
    assert!(matches!(state, RevocationState::Unknown(why) if why.contains("not signed")), "{state:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_responder_is_asked_where_no_list_is_named() {
    let lab = Lab::start().await;
    presets::good(&lab, "asked.test");
    lab.cert("asked.test", CertKind::OcspOnly);
    for (answer, want) in [
        (OcspAnswer::Good, Outcome::Pass),
        (OcspAnswer::Revoked, Outcome::Fail),
        (OcspAnswer::Old, Outcome::Unknown),
        (OcspAnswer::Forged, Outcome::Unknown),
    ] {
        lab.ocsp("asked.test", answer);
        let (e, a) = scan(&lab, &target("asked.test", &[])).await;
        assert_eq!(outcome(&a, "TLS-12"), want, "{answer:?}: {:?}", e.revocation);
    }
    // An answer about another certificate says nothing.
    presets::good(&lab, "another.test");
    lab.ocsp("another.test", OcspAnswer::Good);
    let (_, a) = scan(&lab, &target("asked.test", &[])).await;
    assert_eq!(outcome(&a, "TLS-12"), Outcome::Unknown);
}

/// The list of another authority of the same name.
fn other_list(other: &Lab) -> Page {
    Page { status: 200, headers: vec![], reply: lab::Reply::Bytes(other.crl()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_are_read_without_keys() {
    let lab = Lab::start().await;
    presets::good(&lab, "suites.test");
    let (e, a) = scan(&lab, &target("suites.test", &[])).await;
    let h = e.handshakes.iter().find(|h| h.host == "suites.test").unwrap();
    let took = |v: &str| h.version(v).unwrap().accepted;
    assert_eq!(
        [took("SSL 3.0"), took("TLS 1.0"), took("TLS 1.1"), took("TLS 1.2"), took("TLS 1.3")],
        [Some(false), Some(false), Some(false), Some(true), Some(true)]
    );
    // rustls' own list, in its own order.
    assert_eq!(h.version("TLS 1.3").unwrap().suites, ["AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES_128_GCM_SHA256"]);
    assert_eq!(
        h.version("TLS 1.2").unwrap().suites,
        ["ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]
    );
    assert_eq!((h.secure_renegotiation, h.compression, h.heartbeat), (Some(true), Some(false), Some(false)));
    assert_eq!(h.groups, ["X25519", "P-256", "P-384"]);
    assert_eq!((outcome(&a, "TLS-05"), outcome(&a, "TLS-06"), outcome(&a, "TLS-07")), (Outcome::Pass, Outcome::Pass, Outcome::Pass));
    let leaf = e.tls_of("suites.test").unwrap().session().unwrap().chain[0].details.clone().unwrap();
    assert_eq!((leaf.key.as_str(), leaf.bits, leaf.crl[0].as_str()), ("EC", 256, "http://pki.nic.test/ca.crl"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lazy_scripts_are_found_and_bounded() {
    let lab = Lab::start().await;
    presets::good(&lab, "lazy.test");
    let names: Vec<String> = (0..90).map(|i| format!("\"./chunk-{i:08x}.js\"")).collect();
    lab.change("lazy.test", |s| {
        s.pages.insert("/assets/app.3f9c1b2a.js".into(), Page::ok("text/javascript", format!("[{}]", names.join(","))));
        for i in 0..90 {
            let deeper = if i == 0 { "import('./deep-1.js')" } else { "1" };
            s.pages.insert(format!("/assets/chunk-{i:08x}.js"), Page::ok("text/javascript", deeper));
        }
        s.pages.insert("/assets/deep-1.js".into(), Page::ok("text/javascript", "import('./deep-2.js')"));
    });
    let (e, _) = scan(&lab, &Target { entitled: false, ..target("lazy.test", &[]) }).await;
    let bundles = e.bundles.unwrap();
    let chunks = e.fetches.iter().filter(|f| f.purpose == Purpose::Chunk).count();
    assert!((30..=60).contains(&chunks), "{chunks}");
    assert!(bundles.cut.is_some_and(|c| c.contains("left out")));
    let per_host = e.fetches.iter().flat_map(|f| &f.hops).filter(|h| readiness::evidence::host_of(&h.url) == "lazy.test").count();
    assert!(per_host <= 120, "{per_host} requests to one host");
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_found_in_logs_and_by_name() {
    let lab = Lab::start().await;
    presets::good(&lab, "found.test");
    presets::logged(&lab, "found.test", &["old.found.test", "*.found.test"]);
    lab.record("old.found.test", "CNAME", &["acme.azurewebsites.net"]);
    lab.host("staging.found.test").site("staging.found.test", Site::default().page("/", Page::ok("text/html", "<h1>next</h1>")));
    let (e, a) = scan(&lab, &target("found.test", &[])).await;
    assert_eq!((outcome(&a, "DNS-07"), outcome(&a, "AUD-20"), outcome(&a, "DNS-08")), (Outcome::Fail, Outcome::Fail, Outcome::Pass));
    assert!(e.fetches.iter().any(|f| f.purpose == Purpose::Host && f.start == "https://staging.found.test/"));
    // A wildcard makes every guess exist; then none of them is a staging.
    lab.record("*.found.test", "A", &[&lab.ip.to_string()]).forget("staging.found.test");
    let (_, a) = scan(&lab, &target("found.test", &[])).await;
    assert_eq!(outcome(&a, "AUD-20"), Outcome::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wildcard_gives_and_what_binds_each_name_is_asked() {
    let lab = Lab::start().await;
    presets::good(&lab, "wild.test");
    lab.record("*.wild.test", "TXT", &["v=spf1 include:amazonses.com ~all"]);
    let (e, a) = scan(&lab, &target("wild.test", &[])).await;
    assert_eq!(e.random_mail_names.len(), 2);
    assert_eq!(e.wildcard("bounces.wild.test", "TXT").as_deref(), Some("*.wild.test"));
    assert_ne!(outcome(&a, "MAIL-12"), Outcome::Fail, "{}", a.finding("MAIL-12").unwrap().summary);
    // The climb goes up to the ending.
    assert!(e.answers("test", "CAA").next().is_some());
    lab.cert("wild.test", CertKind::Names(vec!["wild.test".into(), "shop.wild.test".into(), "*.wild.test".into()]));
    lab.record("shop.wild.test", "CAA", &["0 issue \";\""]);
    let (e, a) = scan(&lab, &target("wild.test", &[])).await;
    assert!(e.answers("shop.wild.test", "CAA").next().is_some());
    assert_eq!(outcome(&a, "DNS-12"), Outcome::Fail, "{}", a.finding("DNS-12").unwrap().summary);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_scans_of_an_unchanged_site_say_the_same_and_the_map_holds() {
    let lab = Lab::start().await;
    presets::good(&lab, "same.test");
    let t = target("same.test", &["app.same.test"]);
    let (e, a) = scan(&lab, &t).await;
    let (_, b) = scan(&lab, &t).await;
    assert_eq!(common::outcomes(&a), common::outcomes(&b));
    assert!(e.samples.iter().filter(|s| s.status == Some(200) && s.first_byte() > 0).count() >= 5);
    let approved = readiness::evidence::ApprovedMap { by: "me".into(), at: e.started_at, records: dns_map::build(&e) };
    assert!(approved.records.len() > 8);
    let t = Target { map: Some(approved), ..t };
    let (_, a) = scan(&lab, &t).await;
    assert_eq!((outcome(&a, "DNS-17"), outcome(&a, "AUD-10")), (Outcome::Pass, Outcome::Pass));
    lab.record("same.test", "MX", &["10 mx.stranger.test"]).host("mx.stranger.test");
    let needs = readiness::catalogue::entry("DNS-17").unwrap().check.unwrap().needs;
    let newer = collect(&t, &options(&lab), needs, &|_| {}).await;
    let merged = e.replaced_by(newer, needs);
    let merged = readiness::Outside { target: t, ..merged };
    assert_eq!(outcome(&readiness::assess(&readiness::Ledger::of_scan(merged.clone()), merged.finished_at), "DNS-17"), Outcome::Fail);
    assert!(Collector::ALL.len() == 7);
}
