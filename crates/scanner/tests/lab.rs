//! Whole scans of the lab: good, bad and hostile sites, real DNS, TLS and HTTP on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{options, outcome, outcomes, scan, target};
use lab::{CertKind, Lab, Page, Reply, Site, Trouble, presets};
use readiness::evidence::{Collector, Purpose, TlsOutcome};
use readiness::{Outcome, Target, assess};
use scanner::{Event, collect};
use std::sync::Mutex;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_good_site() {
    let lab = Lab::start().await;
    presets::good(&lab, "good.test");
    let (e, a) = scan(&lab, &target("good.test", &["app.good.test"])).await;
    insta::assert_json_snapshot!(outcomes(&a));
    assert_eq!(a.score.uncapped, 100.0);
    assert!(e.gaps.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_site() {
    let lab = Lab::start().await;
    presets::bad(&lab, "bad.test");
    let (e, a) = scan(&lab, &target("bad.test", &[])).await;
    insta::assert_json_snapshot!(outcomes(&a));
    let stored = serde_json::to_string(&e).unwrap();
    assert!(!stored.contains("secretsecret") && !stored.contains("hunter22") && !stored.contains("connect.sid=abc"), "a secret was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_every_kind() {
    let lab = Lab::start().await;
    for (name, kind, id, want) in [
        ("expired.test", CertKind::Expired, "TLS-04", Outcome::Fail),
        ("notyet.test", CertKind::NotYet, "TLS-04", Outcome::Fail),
        ("ending.test", CertKind::Ending, "TLS-04", Outcome::Fail),
        ("wrong.test", CertKind::Names(vec!["other.test".into()]), "TLS-03", Outcome::Fail),
        ("self.test", CertKind::SelfSigned, "TLS-02", Outcome::Fail),
        ("missing.test", CertKind::MissingIntermediate, "TLS-02", Outcome::Fail),
        ("stranger.test", CertKind::UnknownCa, "TLS-02", Outcome::Fail),
        ("fine.test", CertKind::Good, "TLS-02", Outcome::Pass),
    ] {
        presets::good(&lab, name);
        lab.cert(name, kind.clone());
        let (_, a) = scan(&lab, &target(name, &[])).await;
        assert_eq!(outcome(&a, id), want, "{name}: {}", a.finding(id).unwrap().summary);
        // Only the one check fails, and HSTS over a bad certificate does not count.
        for other in ["TLS-01", "TLS-02", "TLS-03", "TLS-04"] {
            assert!(other == id || outcome(&a, other) == Outcome::Pass, "{name}: {other} {}", a.finding(other).unwrap().summary);
        }
        assert_eq!(
            outcome(&a, "TLS-08"),
            if kind == CertKind::Good || kind == CertKind::Ending { Outcome::Pass } else { Outcome::Warn },
            "{name}"
        );
    }
    presets::good(&lab, "deep.test");
    lab.host("a.b.deep.test")
        .site("a.b.deep.test", Site::default().page("/", Page::ok("text/html", "x")))
        .cert("a.b.deep.test", CertKind::Names(vec!["*.deep.test".into()]));
    let (_, a) = scan(&lab, &target("deep.test", &["a.b.deep.test"])).await;
    assert!(a.finding("TLS-03").unwrap().summary.contains("one label only"), "{}", a.finding("TLS-03").unwrap().summary);
}

#[tokio::test(flavor = "multi_thread")]
async fn dns_that_fails_is_not_dns_that_denies() {
    let lab = Lab::start().await;
    presets::good(&lab, "d.test");
    for (trouble, id, want) in [
        (Trouble::ServFail, "DNS-02", Outcome::Unknown),
        (Trouble::Refused, "DNS-02", Outcome::Unknown),
        (Trouble::Silence, "DNS-02", Outcome::Unknown),
    ] {
        lab.trouble("www.d.test", trouble);
        let (_, a) = scan(&lab, &target("d.test", &[])).await;
        assert_eq!(outcome(&a, id), want, "{trouble:?}");
        assert_eq!(outcome(&a, "MAIL-02"), Outcome::Pass);
    }
    lab.trouble("_dmarc.d.test", Trouble::Silence);
    let (_, a) = scan(&lab, &target("d.test", &[])).await;
    assert_eq!((outcome(&a, "MAIL-09"), outcome(&a, "MAIL-10")), (Outcome::Unknown, Outcome::Unknown));
    lab.forget("gone.test");
    let (_, a) = scan(&lab, &target("gone.test", &[])).await;
    assert_eq!((outcome(&a, "DNS-01"), outcome(&a, "DNS-02")), (Outcome::Fail, Outcome::Na));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_answers_every_path_alike_exposes_nothing() {
    let lab = Lab::start().await;
    presets::good(&lab, "spa.test");
    lab.change("spa.test", |s| s.other = Some(Page::ok("text/html; charset=utf-8", "<!doctype html><title>App</title>APP_KEY=1\nDB=2")));
    let (e, a) = scan(&lab, &target("spa.test", &[])).await;
    assert_eq!(outcome(&a, "AUD-04"), Outcome::Pass);
    assert!(e.fetches.iter().filter(|f| f.purpose == Purpose::Leftover).count() >= 40);
    // Without entitlement no such path is asked for.
    let (e, a) = scan(&lab, &Target { entitled: false, ..target("spa.test", &[]) }).await;
    assert_eq!((outcome(&a, "AUD-04"), e.fetches.iter().filter(|f| f.purpose == Purpose::Leftover).count()), (Outcome::Unknown, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_nobodys_fault() {
    let lab = Lab::start().await;
    presets::good(&lab, "wall.test");
    let wall = Page {
        status: 403,
        headers: vec![("content-type".into(), "text/html".into()), ("cf-mitigated".into(), "challenge".into())],
        reply: Reply::Text("<title>Just a moment...</title>".into()),
    };
    let site = Site { other: Some(wall.clone()), plain: Some(wall), ..Site::default() };
    lab.site("wall.test", site.clone()).site("www.wall.test", site);
    let (_, a) = scan(&lab, &target("wall.test", &[])).await;
    for id in ["RED-01", "RED-02", "RED-03", "RED-04", "PERF-08", "SEC-08", "SEC-09", "SEC-11", "SEC-12", "PERF-12", "AUD-04"] {
        assert_eq!(outcome(&a, id), Outcome::Blocked, "{id}: {}", a.finding(id).unwrap().summary);
    }
    assert_eq!((outcome(&a, "DNS-01"), outcome(&a, "TLS-02")), (Outcome::Pass, Outcome::Pass));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_sites_cost_bounded_time_and_spoil_nothing_else() {
    let lab = Lab::start().await;
    for (name, reply) in [
        ("endless.test", Reply::Endless),
        ("bomb.test", Reply::Bomb),
        ("trickle.test", Reply::Trickle),
        ("header.test", Reply::EndlessHeader),
    ] {
        presets::good(&lab, name);
        lab.change(name, |s| {
            s.pages.insert("/".into(), Page::hostile(reply.clone()));
            s.plain = Some(Page::hostile(reply.clone()));
        });
        let begun = Instant::now();
        let (e, a) = scan(&lab, &target(name, &[])).await;
        assert!(begun.elapsed() < Duration::from_secs(25), "{name} took {:?}", begun.elapsed());
        for id in ["DNS-01", "TLS-02", "MAIL-02", "MAIL-07", "MAIL-09"] {
            assert_eq!(outcome(&a, id), Outcome::Pass, "{name} {id}");
        }
        let largest = e.fetches.iter().flat_map(|f| f.last()).filter_map(|(_, r)| r.body.as_ref()).map(|b| b.size).max().unwrap_or(0);
        assert!(largest <= 5 * 1024 * 1024, "{name} kept {largest} bytes");
        lab.change(name, |s| s.plain = None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_in_a_circle_and_to_places_that_are_closed() {
    let lab = Lab::start().await;
    presets::good(&lab, "loop.test");
    lab.change("loop.test", |s| {
        s.pages.clear();
        s.other = Some(Page::redirect(302, "http://loop.test{uri}"));
    });
    let (_, a) = scan(&lab, &target("loop.test", &[])).await;
    assert_eq!(outcome(&a, "RED-03"), Outcome::Fail);
    for to in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://10.0.0.1/",
        "http://localhost/",
        "file:///etc/passwd",
        "http://loop.test:22/",
        "http://user:pw@loop.test/",
    ] {
        lab.change("loop.test", |s| s.other = Some(Page::redirect(302, to)));
        let (e, _) = scan(&lab, &target("loop.test", &[])).await;
        let after = e
            .fetches
            .iter()
            .filter(|f| f.start == "https://loop.test/" && f.purpose == Purpose::Start)
            .flat_map(|f| &f.hops)
            .nth(1)
            .unwrap();
        assert!(matches!(after.answer, readiness::evidence::Answer::Failed { .. }), "{to} was followed: {:?}", after.answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_turns_to_loopback_and_one_with_too_many_addresses() {
    let lab = Lab::start().await;
    presets::good(&lab, "turn.test");
    lab.trouble("turn.test", Trouble::Rebind);
    // Only the lab's own network is open, not the whole of loopback.
    let mut o = options(&lab);
    o.allow = vec![format!("{}/32", lab.ip).parse().unwrap()];
    o.timeout = Duration::from_secs(8);
    let e = collect(&target("turn.test", &[]), &o, &Collector::ALL, &|_| {}).await;
    let apex = e.tls_of("turn.test").unwrap();
    assert_eq!(apex.address, Some(lab.ip.to_string()), "the first answer stays");
    assert!(apex.session().is_some() && e.front().is_some());
    // The next scan meets the turned name from the start, and does not enter.
    let e = collect(&target("turn.test", &[]), &o, &Collector::ALL, &|_| {}).await;
    assert!(
        matches!(&e.tls_of("turn.test").unwrap().outcome, TlsOutcome::Failed { kind: readiness::evidence::TlsFailure::Denied, .. }),
        "{:?}",
        e.tls
    );
    presets::good(&lab, "flood.test");
    lab.trouble("flood.test", Trouble::Flood);
    let (e, a) = scan(&lab, &target("flood.test", &[])).await;
    assert!(e.dns.iter().all(|a| a.records.len() <= 120));
    assert_eq!(outcome(&a, "MAIL-02"), Outcome::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_permission_nothing_inside_is_entered() {
    let lab = Lab::start().await;
    presets::good(&lab, "inside.test");
    let mut o = options(&lab);
    o.allow.clear();
    let e = collect(&target("inside.test", &[]), &o, &Collector::ALL, &|_| {}).await;
    assert!(
        e.tls.iter().all(|p| matches!(p.outcome, TlsOutcome::Failed { kind: readiness::evidence::TlsFailure::Denied, .. })),
        "{:?}",
        e.tls
    );
    assert!(e.fetches.iter().all(|f| f.last().is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_always_yields_a_result_and_names_what_is_missing() {
    let lab = Lab::start().await;
    presets::good(&lab, "late.test");
    lab.change("late.test", |s| {
        s.pages.insert("/".into(), Page::hostile(Reply::Trickle));
    });
    let mut o = options(&lab);
    o.timeout = Duration::from_secs(2);
    let begun = Instant::now();
    let e = collect(&target("late.test", &[]), &o, &Collector::ALL, &|_| {}).await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(e.gap(Collector::Http).is_some() && e.gap(Collector::Mail).is_none());
    assert_eq!(outcome(&assess(&readiness::Ledger::of_scan(e.clone()), e.started_at), "MAIL-02"), Outcome::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_re_check_runs_only_what_it_needs_and_sees_the_change() {
    let lab = Lab::start().await;
    presets::bad(&lab, "fix.test");
    let t = target("fix.test", &[]);
    let (old, before) = scan(&lab, &t).await;
    assert_eq!(outcome(&before, "MAIL-02"), Outcome::Fail);
    lab.record("fix.test", "TXT", &["v=spf1 include:_spf.mail.test ~all"]);
    let needs = readiness::catalogue::entry("MAIL-02").unwrap().check.unwrap().needs;
    let told = Mutex::new(vec![]);
    let newer = collect(&t, &options(&lab), needs, &|Event::Finished(c, _)| told.lock().unwrap().push(c)).await;
    assert_eq!((told.into_inner().unwrap(), newer.fetches.len(), newer.tls.len()), (vec![Collector::Mail], 0, 0));
    let merged = old.clone().replaced_by(newer, needs);
    let after = assess(&readiness::Ledger::of_scan(merged.clone()), merged.finished_at);
    assert_eq!(outcome(&after, "MAIL-02"), Outcome::Pass);
    assert_eq!(outcome(&after, "RED-02"), Outcome::Fail, "what was not asked again stays");
    assert_eq!(merged.fetches.len(), old.fetches.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_aliases_and_closed_ports() {
    let lab = Lab::start().await;
    presets::good(&lab, "long.test");
    let long = format!("v=spf1 {} ~all", (0..30).map(|i| format!("ip4:192.0.2.{i}")).collect::<Vec<_>>().join(" "));
    lab.record("long.test", "TXT", &[&long]).forget("s1._domainkey.long.test");
    lab.record("s1._domainkey.long.test", "CNAME", &["key.vendor.test"]).record("key.vendor.test", "TXT", &[presets::DKIM]);
    let (_, a) = scan(&lab, &target("long.test", &[])).await;
    assert_eq!(
        (outcome(&a, "MAIL-02"), outcome(&a, "MAIL-03"), outcome(&a, "MAIL-07")),
        (Outcome::Pass, Outcome::Pass, Outcome::Pass),
        "{}",
        a.finding("MAIL-07").unwrap().summary
    );
    // An address where nothing listens.
    lab.record("long.test", "A", &["127.250.250.250"]);
    let (_, a) = scan(&lab, &target("long.test", &[])).await;
    assert_eq!((outcome(&a, "DNS-01"), outcome(&a, "TLS-01")), (Outcome::Pass, Outcome::Fail));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apps_subdomain_is_judged_by_the_domain_its_mail_comes_from() {
    let lab = Lab::start().await;
    presets::good(&lab, "parent.test");
    let (_, a) = scan(&lab, &Target { sends_mail: None, ..target("app.parent.test", &[]) }).await;
    for id in ["MAIL-01", "MAIL-02", "MAIL-03", "MAIL-04", "MAIL-07", "MAIL-09", "MAIL-10"] {
        assert_eq!(outcome(&a, id), Outcome::Pass, "{id}: {}", a.finding(id).unwrap().summary);
    }
    assert_eq!((outcome(&a, "DNS-02"), outcome(&a, "RED-01")), (Outcome::Na, Outcome::Pass));
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases_in_a_circle_beside_the_way_in_do_not_hold_the_scan() {
    let lab = Lab::start().await;
    presets::good(&lab, "ring.test");
    lab.forget("www.ring.test").record("www.ring.test", "CNAME", &["b.ring.test"]);
    lab.record("b.ring.test", "CNAME", &["c.ring.test"]).record("c.ring.test", "CNAME", &["b.ring.test"]);
    let (_, a) = scan(&lab, &target("ring.test", &[])).await;
    assert_eq!((outcome(&a, "DNS-01"), outcome(&a, "DNS-02")), (Outcome::Pass, Outcome::Fail), "{}", a.finding("DNS-02").unwrap().summary);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_tls_without_goodbye_is_read() {
    let lab = Lab::start().await;
    presets::good(&lab, "abrupt.test");
    let page = "<!doctype html><title>Acme</title><p>Hello</p>";
    lab.change("abrupt.test", |s| _ = s.pages.insert("/".into(), Page::hostile(Reply::Abrupt(page.into()))));
    let (e, _) = scan(&lab, &target("abrupt.test", &[])).await;
    let (_, r) = e.front().and_then(|f| f.last()).expect("the page was read");
    let body = r.body.as_ref().unwrap();
    assert_eq!((r.status, body.extract.as_str(), body.truncated), (200, page, false));
    assert!(e.samples.iter().any(|s| s.status == Some(200)), "{:?}", e.samples.first());
    assert!(!serde_json::to_string(&e).unwrap().contains("docs.rs"), "a library's manual is shown");
}
