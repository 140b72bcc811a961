//! TLS-07: keys and signatures that hold.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, join};
use crate::checks::help::{note, web_hosts};
use crate::evidence::{Certificate, Collector, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-07.
pub static CHECK: Check = Check {
    id: "TLS-07",
    name: "key-signature-strength",
    title: "Key and signature strength",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Tls],
    why: "A key that is too short can be computed, and a certificate signed with SHA-1 can be forged; browsers refuse both.",
    criterion: "Fails below RSA 2048 or EC 256 bits, and on MD5 or SHA-1 signatures; a root's own signature does not matter.",
    minutes: 10,
    references: &[Reference { title: "RFC 9325 §4.5", url: "https://www.rfc-editor.org/rfc/rfc9325#section-4.5" }],
    rule,
};

fn weakness(c: &Certificate) -> Option<String> {
    let d = c.details.as_ref()?;
    let short = match d.key.as_str() {
        "RSA" => d.bits > 0 && d.bits < 2048,
        "EC" => d.bits > 0 && d.bits < 256,
        _ => false,
    };
    if short {
        return Some(format!("the key of {} has {} bits ({})", c.subject, d.bits, d.key));
    }
    let lower = d.signature.to_ascii_lowercase();
    // A root is trusted by itself, not by its signature.
    (c.subject != c.issuer && (lower.contains("md5") || lower.contains("sha1")))
        .then(|| format!("{} is signed with {}", c.subject, d.signature))
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let mut parts = vec![];
    let mut seen = vec![];
    for host in web_hosts(c) {
        let Some((p, s)) = e.tls_of(&host).and_then(|p| p.session().map(|s| (p, s))) else { continue };
        if s.chain.first().is_none_or(|l| l.details.is_none()) {
            parts.push(Part::new(&host, Outcome::Unknown, format!("The certificate of {host} could not be read closely.")));
            continue;
        }
        let text: Vec<String> = s
            .chain
            .iter()
            .filter_map(|x| {
                x.details.as_ref().map(|d| format!("{}: {} {} bits, {}, {} SCTs", x.subject, d.key, d.bits, d.signature, d.scts))
            })
            .collect();
        seen.push(note(format!("{host}:443"), text.join("\n"), p.at));
        parts.push(match s.chain.iter().find_map(weakness) {
            Some(why) => Part::new(&host, Outcome::Fail, format!("At {host} {why}.")),
            None => Part::new(&host, Outcome::Pass, ""),
        });
    }
    if parts.is_empty() {
        return Found::unknown("No host showed a certificate.");
    }
    let found = join(CHECK.impact, &parts, "Keys and signatures are strong enough.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Issue the certificate anew with a strong key", CHECK.minutes)
            .step("Make a new key, P-256 or RSA 2048, and issue a new certificate with it. ACME clients make such keys by themselves.")
            .paste(Paste::add(crate::guide::NAMES, [e.target.domain.to_string()]))
            .undo("Set the former certificate and key again.")
            .risk("If you pin the key in an app, ship the new pin first."),
    )
}

#[test]
fn table() {
    fn leaf(f: &mut crate::fixture::Fixture, key: &str, bits: u32, signature: &str) {
        for p in &mut f.evidence.tls {
            if let crate::evidence::TlsOutcome::Session(s) = &mut p.outcome {
                let d = s.chain[0].details.as_mut().unwrap();
                (d.key, d.bits, d.signature) = (key.into(), bits, signature.into());
            }
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("EC 256", |_| {}, Outcome::Pass),
            ("RSA 2048", |f| leaf(f, "RSA", 2048, "sha256WithRSAEncryption"), Outcome::Pass),
            ("RSA 1024 (testssl cap B)", |f| leaf(f, "RSA", 1024, "sha256WithRSAEncryption"), Outcome::Fail),
            ("EC 224", |f| leaf(f, "EC", 224, "ecdsa-with-SHA256"), Outcome::Fail),
            ("Ed25519", |f| leaf(f, "Ed25519", 256, "Ed25519"), Outcome::Pass),
            ("SHA-1 (RFC 9155)", |f| leaf(f, "RSA", 2048, "sha1WithRSAEncryption"), Outcome::Fail),
            ("MD5", |f| leaf(f, "RSA", 2048, "md5WithRSAEncryption"), Outcome::Fail),
            (
                "a root signed with SHA-1 is trusted by itself",
                |f| {
                    for p in &mut f.evidence.tls {
                        if let crate::evidence::TlsOutcome::Session(s) = &mut p.outcome {
                            let mut root = s.chain[0].clone();
                            (root.subject, root.issuer) = ("CN=Root".into(), "CN=Root".into());
                            root.details.as_mut().unwrap().signature = "sha1WithRSAEncryption".into();
                            s.chain.push(root);
                        }
                    }
                },
                Outcome::Pass,
            ),
            (
                "evidence of an older scan",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].details = None);
                },
                Outcome::Unknown,
            ),
            ("no certificate", |f| f.evidence.tls.clear(), Outcome::Unknown),
        ],
    );
}
