//! What the tests of whole scans share.

use lab::Lab;
use net::{Resolvers, roots};
use readiness::{Assessment, Domain, Outcome, Outside, Target, assess};
use scanner::{Options, Sources, collect};
use std::time::Duration;

pub fn options(lab: &Lab) -> Options {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut sources = Sources { ct_url: Some(lab::CT_URL.into()), ..Sources::default() };
    sources.rdap_from(&lab.rdap_file).unwrap();
    Options {
        sources,
        resolvers: Resolvers::Only(vec![lab.dns]),
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        timeout: Duration::from_secs(20),
        ..Options::new(roots::load(Some(&lab.ca_file)).unwrap())
    }
}

pub fn target(domain: &str, also: &[&str]) -> Target {
    Target {
        hosts: also.iter().map(|h| Domain::parse(h).unwrap()).collect(),
        sends_mail: Some(true),
        dkim_selectors: vec!["s1".parse().unwrap()],
        entitled: true,
        senders: vec!["resend".into()],
        ..Target::preview(Domain::parse(domain).unwrap())
    }
}

pub async fn scan_with(o: &Options, t: &Target) -> (Outside, Assessment) {
    let e = collect(t, o, &readiness::evidence::Collector::ALL, &|_| {}).await;
    let a = assess(&readiness::Ledger::of_scan(e.clone()), e.started_at);
    (e, a)
}

#[allow(dead_code, reason = "not every test file needs each")]
pub async fn scan(lab: &Lab, t: &Target) -> (Outside, Assessment) {
    scan_with(&options(lab), t).await
}

/// `id outcome` of every check with a rule.
#[allow(dead_code, reason = "not every test file needs each")]
pub fn outcomes(a: &Assessment) -> Vec<String> {
    a.findings.iter().filter(|f| f.implemented).map(|f| format!("{} {}", f.id, f.outcome)).collect()
}

#[allow(dead_code, reason = "not every test file needs each")]
pub fn outcome(a: &Assessment, id: &str) -> Outcome {
    a.finding(id).unwrap().outcome
}
