//! Figures for `cargo xtask bench`, as one line of JSON: judging, searching for secrets, and many
//! scans at once in one process. Run it optimised.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a measurement that stops on any surprise")]

use lab::{Lab, presets};
use net::{Resolvers, roots};
use readiness::evidence::Collector;
use readiness::{Domain, Target, assess};
use scanner::{Options, Sources, collect, search};
use std::time::{Duration, Instant};

/// Resident memory of this process in MB, of now and at most.
fn memory(field: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(field)).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn target(domain: &str) -> Target {
    Target {
        sends_mail: Some(true),
        dkim_selectors: vec!["s1".parse().unwrap()],
        entitled: true,
        ..Target::preview(Domain::parse(domain).unwrap())
    }
}

/// Another process is the lab, so that its memory and work are not ours: its line of JSON comes by argument.
#[tokio::main(worker_threads = 2)]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let count: usize = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(200);
    let line: serde_json::Value = std::env::args().nth(1).and_then(|a| serde_json::from_str(&a).ok()).unwrap_or_default();
    let (dns, ca, rdap) = if line.is_null() {
        let lab = Lab::start().await;
        presets::good(&lab, "acme.test");
        (lab.dns, lab.ca_file.clone(), lab.rdap_file.clone())
    } else {
        let field = |n: &str| line[n].as_str().unwrap_or("").to_owned();
        (field("dns").parse().unwrap(), field("ca_file").into(), field("rdap_file").into())
    };
    let mut sources = Sources { ct_url: Some(lab::CT_URL.into()), ..Sources::default() };
    sources.rdap_from(&rdap).unwrap();
    let options = Options {
        sources,
        resolvers: Resolvers::Only(vec![dns]),
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        timeout: Duration::from_secs(60),
        ..Options::new(roots::load(Some(&ca)).unwrap())
    };
    let one = collect(&target("acme.test"), &options, &Collector::ALL, &|_| {}).await;
    let begun = Instant::now();
    for _ in 0..200 {
        std::hint::black_box(assess(&readiness::Ledger::of_scan(one.clone()), one.started_at));
    }
    let assess_ms = begun.elapsed().as_secs_f64() * 1000.0 / 200.0;

    let text = "export const a=()=>fetch(`/api/items?page=${n}`).then(r=>r.json());const token=localStorage.getItem(\"t\");if(!secret)throw new Error(\"no key\");".repeat(70_000);
    let begun = Instant::now();
    let hits = search(text.as_bytes()).len();
    let megabytes = text.len() as f64 / 1e6;
    let search_mb_s = megabytes / begun.elapsed().as_secs_f64();

    let before = memory("VmRSS");
    let begun = Instant::now();
    let runs = (0..count).map(|_| {
        let options = options.clone();
        tokio::spawn(async move {
            let e = collect(&target("acme.test"), &options, &Collector::ALL, &|_| {}).await;
            let late = e.gaps.iter().filter(|g| g.reason.contains("time")).count();
            let failed = e.dns.iter().filter(|a| a.status == readiness::evidence::DnsStatus::Timeout).count();
            (late, failed)
        })
    });
    let (mut late, mut failed) = (0, 0);
    for run in runs.collect::<Vec<_>>() {
        let (l, f) = run.await.unwrap();
        late += l;
        failed += f;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{}",
        serde_json::json!({"assess_ms": assess_ms, "search_mb_s": search_mb_s, "hits": hits, "scans": count, "seconds": seconds, "late": late, "dns_timeouts": failed, "rss_before": before, "rss_peak": memory("VmHWM")})
    );
}
