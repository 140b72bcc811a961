//! Ten sites as they are met in the world, scanned whole; and again over a bad network, with the
//! same outcomes.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod common;

use common::{options, outcomes, scan_with, target};
use lab::{Lab, sites};
use readiness::report::{HELP, Report, json, markdown, sarif};
use std::time::Duration;

async fn twice(site: &str) {
    let lab = Lab::start().await;
    let hosts = sites::put_up(&lab, site);
    let mut t = target(site, &hosts.iter().map(String::as_str).collect::<Vec<_>>());
    if site == "parked.test" {
        t.sends_mail = Some(false);
    }
    let o = options(&lab);
    let (e, a) = scan_with(&o, &t).await;
    insta::assert_json_snapshot!(site.trim_end_matches(".test"), outcomes(&a));
    // 50 ms of latency, and of DNS datagrams one in fifty lost.
    lab.weather(Duration::from_millis(50), 50);
    let (_, b) = scan_with(&o, &t).await;
    assert_eq!(outcomes(&a), outcomes(&b), "{site} over a bad network");
    // What a site says never steers where it is written down.
    let report = Report { evidence: &e, assessment: &a, tool: "t", help: HELP };
    let texts =
        [markdown(&report), readiness::report::plan_text(&e, &a), readiness::report::text(&report, readiness::report::Style::Plain)];
    assert!(texts.iter().all(|t| !t.contains('\x1b')), "{site}");
    assert!(json(&report).is_object() && sarif(&report).is_object());
    let stored = serde_json::to_string(&e).unwrap();
    assert!(!stored.contains("q7WxR2mK9vTzB4nL"), "{site}: a secret was stored");
}

macro_rules! each {
    ($($name:ident = $site:literal),+ $(,)?) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            twice($site).await;
        }
    )+ };
}

each! {
    behind_an_edge = "edge.test",
    a_plain_server = "vps.test",
    half_migrated = "half-migrated.test",
    mail_only = "mail-only.test",
    parked = "parked.test",
    a_single_page_app = "spa.test",
    expired_and_self_signed = "expired.test",
    a_redirect_maze = "maze.test",
    a_leaking_bundle = "leaking.test",
    hostile = "hostile.test",
}

#[test]
fn each_site_has_its_test() {
    let own = include_str!("sites.rs");
    assert!(sites::SITES.iter().all(|s| own.contains(&format!("\"{s}\""))));
}
