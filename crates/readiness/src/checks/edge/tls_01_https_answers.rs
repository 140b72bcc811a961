//! TLS-01: port 443 of every host completes a handshake.

use crate::check::{Check, Context, Fix, Found, Part, Reference, join};
use crate::checks::help::{tls_failure, tls_seen, web_hosts};
use crate::evidence::{Collector, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-01.
pub static CHECK: Check = Check {
    id: "TLS-01",
    name: "https-answers-every-required-hostname",
    title: "HTTPS answers on every required hostname",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Tls],
    why: "Browsers try HTTPS first; where it does not answer, visitors see an error and nobody signs in or pays.",
    criterion: "Fails when a required host refuses port 443 or completes no handshake; a time-out is unknown.",
    minutes: 30,
    references: &[Reference { title: "RFC 9110 §4.2.2", url: "https://www.rfc-editor.org/rfc/rfc9110#section-4.2.2" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let hosts = web_hosts(c);
    let parts: Vec<Part> = hosts
        .iter()
        .map(|h| match tls_failure(c.outside(), h) {
            None => Part::new(h, Outcome::Pass, ""),
            Some((outcome, text)) => Part::new(h, outcome, text),
        })
        .collect();
    let seen = hosts.iter().filter_map(|h| c.outside().tls_of(h)).map(tls_seen);
    let found = join(CHECK.impact, &parts, format!("HTTPS answers on {}.", hosts.join(", "))).seen(seen);
    let bad: Vec<&str> = parts.iter().filter(|p| p.outcome == Outcome::Fail).map(|p| p.target.as_str()).collect();
    if bad.is_empty() {
        return found;
    }
    found.fix(Fix {
        title: format!("Switch HTTPS on for {}", bad.join(", ")),
        steps: vec![
            format!(
                "At your hosting provider, add {} to the custom domains and wait until the certificate is shown as issued.",
                bad.join(" and ")
            ),
            "On a server of your own: open port 443 in the firewall and get a certificate, such as a free one from Let's Encrypt.".into(),
        ],
        paste: vec![crate::check::Paste::add(crate::guide::NAMES, bad.clone())],
        undo: "Remove the host from the custom domains, or close port 443 again.".into(),
        risk: Some("Do not redirect HTTP to HTTPS or send HSTS before HTTPS works on every host.".into()),
        minutes: CHECK.minutes,
    })
}

#[test]
fn table() {
    use crate::evidence::TlsFailure::{Handshake, Refused, Timeout};
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("all hosts answer", |_| {}, Outcome::Pass),
            (
                "port closed on a declared host",
                |f| {
                    f.no_tls("app.acme.example", Refused);
                },
                Outcome::Fail,
            ),
            (
                "plain HTTP on port 443",
                |f| {
                    f.no_tls("acme.example", Handshake);
                },
                Outcome::Fail,
            ),
            (
                "a time-out says nothing",
                |f| {
                    f.no_tls("acme.example", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "a www that does not exist is not required",
                |f| {
                    f.status("www.acme.example", "A", crate::evidence::DnsStatus::NxDomain)
                        .status("www.acme.example", "AAAA", crate::evidence::DnsStatus::NxDomain)
                        .no_tls("www.acme.example", Refused);
                },
                Outcome::Pass,
            ),
            (
                "a bad certificate still answers",
                |f| {
                    f.cert("acme.example", |s| s.name_matches = false);
                },
                Outcome::Pass,
            ),
            (
                "a declared host that does not exist does not answer",
                |f| {
                    f.status("app.acme.example", "A", crate::evidence::DnsStatus::NxDomain)
                        .status("app.acme.example", "AAAA", crate::evidence::DnsStatus::NxDomain)
                        .no_tls("app.acme.example", crate::evidence::TlsFailure::Unresolved);
                },
                Outcome::Fail,
            ),
        ],
    );
}
