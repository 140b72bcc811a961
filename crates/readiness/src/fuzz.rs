//! Any text from outside is judged without panic, and the same evidence gives the same assessment.

use crate::dmarc::Dmarc;
use crate::fixture::Fixture;
use crate::robots::{Robots, hides};
use crate::{Domain, assess, spf, time};
use proptest::prelude::*;

/// Text made of words that the parsers know, in any order.
fn words() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "v=spf1",
        "include:",
        "redirect=",
        "exists:",
        "%{i}",
        "ip4:",
        "ip6:",
        "/32",
        "//64",
        "+all",
        "-all",
        "a",
        "mx:",
        "ptr",
        "exp=",
        "v=DMARC1;",
        "p=reject;",
        "rua=mailto:",
        "pct=",
        "t=y;",
        "sp=",
        "User-agent: *",
        "\nDisallow: /",
        "\nAllow: /$",
        "max-age=",
        "includeSubDomains",
        "preload",
        "default-src",
        "'nonce-",
        "v=DKIM1; p=",
        "k=ed25519",
        "0 issue \"",
        "128 iodef",
        "2026-11-25T",
        "Z",
    ]);
    prop::collection::vec(prop_oneof![known.prop_map(str::to_owned), "[a-z0-9.=:;,/\"' -]{0,20}", ".{0,5}"], 0..24)
        .prop_map(|v| v.join(" "))
}

proptest! {
    #[test]
    fn texts_of_records_and_headers(text in words()) {
        let _ = (spf::Spf::parse(&text), Dmarc::parse(&text).report_domains(), crate::dmarc::repair(&text), crate::dkim::read(&text), crate::dkim::is_meant(&text), crate::mail_tls::Policy::parse(&text), crate::mail_tls::repaired(&text, &[], "testing"), crate::dmarc::set(&text, "p", "none"), crate::csp::parse(&text));
        let _ = (Robots::parse(&text).allows("googlebot", &text), hides(&text, "googlebot"), crate::cookie::Cookie::parse(&text), crate::csp::parse(&text), crate::hsts::Hsts::parse(&text));
        let _ = (time::parse_rfc3339(&text), time::parse_http_date(&text), Domain::parse(&text), crate::domain::parse_link(&text));
        let _ = (crate::mail_tls::sts_record(&[&text]), crate::mail_tls::rpt_record(&[&text]), crate::mail_tls::bimi_record(&[&text]));
        let _ = spf::single_addresses(&[text.as_str()]);
    }

    #[test]
    fn a_site_that_says_anything_is_judged(text in words(), header in "[ -~]{0,120}") {
        let mut f = Fixture::good();
        for name in ["acme.example", "_dmarc.acme.example", "s1._domainkey.acme.example", "send.acme.example"] {
            f.txt(name, &[&text, &header]);
        }
        f.dns("acme.example", "CAA", &[&text]).dns("acme.example", "MX", &[&text]).dns("acme.example", "NS", &[&header]);
        for fetch in &mut f.evidence.fetches {
            for hop in &mut fetch.hops {
                if let crate::evidence::Answer::Response(r) = &mut hop.answer {
                    for (_, v) in &mut r.headers {
                        v.clone_from(&header);
                    }
                    if let Some(b) = &mut r.body {
                        b.extract.clone_from(&text);
                    }
                }
            }
        }
        let a = f.assess();
        prop_assert!((0.0..=100.0).contains(&a.score.score) && a.findings.len() == 208);
        prop_assert!(a.findings.iter().filter(|f| f.outcome.is_open()).all(|f| f.fix.is_some() && !f.evidence.is_empty()), "an open finding without fix or evidence");
        let _ = (crate::dns_map::build(&f.evidence), crate::stack::detect(&f.evidence), crate::report::plan_markdown(&f.evidence, &a));
    }

    /// The order in which answers arrive never matters.
    #[test]
    fn order_of_arrival_changes_nothing(seed: u64) {
        let mut f = Fixture::good();
        f.txt("_dmarc.acme.example", &["v=DMARC1; p=none"]).hit("https://acme.example/", "jwt");
        let before = f.assess();
        let mut n = seed | 1;
        let mut turn = |len: usize| {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(n >> 33).unwrap_or(0) % len.max(1)
        };
        let (e, l) = (&mut f.evidence, 7);
        for _ in 0..l {
            let (a, b, c, d) = (turn(e.dns.len()), turn(e.fetches.len()), turn(e.tls.len()), turn(e.samples.len()));
            e.dns.rotate_left(a);
            e.fetches.rotate_left(b);
            e.tls.rotate_left(c);
            e.samples.rotate_left(d);
            e.handshakes.rotate_left(1);
            e.pages.reverse();
        }
        let after = assess(&crate::Ledger::of_scan(f.evidence.clone()), f.now);
        let short = |a: &crate::Assessment| a.findings.iter().map(|f| (f.id.clone(), f.outcome)).collect::<Vec<_>>();
        prop_assert_eq!(short(&before), short(&after));
    }
}
