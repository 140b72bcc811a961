//! TLS-02: the served chain leads to a root that browsers know.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, join};
use crate::checks::help::{tls_failure, tls_seen, web_hosts};
use crate::evidence::{Collector, Source, Trust};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-02.
pub static CHECK: Check = Check {
    id: "TLS-02",
    name: "chain-complete-trusted",
    title: "Chain complete and trusted",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Tls],
    why: "Browsers, phones or payment webhooks refuse your site with a full-page warning.",
    criterion: "Fails when no path of served certificates ends at a Mozilla root: self-signed, unknown authority, missing intermediate.",
    minutes: 20,
    references: &[
        Reference { title: "RFC 8446 §4.4.2", url: "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2" },
        Reference { title: "RFC 5280 §6", url: "https://www.rfc-editor.org/rfc/rfc5280#section-6" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let hosts = web_hosts(c);
    let parts: Vec<Part> = hosts
        .iter()
        .filter_map(|h| match c.outside().tls_of(h).and_then(|p| p.session()) {
            Some(s) => Some(match &s.trust {
                Trust::Trusted => Part::new(h, Outcome::Pass, ""),
                Trust::SelfSigned => Part::new(h, Outcome::Fail, format!("{h} serves a certificate that it signed itself.")),
                Trust::MissingIntermediate => Part::new(
                    h,
                    Outcome::Fail,
                    format!(
                        "{h} serves its certificate without the intermediate one; desktop browsers may hide it, phones and webhooks do not."
                    ),
                ),
                Trust::UnknownIssuer => {
                    Part::new(h, Outcome::Fail, format!("{h} serves a certificate of an authority that browsers do not know."))
                }
                Trust::Broken(why) => Part::new(h, Outcome::Fail, format!("{h} serves a chain that cannot be verified: {why}.")),
            }),
            None => not_seen(c, h),
        })
        .collect();
    let seen = hosts.iter().filter_map(|h| c.outside().tls_of(h)).map(tls_seen);
    let found = join_hosts(CHECK.impact, &parts, "Every host serves a complete chain to a trusted root.").seen(seen);
    let bad: Vec<&str> = parts.iter().filter(|p| p.outcome == Outcome::Fail).map(|p| p.target.as_str()).collect();
    let Some(first) = bad.first() else { return found };
    let missing =
        bad.iter().all(|h| c.outside().tls_of(h).and_then(|p| p.session()).is_some_and(|s| s.trust == Trust::MissingIntermediate));
    found.fix(if missing {
        Fix {
            title: "Serve the whole chain".into(),
            steps: vec!["Point the server at the file with the chain instead of the certificate alone, then reload it.".into()],
            paste: vec![Paste {
                place: format!("certificate file of {first}, in Let's Encrypt's names"),
                lines: vec![
                    crate::check::Line::Remove(format!("/etc/letsencrypt/live/{first}/cert.pem")),
                    crate::check::Line::Add(format!("/etc/letsencrypt/live/{first}/fullchain.pem")),
                ],
            }],
            undo: "Point it back at the former file.".into(),
            risk: None,
            minutes: 5,
        }
    } else {
        Fix {
            title: format!("Get a trusted certificate for {}", bad.join(", ")),
            steps: vec![
                "At a hosting provider or Cloudflare: add the host to the custom domains; the certificate comes by itself.".into(),
                "On a server of your own: get a free one from Let's Encrypt.".into(),
            ],
            paste: vec![Paste::add(crate::guide::NAMES, bad.clone())],
            undo: "Point the server back at the former certificate.".into(),
            risk: None,
            minutes: CHECK.minutes,
        }
    })
}

/// The part of a host without a session: only what was not learned counts. A host that does not
/// exist or refuses is judged by DNS-03 and TLS-01, and has no certificate to judge.
pub fn not_seen(c: &Context, host: &str) -> Option<Part> {
    let (outcome, why) = tls_failure(c.outside(), host)?;
    (outcome == Outcome::Unknown).then(|| Part::new(host, Outcome::Unknown, format!("No certificate was seen: {why}")))
}

/// Joins the parts of the hosts that have a certificate.
pub fn join_hosts(impact: Impact, parts: &[Part], all_good: impl Into<String>) -> Found {
    if parts.is_empty() { Found::unknown("No certificate was seen on any host; see TLS-01.") } else { join(impact, parts, all_good) }
}

#[test]
fn table() {
    use crate::evidence::TlsFailure;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("trusted", |_| {}, Outcome::Pass),
            (
                "self-signed",
                |f| {
                    f.cert("acme.example", |s| s.trust = Trust::SelfSigned);
                },
                Outcome::Fail,
            ),
            (
                "missing intermediate, which a desktop browser repairs",
                |f| {
                    f.cert("app.acme.example", |s| s.trust = Trust::MissingIntermediate);
                },
                Outcome::Fail,
            ),
            (
                "a private authority",
                |f| {
                    f.cert("www.acme.example", |s| s.trust = Trust::UnknownIssuer);
                },
                Outcome::Fail,
            ),
            (
                "expired but trusted is another check's business",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].not_after = 0);
                },
                Outcome::Pass,
            ),
            (
                "no handshake in time",
                |f| {
                    f.no_tls("acme.example", TlsFailure::Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "a host that refuses has no certificate to judge; TLS-01 fails it",
                |f| {
                    f.no_tls("app.acme.example", TlsFailure::Refused);
                },
                Outcome::Pass,
            ),
        ],
    );
}
