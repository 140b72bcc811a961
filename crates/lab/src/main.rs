//! `lab`: runs a lab for browser tests and by hand, and takes orders over a control port.
//!
//! `lab PORT` serves `acme.test` with two SPF records; `POST /record` with `{name, rtype, values}`
//! changes a record, `POST /good` and `POST /bad` with `{domain}` put up a whole site, and `POST /site` with `{site}` one of
//! the ten of [`lab::sites`]; `POST /weather` with `{delay_ms, lost}` makes the network bad;
//! `POST /plain` registers a domain that has name servers and takes part in no mail, for a real web server;
//! `POST /cert` with `{hosts, kind}` issues it a chain and a key as PEM.
#![allow(clippy::unwrap_used, reason = "a test tool")]

use axum::extract::{Json, State};
use axum::routing::{get, post};
use lab::{CertKind, Lab, presets, sites};
use serde::Deserialize;

#[derive(Deserialize)]
struct Record {
    name: String,
    rtype: String,
    values: Vec<String>,
}

#[derive(Deserialize)]
struct Site {
    domain: String,
}

#[derive(Deserialize)]
struct Weather {
    delay_ms: u64,
    lost: u64,
}

#[derive(Deserialize)]
struct Cert {
    hosts: Vec<String>,
    /// `good`, `expired`, `self-signed` or `leaf` (the intermediate is missing).
    kind: String,
}

#[derive(Deserialize)]
struct Kind {
    site: String,
}

#[tokio::main]
async fn main() {
    let port: u16 = std::env::args().nth(1).and_then(|p| p.parse().ok()).unwrap_or(0);
    let lab = Lab::start().await;
    presets::good(&lab, "acme.test");
    lab.record("acme.test", "TXT", &["v=spf1 mx ~all", "v=spf1 include:_spf.mail.test ~all"]).record(
        "_spf.mail.test",
        "TXT",
        &["v=spf1 ip4:192.0.2.0/24 ~all"],
    );
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    println!(
        "{}",
        serde_json::json!({"ip": lab.ip, "dns": lab.dns, "ca_file": lab.ca_file, "rdap_file": lab.rdap_file, "ct_url": lab::CT_URL, "sites": sites::SITES, "control": listener.local_addr().unwrap()})
    );
    let router = axum::Router::new()
        .route("/", get(|| async { "lab" }))
        .route(
            "/record",
            post(|State(lab): State<Lab>, Json(r): Json<Record>| async move {
                lab.record(&r.name, &r.rtype, &r.values.iter().map(String::as_str).collect::<Vec<_>>());
            }),
        )
        .route("/good", post(|State(lab): State<Lab>, Json(s): Json<Site>| async move { presets::good(&lab, &s.domain) }))
        .route("/bad", post(|State(lab): State<Lab>, Json(s): Json<Site>| async move { presets::bad(&lab, &s.domain) }))
        .route("/site", post(|State(lab): State<Lab>, Json(s): Json<Kind>| async move { Json(sites::put_up(&lab, &s.site)) }))
        .route("/plain", post(|State(lab): State<Lab>, Json(s): Json<Site>| async move { presets::plain(&lab, &s.domain) }))
        .route(
            "/cert",
            post(|State(lab): State<Lab>, Json(c): Json<Cert>| async move {
                let kind = match c.kind.as_str() {
                    "expired" => CertKind::Expired,
                    "self-signed" => CertKind::SelfSigned,
                    "leaf" => CertKind::MissingIntermediate,
                    _ => CertKind::Good,
                };
                let (cert, key) = lab.issue(c.hosts, &kind);
                Json(serde_json::json!({"cert": cert, "key": key}))
            }),
        )
        .route(
            "/weather",
            post(|State(lab): State<Lab>, Json(w): Json<Weather>| async move {
                lab.weather(std::time::Duration::from_millis(w.delay_ms), w.lost);
            }),
        )
        .with_state(lab);
    axum::serve(listener, router).await.unwrap();
}
