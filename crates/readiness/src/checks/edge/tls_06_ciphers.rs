//! TLS-06: cipher suites that protect.

use super::tls_05_versions::{handshakes_seen, probed};
use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, join};
use crate::evidence::{Collector, Handshakes, Source};
use crate::suites;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-06.
pub static CHECK: Check = Check {
    id: "TLS-06",
    name: "cipher-fs-hygiene",
    title: "Cipher and FS hygiene",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Tls],
    why: "With a broken suite what your customers type can be read; without forward secrecy everything recorded today can be read when the key leaks.",
    criterion: "Fails when a server takes NULL, export, anonymous, RC4, DES or 3DES suites; warns when none of its suites has forward secrecy and authenticated encryption.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 9325 §4", url: "https://www.rfc-editor.org/rfc/rfc9325#section-4" },
        Reference { title: "RFC 7465", url: "https://www.rfc-editor.org/rfc/rfc7465" },
    ],
    rule,
};

fn part(h: &Handshakes) -> Part {
    let taken: Vec<&str> = h.versions.iter().flat_map(|v| v.suites.iter().map(String::as_str)).collect();
    let host = h.host.as_str();
    if let Some(bad) = taken.iter().find(|s| suites::is_broken(s)) {
        return Part::new(host, Outcome::Fail, format!("{host} takes {bad}, which can be broken."));
    }
    if taken.is_empty() {
        return Part::new(host, Outcome::Unknown, format!("Which suites {host} takes was not learned."));
    }
    if !taken.iter().any(|s| suites::forward_secret(s) && suites::aead(s)) {
        return Part::new(host, Outcome::Warn, format!("{host} takes no suite with forward secrecy and authenticated encryption."));
    }
    if h.version("TLS 1.2").is_none_or(|v| v.accepted.is_none()) {
        return Part::new(host, Outcome::Unknown, format!("The suites of TLS 1.2 at {host} were not learned."));
    }
    Part::new(host, Outcome::Pass, "")
}

fn rule(c: &Context) -> Found {
    let probes = probed(c);
    if probes.is_empty() {
        return Found::unknown("No host answered over HTTPS, or the suites were not tried in time.");
    }
    let parts: Vec<Part> = probes.iter().map(|h| part(h)).collect();
    let found = join(CHECK.impact, &parts, "Only suites that protect are taken.").seen(probes.iter().map(|h| handshakes_seen(h)));
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Take modern cipher suites only", CHECK.minutes)
            .step("Set the list below (Mozilla's intermediate configuration) and reload the server.")
            .paste(Paste::add(
                "suites of TLS 1.2, in OpenSSL's words",
                [
                    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
                ],
            ))
            .undo("Put the former list back.")
            .risk("Clients from before 2014 cannot connect any more."),
    )
}

#[test]
fn table() {
    fn suites(f: &mut crate::fixture::Fixture, version: &str, list: &[&str]) {
        for h in &mut f.evidence.handshakes {
            h.versions.iter_mut().find(|v| v.version == version).unwrap().suites = list.iter().map(|s| (*s).to_owned()).collect();
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("modern suites", |_| {}, Outcome::Pass),
            (
                "3DES (RFC 9325 §4.1, SWEET32)",
                |f| suites(f, "TLS 1.2", &["ECDHE_RSA_WITH_AES_128_GCM_SHA256", "RSA_WITH_3DES_EDE_CBC_SHA"]),
                Outcome::Fail,
            ),
            ("RC4 (RFC 7465)", |f| suites(f, "TLS 1.2", &["RSA_WITH_RC4_128_SHA"]), Outcome::Fail),
            ("NULL", |f| suites(f, "TLS 1.2", &["RSA_WITH_NULL_SHA256"]), Outcome::Fail),
            ("anonymous with GCM is still anonymous", |f| suites(f, "TLS 1.2", &["DH_anon_WITH_AES_128_GCM_SHA256"]), Outcome::Fail),
            ("export", |f| suites(f, "TLS 1.0", &["RSA_EXPORT_WITH_RC4_40_MD5"]), Outcome::Fail),
            (
                "RSA key exchange only, and no 1.3",
                |f| {
                    suites(f, "TLS 1.2", &["RSA_WITH_AES_128_GCM_SHA256"]);
                    suites(f, "TLS 1.3", &[]);
                },
                Outcome::Warn,
            ),
            (
                "CBC only, and no 1.3",
                |f| {
                    suites(f, "TLS 1.2", &["ECDHE_RSA_WITH_AES_128_CBC_SHA"]);
                    suites(f, "TLS 1.3", &[]);
                },
                Outcome::Warn,
            ),
            (
                "CBC beside good ones",
                |f| suites(f, "TLS 1.2", &["ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE_RSA_WITH_AES_128_CBC_SHA"]),
                Outcome::Pass,
            ),
            (
                "nothing learned",
                |f| {
                    suites(f, "TLS 1.2", &[]);
                    suites(f, "TLS 1.3", &[]);
                },
                Outcome::Unknown,
            ),
        ],
    );
}
