//! TLS-12: no certificate in use is revoked.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, join};
use crate::checks::help::{note, web_hosts};
use crate::evidence::{Collector, RevocationState, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};
use crate::time::DAY_MS;

/// TLS-12.
pub static CHECK: Check = Check {
    id: "TLS-12",
    name: "not-revoked",
    title: "Not revoked",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Tls],
    why: "Browsers that check show a full-page warning, and a revoked key may be in somebody else's hands.",
    criterion: "The issuer's list (CRL), or else its OCSP responder, signed and in date: fails when it calls the certificate revoked. A certificate that demands a stapled answer and is served without one warns. That no OCSP responder is named is normal now.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 5280 §5", url: "https://www.rfc-editor.org/rfc/rfc5280#section-5" },
        Reference { title: "RFC 6960", url: "https://www.rfc-editor.org/rfc/rfc6960" },
    ],
    rule,
};

/// Below this lifetime a certificate carries no way to revoke it (CA/Browser Forum, short-lived certificates).
const SHORT_DAYS: i64 = 10;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let mut parts = vec![];
    let mut seen = vec![];
    for host in web_hosts(c) {
        let Some(s) = e.tls_of(&host).and_then(|p| p.session()) else { continue };
        let Some(leaf) = s.chain.first() else { continue };
        let told = e.revocation.iter().find(|r| r.host == host);
        let unstapled = leaf.details.as_ref().is_some_and(|d| d.must_staple) && !s.stapled;
        parts.push(match told.map(|r| &r.state) {
            Some(RevocationState::Good | RevocationState::Unknown(_)) | None if unstapled => Part::new(
                &host,
                Outcome::Warn,
                format!(
                    "The certificate of {host} demands a stapled OCSP answer (must-staple), and the server sends none; Firefox refuses it."
                ),
            ),
            Some(RevocationState::Good) => Part::new(&host, Outcome::Pass, ""),
            Some(RevocationState::Revoked) => {
                Part::new(&host, Outcome::Fail, format!("The certificate of {host} has been revoked by its issuer."))
            }
            Some(RevocationState::Unknown(why)) => {
                Part::new(&host, Outcome::Unknown, format!("Whether the certificate of {host} is revoked was not learned: {why}."))
            }
            None if leaf.not_after - leaf.not_before <= SHORT_DAYS * DAY_MS => Part::new(&host, Outcome::Pass, ""),
            None => Part::new(
                &host,
                Outcome::Unknown,
                format!("The certificate of {host} names neither a list of revoked ones nor a responder."),
            ),
        });
        seen.extend(told.map(|r| {
            note(
                r.source.clone(),
                format!(
                    "{}: {}",
                    host,
                    match &r.state {
                        RevocationState::Good => "not revoked",
                        RevocationState::Revoked => "revoked",
                        RevocationState::Unknown(why) => why,
                    }
                ),
                r.at,
            )
        }));
    }
    if parts.is_empty() {
        return Found::unknown("No host showed a certificate.");
    }
    let found = join(CHECK.impact, &parts, "No certificate in use is revoked.").seen(seen);
    if found.outcome == Outcome::Warn {
        return found.fix(
            Fix::new("Staple OCSP answers, or issue without must-staple", CHECK.minutes)
                .step("Switch stapling on in what ends TLS, with a resolver through which it reaches the responder.")
                .step("If your authority has no OCSP responder any more (Let's Encrypt ended its own in 2025), issue the certificate anew without must-staple.")
                .undo("Nothing to undo."),
        );
    }
    if found.outcome != Outcome::Fail {
        return found;
    }
    found.fix(
        Fix::new("Issue a new certificate with a new key", CHECK.minutes)
            .step("Make a new key; the old one may be known. Issue, install, reload.")
            .step("Ask the issuer why it was revoked: a leaked key, or a mistake of theirs.")
            .paste(Paste::add(crate::guide::NAMES, [e.target.domain.to_string()]))
            .undo("A revocation cannot be taken back."),
    )
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    fn state(f: &mut Fixture, s: &RevocationState) {
        for r in &mut f.evidence.revocation {
            r.state = s.clone();
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("not on the list", |_| {}, Outcome::Pass),
            ("on the list (RFC 5280 §5.1.2.6)", |f| f.evidence.revocation[0].state = RevocationState::Revoked, Outcome::Fail),
            ("the list cannot be read", |f| state(f, &RevocationState::Unknown("404".into())), Outcome::Unknown),
            (
                "a certificate of six days has no list",
                |f| {
                    f.evidence.revocation.clear();
                    for h in ["acme.example", "www.acme.example", "app.acme.example"] {
                        f.cert(h, |s| s.chain[0].not_after = s.chain[0].not_before + 6 * DAY_MS);
                    }
                },
                Outcome::Pass,
            ),
            ("nothing named", |f| f.evidence.revocation.clear(), Outcome::Unknown),
            (
                "must-staple without a stapled answer (RFC 7633 §4.3.3)",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].details.as_mut().unwrap().must_staple = true);
                },
                Outcome::Warn,
            ),
            (
                "must-staple with one",
                |f| {
                    f.cert("acme.example", |s| {
                        s.chain[0].details.as_mut().unwrap().must_staple = true;
                        s.stapled = true;
                    });
                },
                Outcome::Pass,
            ),
        ],
    );
}
